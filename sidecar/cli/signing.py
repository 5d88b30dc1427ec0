"""By whom something is ordered: kept in the journal, with initials or a staff number; else the login's name."""

import getpass
from typing import Annotated, TypeAlias

import typer

from sidecar.core.patron_number import may_be_card_number
from sidecar.errors import SettingsError

Staff: TypeAlias = Annotated[
    str | None,
    typer.Option("--staff", metavar="WHO", help="Who orders it: initials or a staff number; else the login's name."),
]


def signed(staff: str | None) -> str:
    """The name to be kept. Raises SettingsError for what could be a card number."""
    if staff is None:
        return _login()
    if not staff.strip():
        raise SettingsError("--staff must say who orders it: initials or a staff number.")
    if may_be_card_number(staff):
        raise SettingsError("--staff is kept in the journal, where no card number may be: give initials in its place.")
    return staff.strip()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
