"""Answers that are true, false or unknown, together."""

from collections.abc import Iterable

from sidecar.core.model import UNKNOWN, Truth, Unknown


def every(answers: Iterable[Truth]) -> Truth:
    """Whether all hold: one that does not says no, whatever is unknown."""
    known = list(answers)
    if any(answer is False for answer in known):
        return False
    return UNKNOWN if any(answer is UNKNOWN for answer in known) else True


def some(answers: Iterable[Truth]) -> Truth:
    """Whether one of them holds: one that does says yes, whatever is unknown."""
    known = list(answers)
    if any(answer is True for answer in known):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in known) else False


def within(value: str | Unknown, named: frozenset[str] | None) -> Truth:
    """Whether a value is one of those named; None names all."""
    if named is None:
        return True
    return UNKNOWN if value is UNKNOWN else value in named
