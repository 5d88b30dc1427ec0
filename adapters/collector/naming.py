"""Names of files at the office: those of ours while they are still being written, and those that may be read."""

from typing import Final

from sidecar.errors import OfficeRefuses

_OURS_BEGIN: Final = ".cardwarden-"
_OURS_END: Final = ".part"

PROBE: Final = f"{_OURS_BEGIN}may-be-deleted{_OURS_END}"
"""What a check writes and removes again to see that a folder can be written."""

_LONGEST: Final = 200


def temporary(name: str) -> str:
    """What a file is called until it is whole: hidden, and with an ending that nobody takes for a list of claims."""
    return f"{_OURS_BEGIN}{name}{_OURS_END}"


def is_leftover(name: str) -> bool:
    """Whether it is what a broken delivery of ours left."""
    return name.startswith(_OURS_BEGIN) and name.endswith(_OURS_END)


def is_readable(name: str) -> bool:
    """Whether an incoming file may be read: hidden ones are somebody's half ones, and a name leads into no other
    folder."""
    return bool(name) and len(name) <= _LONGEST and not name.startswith(".") and "/" not in name and name.isprintable()


def checked(name: str) -> str:
    """The name, if it is that of a file in the folder itself. Raises OfficeRefuses."""
    if not is_readable(name):
        raise OfficeRefuses("A file name that is empty, hidden, too long or leads into another folder is not used.")
    return name


def numbered(name: str, turn: int) -> str:
    """The name for another file of that name in the archive: `payments.csv`, `payments.csv.2`, `payments.csv.3`."""
    return name if turn == 1 else f"{name}.{turn}"
