"""The package's file `copyright`: this program's licence, and what each package that comes with it says of its own."""

import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))
from sbom import licence_of

_NOBODYS_MAIL: Final = re.compile(r" ?<[^>]*>")

_HEAD: Final = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: cardwarden

Files: *
Copyright: The authors of Cardwarden
License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
"""


def copyright_file(packages: Path) -> str:
    """The file, for the packages that are installed in this folder."""
    found = sorted(distributions(path=[str(packages)]), key=lambda each: each.name.lower())
    return "\n".join((_HEAD, *(_stanza(each) for each in found if each.name != "cardwarden")))


def _stanza(package: Distribution) -> str:
    files = package.files or ()
    tops = {each.parts[0] for each in files if each.parts[0] not in {"..", "bin", "__pycache__"}}
    (own,) = (top for top in tops if top.endswith(".dist-info"))
    patterns = (f"usr/lib/cardwarden/{top}" if "." in top else f"usr/lib/cardwarden/{top}/*" for top in tops - {own})
    by = package.metadata["Author"] or package.metadata["Author-email"] or f"The authors of {package.name}"
    lines = [
        f"Files: {' '.join(sorted((*patterns, f'usr/lib/cardwarden/{own}/*')))}",
        f"Copyright: {_NOBODYS_MAIL.sub('', by).strip()}",
        f"License: {licence_of(package.metadata).replace(' OR ', ' or ').replace(' AND ', ' and ')}",
        f" As {package.name} {package.version} says it. What it brings of its own on this is in",
        f" /usr/lib/cardwarden/{own}.",
    ]
    return "\n".join(lines) + "\n"
