"""A policy file, or one of its tests, as TOML gives it: exact numbers, and the place of every key."""

import tomllib
from decimal import Decimal, DecimalException
from pathlib import Path

from sidecar.policy.file.mistakes import PolicyMistakes
from sidecar.toml import document
from sidecar.toml.document import Document


def read_text(path: Path) -> str:
    """The file's text. Raises PolicyMistakes where there is none."""
    return document.read_text(path, PolicyMistakes)


def read_document(text: str, source: str) -> Document:
    """Parse TOML; numbers with a point become exact decimals. Raises PolicyMistakes with the place."""
    return document.read_document(text, source, PolicyMistakes, parse_float=_exact)


def value_of(text: str) -> object:
    """A value as such a file writes one; what is none in TOML is taken for a text without its quotes."""
    try:
        read = tomllib.loads(f"value = {text}", parse_float=_exact)
    except ValueError:
        return text
    return read["value"] if set(read) == {"value"} else text


def _exact(number: str) -> Decimal:
    """A decimal as written; what no decimal can hold becomes not-a-number, refused where it is used."""
    try:
        return Decimal(number)
    except DecimalException:
        return Decimal("nan")
