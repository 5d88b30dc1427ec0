"""What a restriction stops at each of Koha's gates, by Koha's preferences, held against what rules mean to stop.

As seen on Koha 23.05 (tests/live/test_stops.py); what newer versions do as far as their sources say it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.core.policy import Policy, Rule, Stop
from sidecar.fitness.fitness import Fitness
from sidecar.language import gettext_noop
from sidecar.ports import IlsStatus

PREFERENCE: Final = "RestrictionBlockRenewing"
ILSDI: Final = "ILS-DI"
LOOKS_AT_HOLDS: Final = (25, 11)
"""From this version on POST /holds refuses restricted patrons."""
LENDS_BY_REST: Final = (23, 11)
"""From this version on there may be loans by REST."""


class KohaGate(StrEnum):
    """Where Koha is asked."""

    DESK = "desk"
    OPAC = "OPAC"
    REST = "REST"
    ILSDI = "ILS-DI"
    SIP2 = "SIP2"


class Effect(StrEnum):
    """What a restriction does there."""

    STOPPED = "stopped"
    LET_THROUGH = "let through"
    HALF = "half"
    NOT_OFFERED = "not offered"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Cell:
    """What becomes of one privilege at one gate, how exactly, and which preference decides it (None: none does)."""

    effect: Effect
    how: str = ""
    preference: str | None = None


StopTable = Mapping[KohaGate, Mapping[Stop, Cell]]
"""Gate by gate, privilege by privilege."""

_STOPPED: Final = Cell(Effect.STOPPED)
_NONE: Final = Cell(Effect.NOT_OFFERED)


def stop_table(status: IlsStatus | None) -> StopTable:
    """What a restriction stops in this very Koha; without one, or where it does not tell, what that depends on."""
    version = _version(status)
    return {
        KohaGate.DESK: {
            Stop.LOANS: _STOPPED,
            Stop.RENEWALS: _renewals(status, gettext_noop("staff may override")),
            Stop.HOLDS: Cell(Effect.LET_THROUGH, gettext_noop("staff are warned")),
            Stop.DIGITAL: _NONE,
        },
        KohaGate.OPAC: {
            Stop.LOANS: _STOPPED,
            Stop.RENEWALS: _renewals(status, half=gettext_noop("no button, but its address renews")),
            Stop.HOLDS: _STOPPED,
            Stop.DIGITAL: Cell(Effect.LET_THROUGH, gettext_noop("logging in is not stopped")),
        },
        KohaGate.REST: {
            Stop.LOANS: _NONE if version is not None and version < LENDS_BY_REST else Cell(Effect.NOT_KNOWN),
            Stop.RENEWALS: _renewals(status),
            Stop.HOLDS: _holds_by_rest(version),
            Stop.DIGITAL: Cell(Effect.LET_THROUGH, gettext_noop("a right PIN is enough")),
        },
        KohaGate.ILSDI: {
            Stop.LOANS: _NONE,
            Stop.RENEWALS: _renewals(status),
            Stop.HOLDS: _STOPPED,
            Stop.DIGITAL: Cell(Effect.LET_THROUGH, gettext_noop("a right PIN is enough")),
        },
        KohaGate.SIP2: dict.fromkeys(Stop, _STOPPED),
    }


def is_switched_off(gate: KohaGate, status: IlsStatus | None) -> bool:
    """Whether this Koha is known not to have that gate."""
    return gate is KohaGate.ILSDI and status is not None and status.preferences.get(ILSDI) in {"", "0"}


def stops_fit(policy: Policy, status: IlsStatus) -> Fitness:
    """What rules mean to stop and Koha lets through, and the other way round."""
    rules = [rule for rule in policy.rules if not rule.retired]
    said = status.preferences.get(PREFERENCE)
    return Fitness(
        warnings=tuple(_of_renewals(rules, said)),
        notes=(*_of_holds(rules, status), *_of_what_is_left(rules)),
    )


def _renewals(status: IlsStatus | None, how: str = "", half: str = "") -> Cell:
    said = None if status is None else status.preferences.get(PREFERENCE)
    if said is None:
        return Cell(Effect.NOT_KNOWN, "", PREFERENCE)
    if said == "1":
        return Cell(Effect.STOPPED, how, PREFERENCE)
    return Cell(Effect.HALF if half else Effect.LET_THROUGH, half, PREFERENCE)


def _holds_by_rest(version: tuple[int, int] | None) -> Cell:
    if version is None:
        return Cell(Effect.NOT_KNOWN, gettext_noop("stopped from 25.11 on"))
    return _STOPPED if version >= LOOKS_AT_HOLDS else Cell(Effect.LET_THROUGH, gettext_noop("Koha looks from 25.11 on"))


def _version(status: IlsStatus | None) -> tuple[int, int] | None:
    parts = (status.version or "").split(".") if status is not None else []
    numbers = [int(part) for part in parts[:2] if part.isdecimal()]
    return (numbers[0], numbers[1]) if len(numbers) == len(("year", "month")) else None


def _of_renewals(rules: Sequence[Rule], said: str | None) -> Iterator[str]:
    meaning = [rule.id for rule in rules if Stop.RENEWALS in rule.stops]
    leaving = [rule.id for rule in rules if Stop.RENEWALS not in rule.stops]
    if said is not None and said != "1" and meaning:
        yield (
            f"{_named(meaning)} to stop renewals, but blocked cards renew through apps (REST, ILS-DI), by the address "
            f"behind the web page's button and at the desk: set {PREFERENCE} to 1 (`Block`)."
        )
    if said == "1" and leaving:
        yield (
            f"{_named(leaving, 'not ')} to stop renewals, but Koha renews nothing for a restricted card ({PREFERENCE} "
            "is on): set it to 0 (`Allow`), if no other rule needs it. SIP2 refuses renewals all the same."
        )


def _of_holds(rules: Sequence[Rule], status: IlsStatus) -> Iterator[str]:
    meaning = [rule.id for rule in rules if Stop.HOLDS in rule.stops]
    version = _version(status)
    if meaning and version is not None and version < LOOKS_AT_HOLDS:
        yield (
            f"{_named(meaning)} to stop holds: apps that place them through REST (POST /holds) can, since Koha looks "
            "at restrictions there from 25.11 on. No setting changes that."
        )


def _of_what_is_left(rules: Sequence[Rule]) -> Iterator[str]:
    for stop, where in ((Stop.HOLDS, "the web page, ILS-DI and SIP2 refuse them"), (Stop.DIGITAL, "SIP2 refuses it")):
        leaving = [rule.id for rule in rules if stop not in rule.stops]
        if leaving:
            what = "holds" if stop is Stop.HOLDS else "digital services"
            yield f"{_named(leaving, 'not ')} to stop {what}, but {where} to every restricted card, whatever is set."


def _named(rules: Sequence[str], negation: str = "") -> str:
    """`Rule debt is meant`, `Rules debt, pin are not meant`."""
    return f"Rule {rules[0]} is {negation}meant" if len(rules) == 1 else f"Rules {', '.join(rules)} are {negation}meant"
