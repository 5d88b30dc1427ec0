"""Every example in the README and the docs is true: commands exist, settings and policies load, links lead on."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from sidecar.cli import app
from sidecar.policy import load_policy, render_policy_reference
from sidecar.settings import load_settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
            if found[1] == language:
                yield str(page.relative_to(ROOT)), found[2]


def commands() -> list[tuple[str, str]]:
    """Every `cardwarden …` of a console block, and every one in inline code."""
    known = set()
    for page, block in blocks("console"):
        for line in block.splitlines():
            text = line.strip().removeprefix("$ ").split("#")[0].strip()
            if text.startswith("cardwarden "):
                known.add((page, text))
    for page in PAGES:
        for text in re.findall(r"`(cardwarden [^`]+)`", page.read_text(encoding="utf-8")):
            known.add((str(page.relative_to(ROOT)), text))
    return sorted(known)


@pytest.mark.parametrize(("page", "text"), commands())
def test_a_command_and_its_options_exist(page: str, text: str) -> None:
    command = typer.main.get_command(app)
    words = text.split()[1:]
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        name = words.pop(0)
        assert name in command.commands, f"{page}: {text}"
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.split("=")[0] in options, f"{page}: {text}"


@pytest.mark.parametrize(("page", "text"), list(blocks("toml")))
def test_a_toml_example_loads_as_what_it_is(page: str, text: str, tmp_path: Path) -> None:
    lines = text.splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    text = "\n".join(line[indent:] for line in lines)
    document = tomllib.loads(text)
    file = tmp_path / "example.toml"
    file.write_text(text, encoding="utf-8")
    if "case" in document:
        assert document["case"]
    elif "rules" in document and "currency" in document.get("policy", {}):
        load_policy(file)
    elif "rules" not in document and "kinds" not in document and not isinstance(document.get("policy"), dict):
        load_settings(file)


def test_the_page_of_the_policy_is_as_the_code_says() -> None:
    assert (ROOT / "docs" / "policy.md").read_text(encoding="utf-8") == render_policy_reference()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_file_leads_to_one(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_a_name_in_one_cycle_is_a_name_in_the_code() -> None:
    text = (ROOT / "docs" / "one-cycle.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "sidecar").rglob("*.py"))
    code += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "adapters").rglob("*.py"))
    for name in re.findall(r"`([\w.]+)`", text):
        last = name.rsplit(".", 1)[-1]
        assert re.search(rf"\b{re.escape(last)}\b", code), name
