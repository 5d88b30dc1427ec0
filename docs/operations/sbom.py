"""The software bill of materials: what a release is made of, as CycloneDX 1.6 in JSON, from requirements.lock.

Names, versions and hashes are the lock's; who needs whom, and under which licence, is what the installed packages say
of themselves. The same lock and the same moment make the same bytes.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sidecar import __version__

_PINNED: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_FEW_WORDS: Final = 40
"""Characters. Some packages put the whole text of their licence where its name belongs."""

_ITSELF: Final = "cardwarden"
_PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


class NotAsLocked(Exception):
    """An installed package is not the one of the lock: its licence and its needs would be told wrongly."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A package of the lock. `hashes`: the SHA-256 of each of its files that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package's address in any list of weaknesses; also what it is referred to by."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(text: str) -> Sequence[Locked]:
    """The packages of a lock, by name."""
    found = []
    for entry in text.replace("\\\n", " ").splitlines():
        if pinned := _PINNED.match(entry):
            hashes = tuple(sorted(_HASH.findall(entry)))
            found.append(Locked(canonicalize_name(pinned["name"]), pinned["version"], hashes))
    return sorted(found, key=lambda each: each.name)


def bill_of_materials(lock: str, plugin_version: str, files: Sequence[Path], at: datetime) -> str:
    """The bill as JSON. `files` are the release's own: wheel, sdist and plugin package, with their hashes. Raises
    NotAsLocked."""
    packages = read_lock(lock)
    own = f"pkg:pypi/{_ITSELF}@{__version__}"
    bill: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": _ITSELF,
                "version": __version__,
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "components": [_file(each, own) for each in files],
            },
            "properties": [{"name": "cardwarden:plugin-version", "value": plugin_version}],
        },
        "components": [_component(each) for each in packages],
        "dependencies": list(_dependencies(own, {each.name: each for each in packages})),
    }
    serial = uuid5(NAMESPACE_URL, json.dumps(bill, sort_keys=True))
    return json.dumps({"serialNumber": f"urn:uuid:{serial}", **bill}, indent=2, ensure_ascii=False) + "\n"


def _component(package: Locked) -> dict[str, Any]:
    licences = _licences(package)
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
        **({"licenses": licences} if licences else {}),
    }


def _file(file: Path, own: str) -> dict[str, Any]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "type": "file",
        "bom-ref": f"{own}#{file.name}",
        "name": file.name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _licences(package: Locked) -> list[dict[str, Any]]:
    said = distribution(package.name).metadata
    if "License-Expression" in said:
        return [{"expression": said["License-Expression"]}]
    name = licence_of(said)
    return [{"license": {"name": name}}] if name else []


def licence_of(said: PackageMetadata) -> str:
    """A package's licence as it says it: an SPDX expression, else in a few words, else by its classifiers."""
    if "License-Expression" in said:
        return said["License-Expression"]
    words = said["License"].splitlines()[0] if said["License"] else ""
    if 0 < len(words) <= _FEW_WORDS:
        return words
    classified = [each for each in said.get_all("Classifier") or () if each.startswith("License :: ")]
    return ", ".join(each.rpartition(" :: ")[2] for each in classified)


def _dependencies(own: str, locked: Mapping[str, Locked]) -> Iterator[dict[str, Any]]:
    yield {"ref": own, "dependsOn": sorted(locked[name].purl for name in _needs(_own_needs(), locked))}
    for package in locked.values():
        try:
            installed = version(package.name)
        except PackageNotFoundError:
            installed = "none"
        if installed != package.version:
            raise NotAsLocked(f"{package.name} {package.version} is locked, {installed} is installed: run make check")
        yield {
            "ref": package.purl,
            "dependsOn": sorted(
                locked[name].purl for name in _needs(distribution(package.name).requires or (), locked)
            ),
        }


def _own_needs() -> Sequence[str]:
    return list(tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["dependencies"])


def _needs(said: Sequence[str], locked: Mapping[str, Locked]) -> set[str]:
    """The locked packages among these; one that only an extra needs is counted, since something asked for that."""
    names = {str(canonicalize_name(each.name)) for each in map(Requirement, said) if _counts(each)}
    return names & set(locked)


def _counts(requirement: Requirement) -> bool:
    return requirement.marker is None or any(
        requirement.marker.evaluate({"extra": extra}) for extra in ("", "binary", "standard")
    )
