"""The plugin's own tests, in Perl, which need no Koha; and its patrons against its own schema."""

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

PLUGIN = Path(__file__).parents[2] / "adapters" / "koha" / "plugin"
SPEC = json.loads((PLUGIN / "Koha/Plugin/Dk/Cardwarden/openapi.json").read_text())


def _run(*command: str) -> str:
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is missing: install Debian's perl"
    done = subprocess.run([program, *command[1:]], cwd=PLUGIN, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


@pytest.mark.parametrize("script", sorted(path.name for path in (PLUGIN / "t").glob("*.t")))
def test_perl(script: str) -> None:
    said = _run("prove", f"t/{script}")
    assert "Result: PASS" in said
    assert "skipped" not in said


def test_the_patrons_that_it_sends_are_those_that_it_declares() -> None:
    page = json.loads(_run("perl", "t/lib/sample_page.pl"))
    schema = {"$ref": "#/definitions/page", "definitions": SPEC["definitions"]}
    jsonschema.Draft4Validator(schema).validate(page)
    assert [len(patron["charges"]) for patron in page["patrons"]] == [0, 0, 2]
    assert page["patrons"][2]["surname"] == "Sørensen"
    assert "surname" not in page["patrons"][0]
