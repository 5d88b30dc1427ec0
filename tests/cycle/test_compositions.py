"""What several cycles and several causes do together: holds that last, drift that stays open, rows that stay known."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sidecar.byhand import accept_drift
from sidecar.core.brakes import Brake, Limit, Limits
from sidecar.core.drift import DriftLimit
from sidecar.core.model import UNKNOWN, Case, Facts, Patron
from sidecar.core.plan import Entry, Reason
from sidecar.core.policy import Scope
from sidecar.core.verdict import Standing
from sidecar.cycle.findings import Findings
from sidecar.errors import IlsUnreachable
from sidecar.ports import Mode, Pull
from tests.cycle.house import House, debt_rule, patron, policy


def too_many(tmp_path: Path) -> House:
    """Twelve cards whose blocks a full cycle held, three being allowed."""
    house = House(tmp_path, patron(99, "300.00"), *(patron(number, "1.00") for number in range(1, 13)), currency="DKK")
    house.first_day()
    house.order = replace(house.order, limits=Limits(Limit(3), Limit(3), Limit(3)))
    house.later(hours=30)
    for number in range(1, 13):
        house.ils.put(patron(number, "300.00"))
    assert (len(house.apply().braked.held), house.blocked()) == (12, {"99"})
    return house


def moved(house: House, number: int) -> Findings:
    """A quick cycle in which somebody moved who is held."""
    house.later(minutes=5)
    house.ils.put(patron(number, "301.00"))
    return house.quick()


def test_what_a_brake_held_stays_held_while_it_waits_for_another_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = too_many(tmp_path)
    with monkeypatch.context() as euro:
        status = house.ils.status()
        euro.setattr(house.ils, "status", lambda: replace(status, currency="EUR", as_of=house.now()))
        house.later(minutes=5)
        assert {tripped.brake for tripped in house.apply().braked.tripped} == {Brake.MISFIT}
    assert moved(house, 1).done() == []
    house.later(minutes=5)
    house.apply(mode=Mode.RELEASE_ONLY)
    assert moved(house, 2).done() == []
    house.close()


def test_what_a_brake_held_stays_held_though_a_full_cycle_could_not_read_the_card(tmp_path: Path) -> None:
    house = too_many(tmp_path)
    house.ils.put(replace(patron(1), charges=UNKNOWN))
    house.later(minutes=5)
    assert len(house.apply().braked.held) == 11
    assert moved(house, 1).done() == []
    house.close()


def test_a_held_removal_of_a_retired_rule_stays_held_while_koha_redacts_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retired rule has its answers without any fact; whether a row is there it does not know."""
    house = House(tmp_path, patron(1, "300.00"))
    house.first_day()
    house.policy = policy(replace(debt_rule(), retired=True), digest="p2")
    house.order = replace(house.order, limits=Limits(Limit(3), Limit(3), Limit(0)))
    house.later(minutes=5)
    assert len(house.apply().braked.held) == 1
    hidden = Facts(
        Patron("1", born=UNKNOWN, expires=UNKNOWN),
        charges=UNKNOWN,
        credit=UNKNOWN,
        failed_pin=UNKNOWN,
        card_lost=UNKNOWN,
        restrictions=UNKNOWN,
    )
    with monkeypatch.context() as redacting:
        redacting.setattr(house.ils, "pull", lambda **_asked: Pull((hidden,), house.now()))
        house.later(minutes=5)
        house.apply()
    assert [key[0] for key in house.journal.held()] == ["1"]
    house.close()


def test_what_a_brake_holds_is_kept_before_the_first_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = too_many(tmp_path)
    for number in range(1, 13):
        house.ils.put(patron(number))
    house.later(minutes=5)
    assert house.apply().braked.held.entries == ()
    for number in range(1, 13):
        house.ils.put(patron(number, "300.00"))
    house.ils.put(patron(99))
    house.later(minutes=5)

    def gone(_entries: list[Entry]) -> object:
        raise IlsUnreachable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(house.ils, "apply", gone)
        with pytest.raises(IlsUnreachable):
            house.apply()
    moved(house, 1)
    assert house.blocked() == set(), "the one who paid is free, and nobody else is blocked"
    house.close()


def test_a_rule_with_another_name_makes_nothing_of_what_was_held(tmp_path: Path) -> None:
    house = too_many(tmp_path)
    for number in range(3, 13):
        house.ils.put(patron(number))
    house.policy = policy(replace(debt_rule(), id="gaeld"), digest="p2")
    house.later(minutes=5)
    findings = house.apply()
    assert (len(findings.braked.held), house.blocked()) == (2, {"99"})
    assert {rule for _, rule, _, _ in house.journal.held()} == {"gaeld"}
    house.close()


# Rows that were ours


def turned(tmp_path: Path, *facts: Facts) -> House:
    """Blocked cards whose restriction type staff deleted in Koha and made again: the rows are MANUAL now."""
    house = House(tmp_path, *(facts or (patron(1, "300.00"),)))
    house.first_day()
    house.later(minutes=5)
    house.apply()
    house.ils.delete_type("CW_DEBT", "MANUAL")
    house.later(minutes=5)
    return house


def test_a_block_whose_row_turned_foreign_is_missed_also_when_staff_removed_that_row(tmp_path: Path) -> None:
    house = turned(tmp_path)
    (verdict,) = [v for d in house.apply().decisions for v in d.verdicts if v.rule == "debt"]
    assert verdict.drift
    house.ils.lift("1", "MANUAL")
    house.later(minutes=5)
    findings = house.apply()
    assert [v.drift for d in findings.decisions for v in d.verdicts if v.rule == "debt"] == [True]
    house.later(minutes=5)
    house.apply(approve=findings.kept_digest)
    assert house.blocked() == {"1"}
    house.close()


def test_beside_a_row_that_was_ours_new_evidence_adds_none_unasked(tmp_path: Path) -> None:
    house = turned(tmp_path)
    house.apply()
    accept_drift(house.world, house.policy, Scope(), "abc")
    house.ils.put(patron(1, "900.00"), rows=house.ils.facts_of("1").restrictions)
    house.later(minutes=5)
    findings = house.apply()
    assert (house.blocked(), len(findings.braked.held)) == (set(), 1)
    house.close()


def test_rows_that_were_ours_stay_known_while_the_card_cannot_be_read(tmp_path: Path) -> None:
    house = turned(tmp_path)
    house.apply()
    rows = house.ils.facts_of("1").restrictions
    house.ils.put(patron(1), rows=rows)
    house.later(minutes=5)
    house.apply()
    assert house.journal.cases() == {}
    house.ils.put(replace(patron(1), restrictions=UNKNOWN), rows=rows)
    house.later(minutes=5)
    house.apply()
    house.ils.put(patron(1, "300.00"), rows=rows)
    house.later(minutes=5)
    assert (len(house.apply().braked.held), house.blocked()) == (1, set())
    house.close()


def test_rows_that_were_ours_are_known_at_whoever_has_them_after_two_records_were_merged(tmp_path: Path) -> None:
    house = turned(tmp_path, patron(1, "300.00"), patron(2))
    house.apply()
    rows = house.ils.facts_of("1").restrictions
    house.ils.drop("1")
    house.ils.put(patron(2, "300.00"), rows=rows)
    for _ in range(2):
        house.later(minutes=5)
        assert (len(house.apply().braked.held), house.blocked()) == (1, set())
    house.close()


def test_a_cycle_killed_while_it_remembers_forgets_no_row_that_was_ours_and_none_that_vanished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = turned(tmp_path, patron(1, "300.00"), patron(2, failed_pin=5))
    house.ils.put(patron(1), rows=house.ils.facts_of("1").restrictions)

    save = house.journal.save_cases

    def killed_after(keep: Iterable[Case], close: Iterable[tuple[str, str]], **more: Any) -> None:
        kept, closed = list(keep), list(close)
        save(kept, closed, **more)
        if kept or closed:
            raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(house.journal, "save_cases", killed_after)
        house.ils.lift("2", "CW_PIN")
        with pytest.raises(KeyboardInterrupt):
            house.apply()
    assert house.journal.history(house.now()).vanished == {("2", "pin")}
    assert house.journal.former_rows().keys() == {"1"}
    house.close()


# A rule with another name


def test_a_rule_with_another_name_keeps_what_is_remembered_of_its_type(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 31)))
    house.first_day()
    house.later(minutes=5)
    house.apply()
    for number in range(1, 3):
        house.ils.lift(str(number), "CW_DEBT")
    house.later(minutes=5)
    house.apply()
    house.later(hours=30)
    for number in range(11, 26):
        house.ils.lift(str(number), "CW_DEBT")
    assert len(house.apply().braked.held) == 15
    house.policy = policy(replace(debt_rule(), id="gaeld"), digest="p2")
    house.later(minutes=5)
    findings = house.apply()
    assert len(findings.by_standing(Standing.OVERRIDDEN)) == 2
    assert {change.reason for change in findings.braked.held.changes()} == {Reason.DRIFT}
    assert (len(findings.braked.held), len(findings.done())) == (15, 0)
    assert {rule for by_rule in house.journal.cases().values() for rule in by_rule} == {"gaeld"}
    house.close()


# Overrides of the morning


def test_overrides_made_before_the_number_was_known_are_taken_back_by_a_quick_cycle_too(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 31)))
    house.first_day()
    house.order = replace(house.order, drift=DriftLimit(2, 0))
    for number in range(1, 4):
        house.later(hours=2)
        house.ils.lift(str(number), "CW_DEBT")
        house.quick()
    house.later(hours=30)
    findings = house.apply()
    assert [v.patron for d in findings.decisions for v in d.verdicts if v.drift] == ["1", "2", "3"]
    house.close()


# Moments of a clock that was wrong


def test_a_payment_dated_by_a_clock_that_was_ahead_settles_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    house.first_day()
    ahead = house.now() + timedelta(days=30)
    house.later(days=1)
    house.ils.put(patron(1, "300.00", settled_at=ahead, paid_at=ahead))
    house.apply()
    house.later(days=1)
    house.ils.put(patron(1, "100.00", settled_at=ahead, paid_at=ahead))
    assert house.apply().done() == []
    assert house.blocked() == {"1"}
    house.close()
