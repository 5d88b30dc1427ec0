"""The gates of a real Koha: what is in force for the suite's own patrons, and what SIP2 and ILS-DI do with it.

Skipped unless a gate is named: `CARDWARDEN_LIVE_SIP_HOST`, `…_SIP_PORT`, `…_SIP_USER`, `…_SIP_PASSWORD`, and for ILS-DI
`CARDWARDEN_LIVE_OPAC_URL`. Preferences are set by the staff interface, and put back.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from adapters.http.options import HttpOptions
from adapters.ilsdi import IlsDiGate
from adapters.sip2 import Sip2Gate, Sip2Options
from sidecar.core.gates import Cause, Comparison, GateAnswer, GateOutcome
from sidecar.ports import Card, Gate
from sidecar.verification import Named, verify
from tests.live.client import Client
from tests.live.conftest import Hands, Preference, named
from tests.live.marked import Cardwarden, cardwarden
from tests.live.people import People
from tests.live.target import Target

LOST: Final = "CW_LIVE_LOST"
CARDS: Final = 100
SECONDS: Final = 10.0
EQUAL, CLOSED = GateOutcome.EQUAL, GateOutcome.CLOSED_BY_ANOTHER

POLICY: Final = """
[policy]
name      = "The live suite"
currency  = "DKK"
languages = ["en"]
time_zone = "Europe/Copenhagen"

[rules.debt]
kind             = "debt"
block_at         = 225.00
restriction_type = "{debt}"
message.en       = "Blokeret af prøven: gæld på kontoen."

[rules.failed_pin]
kind             = "failed_pin"
block_at         = 2
restriction_type = "{pin}"
message.en       = "Blocked by the suite: PIN."

[rules.lost]
kind             = "lost_card"
restriction_type = "{lost}"
message.en       = "Blocked by the suite: lost card."
"""


@pytest.fixture(scope="module")
def sip() -> Sip2Gate:
    host = named("SIP_HOST")
    return Sip2Gate(
        "sip2",
        Sip2Options(
            host=host,
            port=int(named("SIP_PORT", "6001")),
            user=named("SIP_USER"),
            password=named("SIP_PASSWORD"),
        ),
    )


@pytest.fixture(scope="module")
def ilsdi() -> IlsDiGate:
    return IlsDiGate("ilsdi", named("OPAC_URL"), HttpOptions())


@pytest.fixture(scope="module")
def cast(koha: Client, people: People, staff: Hands) -> dict[str, int]:
    """One patron of each sort that a gate has to tell apart."""
    cast = {
        "blocked": people.owing(250),
        "freed": people.owing(240),
        "lost": people.make(),
        "PIN-blocked": people.make(),
        "expired": people.make(),
        "foreign": people.make(),
        "owes 60": people.owing(60),
        "credit covers it": people.make(),
        "two texts": people.owing(300),
        "clean": people.make(),
    }
    people.pay(cast["credit covers it"], 100)
    people.charge(cast["credit covers it"], 100)
    people.lose_card(cast["lost"])
    people.mistype(cast["PIN-blocked"], 2)
    people.mistype(cast["two texts"], 2)
    people.write(cast["expired"], expiry_date="2020-01-01")
    staff.restrict(cast["foreign"], comment="By hand, for a reason of staff's own.")
    return cast


@pytest.fixture(scope="module")
def program(
    target: Target,
    instance: str,
    staff: Hands,
    people: People,
    cast: dict[str, int],
    kinds: tuple[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cardwarden]:
    """Cardwarden after its first day, and after a payment."""
    staff.forget(LOST)  # what a run that died has left behind
    assert staff.register(LOST) == "cardwarden-done"
    policy = POLICY.format(debt=kinds[0], pin=kinds[1], lost=LOST)
    folder: Path = tmp_path_factory.mktemp("gates")
    try:
        with cardwarden(target, instance, policy, list(cast.values()), folder) as program:
            program.apply(approve=program.dry_run().kept_digest)
            people.pay(cast["freed"])
            program.apply()
            yield program
    finally:
        people.sweep()
        assert staff.forget(LOST) == "cardwarden-done"
        staff.delete_type(LOST)


@contextmanager
def looked(program: Cardwarden, cast: dict[str, int], *gates: Gate) -> Iterator[dict[str, Comparison]]:
    """How each of the cast fares at a gate, all others in Koha as they were."""
    found = verify(program.world, program.policy, gates, selection=Named(tuple(map(str, cast.values()))))
    names = {str(patron): name for name, patron in cast.items()}
    assert [gate.trouble for gate in found.gates] == [None] * len(gates)
    yield {names[each.patron]: each for gate in found.gates for each in gate.comparisons}


def outcomes(found: dict[str, Comparison]) -> dict[str, tuple[GateOutcome, tuple[Cause, ...]]]:
    return {name: (each.outcome, each.causes) for name, each in found.items()}


@pytest.mark.parametrize(
    ("limit", "sixty"),
    [("5", (CLOSED, (Cause.FINES,))), ("", (CLOSED, (Cause.FINES,))), ("100000", (EQUAL, ()))],
)
def test_sip2_names_each_sort_of_card_rightly(
    program: Cardwarden,
    cast: dict[str, int],
    sip: Sip2Gate,
    preference: Preference,
    limit: str,
    sixty: tuple[GateOutcome, tuple[Cause, ...]],
) -> None:
    preference("noissuescharge", limit)
    with looked(program, cast, sip) as found:
        assert outcomes(found) == {
            "blocked": (EQUAL, ()),
            "lost": (EQUAL, ()),
            "PIN-blocked": (EQUAL, ()),
            "two texts": (EQUAL, ()),
            "expired": (CLOSED, (Cause.EXPIRED,)),
            "foreign": (CLOSED, (Cause.STAFF,)),
            "owes 60": sixty,
            "credit covers it": sixty,
            "freed": (EQUAL, ()),
            "clean": (EQUAL, ()),
        }
        assert found["blocked"].held.rules == ("debt",)
        assert found["two texts"].held.rules == ("debt", "failed_pin")
        shown_texts = {name: each.answer.text_shown for name, each in found.items() if each.held.ours is True}
        assert shown_texts == dict.fromkeys(("blocked", "lost", "PIN-blocked", "two texts"), True)


def test_a_card_that_is_not_there_is_not_known(sip: Sip2Gate) -> None:
    (said,) = sip.look([Card("0", "no such card 0000")])
    assert (said.known, said.trouble) == (False, None)
    assert not any(said.allowed.values())


def test_asking_by_message_23_moves_nothing_in_koha_and_by_63_it_notes_the_patron_as_seen(
    program: Cardwarden, cast: dict[str, int], koha: Client, sip: Sip2Gate, preference: Preference
) -> None:
    def seen() -> list[object]:
        facts = koha.look_up(patron_ids=list(cast.values()))["patrons"]
        records = [koha.good("GET", f"/api/v1/patrons/{patron}") for patron in cast.values()]
        return [facts, [(one["updated_on"], one["last_seen"], one["login_attempts"]) for one in records]]

    preference("TrackLastPatronActivity", "1")
    before = seen()
    with looked(program, cast, sip) as found:
        assert len(found) == len(cast)
    assert seen() == before
    with looked(program, cast, Sip2Gate("details", replace(sip.options, details=True))) as by_details:
        assert outcomes(by_details) == outcomes(found)
    assert seen() != before


def test_a_hundred_cards_are_asked_in_less_than_ten_seconds(koha: Client, sip: Sip2Gate) -> None:
    patrons = koha.page(everyone=1, limit=CARDS, names=1)["patrons"]
    cards = [Card(str(one["patron_id"]), one["cardnumber"]) for one in patrons if one["cardnumber"]]
    began = time.monotonic()
    answers = sip.look(cards)
    took = time.monotonic() - began
    assert [answer.trouble for answer in answers] == [None] * len(cards)
    assert took < SECONDS
    print(f"{len(cards)} cards in {took:.2f} s")  # noqa: T201 - a figure for the record


def test_ilsdi_names_who_is_restricted(
    program: Cardwarden, cast: dict[str, int], ilsdi: IlsDiGate, preference: Preference
) -> None:
    preference("ILS-DI", "1")
    with looked(program, cast, ilsdi) as found:
        restricted = {name for name, each in found.items() if each.answer.restricted is True}
        assert restricted == {"blocked", "lost", "PIN-blocked", "two texts", "foreign"}
        assert {name for name, each in found.items() if each.outcome is not EQUAL} == {"foreign"}
        assert found["foreign"].causes == (Cause.STAFF,)


def test_a_gate_that_does_not_see_a_block_is_told(
    program: Cardwarden, cast: dict[str, int], koha: Client, sip: Sip2Gate, preference: Preference
) -> None:
    """As if it did: for each card the real gate is asked about that of a patron whom nothing stops."""
    preference("noissuescharge", "100000")
    free = koha.look_up(patron_ids=[cast["clean"]], names=True)["patrons"][0]["cardnumber"]

    class Blind:
        name = "blind"

        def look(self, cards: Sequence[Card]) -> Sequence[GateAnswer]:
            return sip.look([Card(card.patron, free, card.texts) for card in cards])

    with looked(program, cast, Blind()) as found:
        is_open = {name for name, each in found.items() if each.outcome is GateOutcome.GATE_OPEN}
        assert is_open == {"blocked", "lost", "PIN-blocked", "two texts"}
