"""A card of which nothing that its answer rests on has moved is not looked at again, and none is passed by wrongly."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.core.brakes import Limit
from sidecar.core.model import Charge, Facts, Restriction
from sidecar.desk import telling
from tests.cycle.house import debt_rule, patron, pin_rule, policy
from tests.desk.test_telling import Office

CARDS = ("1", "2", "3")


def looks(office: Office, monkeypatch: pytest.MonkeyPatch, cycle: Callable[[], Any]) -> int:
    """How many answers a cycle makes, whether or not they are told."""
    made = []
    own = telling.answer
    monkeypatch.setattr(telling, "answer", lambda *given: made.append(1) or own(*given))
    cycle()
    monkeypatch.setattr(telling, "answer", own)
    return len(made)


@pytest.fixture
def settled(tmp_path: Path) -> Any:
    """Two days later, with three blocked cards of which everything is known."""
    office = Office(tmp_path, patron(1, "300.00"), patron(2, "400.00"), patron(3, failed_pin=5))
    office.first_day()
    office.later(minutes=5)
    office.apply()
    yield office
    office.close()


def test_a_cycle_in_which_nothing_moved_makes_no_answer(settled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    settled.later(minutes=5)
    assert looks(settled, monkeypatch, settled.apply) == 0
    assert looks(settled, monkeypatch, settled.quick) == 0


def test_cards_that_were_written_need_no_second_look_by_the_cycle_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, patron(1, "300.00"), patron(2, "400.00"), patron(3, failed_pin=5))
    assert looks(office, monkeypatch, office.first_day) == 3
    office.later(minutes=5)
    assert looks(office, monkeypatch, office.apply) == 0
    (facts,) = (each for each in office.ils.pull().facts if each.patron.id == "2")
    office.ils.put(replace(facts, charges=(), paid_at=office.at, settled_at=office.at))
    office.later(minutes=5)
    assert looks(office, monkeypatch, office.apply) == 1, "it was freed"
    office.close()


def test_one_that_comes_after_midnight_makes_all_anew(settled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    settled.later(hours=20)
    assert looks(settled, monkeypatch, settled.apply) == 3


def test_whose_money_moved_has_its_answer_made_anew_and_nobody_else(
    settled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (facts,) = (each for each in settled.ils.pull().facts if each.patron.id == "2")
    settled.ils.put(replace(facts, charges=(*facts.charges, Charge("2-9", "FEE", Decimal(5)))))
    assert looks(settled, monkeypatch, settled.apply) == 1
    assert looks(settled, monkeypatch, settled.apply) == 0


@pytest.mark.parametrize("act", ["how often cycles run", "policy"])
def test_what_concerns_all_cards_makes_all_anew(settled: Office, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    if act == "policy":
        settled.policy = policy(debt_rule(200_00), pin_rule(), digest="p2")
    else:
        settled.pages._every = timedelta(minutes=7)
    assert looks(settled, monkeypatch, settled.apply) == 3


def test_no_digest_of_what_an_answer_rests_on_moves_with_a_name(tmp_path: Path) -> None:
    facts = patron(1, "300.00")
    named = replace(facts, patron=replace(facts.patron, name="Qvist", card_number="3101997004"))
    digests = []
    for number, known in enumerate((facts, named)):
        (tmp_path / str(number)).mkdir()
        office = Office(tmp_path / str(number), known)
        office.first_day()
        office.apply()
        digests.append(office.journal.told_answers()["1"].grounds)
        office.close()
    assert digests[0] == digests[1] != ""


def owing(facts: Facts, office: Office, amount: int) -> Facts:
    charges = facts.charges if isinstance(facts.charges, tuple) else ()
    return replace(facts, charges=(*charges, Charge(f"{office.at}", "FEE", Decimal(amount))))


def rows(facts: Facts) -> tuple[Restriction, ...]:
    return facts.restrictions if isinstance(facts.restrictions, tuple) else ()


def limited(office: Office, additions: int) -> None:
    office.order = replace(office.order, limits=replace(office.order.limits, additions=Limit(additions)))


def another_policy(office: Office) -> None:
    office.policy = policy(debt_rule(350_00), pin_rule(), digest="p2")


TO_A_CARD: dict[str, Callable[[Facts, Office], Facts]] = {
    "owe": lambda facts, office: owing(facts, office, 40),
    "owe much": lambda facts, office: owing(facts, office, 500),
    "pay all": lambda facts, office: replace(facts, charges=(), paid_at=office.at, settled_at=office.at),
    "pay nothing of it": lambda facts, office: replace(facts, paid_at=office.at),
    "mistype": lambda facts, _: replace(facts, failed_pin=5),
    "right PIN": lambda facts, _: replace(facts, failed_pin=0),
    "staff lift": lambda facts, _: replace(facts, restrictions=tuple(row for row in rows(facts) if not row.ours)),
    "staff restrict": lambda facts, office: replace(
        facts, restrictions=(*rows(facts), Restriction(f"s{office.at}", "MANUAL", ours=False))
    ),
    "flag past the rows": lambda facts, _: replace(facts, flag_matches=False),
}
TO_THE_HOUSE: dict[str, Callable[[Office], object]] = {
    "minutes": lambda office: office.later(minutes=10),
    "a day": lambda office: office.later(days=1),
    "a limit": lambda office: limited(office, 0),
    "no limit": lambda office: limited(office, 50),
    "another policy": another_policy,
    "pause": lambda office: office.journal.pause(office.at),
    "resume": lambda office: office.journal.resume(),
}


def do(office: Office, what: str, number: str) -> None:
    (facts,) = office.ils.read([number]).facts
    if what in TO_A_CARD:
        office.ils.put(TO_A_CARD[what](facts, office))
    elif what in TO_THE_HOUSE:
        TO_THE_HOUSE[what](office)
    elif any(row.type == "CW_PIN" for row in rows(facts)):
        office.staff_release(number, release=f"{office.at.timestamp()}")


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    acts=st.lists(
        st.tuples(st.sampled_from([*TO_A_CARD, *TO_THE_HOUSE, "release"]), st.sampled_from(CARDS), st.booleans()),
        min_size=1,
        max_size=9,
    )
)
def test_after_every_history_a_cycle_that_passes_nobody_by_finds_nothing_more_to_tell(
    acts: list[tuple[str, str, bool]],
) -> None:
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108
        office = Office(Path(folder), patron(1, "300.00"), patron(2, "20.00"), patron(3, failed_pin=5))
        office.first_day()
        for what, number, full in acts:
            do(office, what, number)
            office.later(seconds=30)
            office.apply() if full else office.quick()
        office.journal.resume()
        office.apply()
        office.apply()
        told = office.journal.told_answers()
        office.journal.keep_told({each: replace(known, grounds="") for each, known in told.items()}, [])
        assert office.apply().told.answers == 0
        office.close()
