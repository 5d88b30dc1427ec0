"""What staff release on Koha's pages, in whole cycles: journalled once with a name, whatever happens around it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sidecar.byhand import ReleaseOrder, accept_drift, release_by_staff
from sidecar.core.brakes import Limit
from sidecar.core.drift import DriftLimit
from sidecar.core.model import Facts, Origin, StaffRelease, Stage
from sidecar.core.plan import ChangeKind, Entry
from sidecar.core.policy import ByStaff, Rule, RuleKind, Scope, Terms
from sidecar.cycle.findings import Findings
from sidecar.ports import Mode, Outcome, Result
from sidecar.store import open_journal
from tests.cycle.house import House, debt_rule, patron, pin_rule, policy


def lost_rule() -> Rule:
    """A card that is reported lost: staff release it, and the report stands."""
    terms = Terms(ByStaff(), texts={"en": "Blocked: lost."}, short_texts={"en": "Lost."})
    return Rule(id="lost", kind=RuleKind.LOST_CARD, restriction_type="CW_LOST", terms=terms)


class Office(House):
    """A library where staff release blocks on the patrons' pages."""

    released = 0

    def staff_release(self, number: str, rule: str = "lost", **more: Any) -> StaffRelease:
        self.released += 1
        made = StaffRelease(
            str(self.released), f"CW_{rule.upper()}", rule, "52", photo_id_checked=True, at=self.at, **more
        )
        self.ils.release(number, made, reset_pin=rule == "pin")
        return made

    def case(self, number: str, rule: str = "lost") -> Any:
        return self.journal.cases().get(number, {}).get(rule)

    def kept(self) -> list[tuple[str, str, str | None]]:
        return [(each.patron, each.rule, each.in_ils) for each in self.journal.releases()]

    def facts(self, number: str) -> Facts:
        facts = self.ils.facts_of(number)
        assert facts is not None
        return facts


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    facts = (
        patron(1, card_lost=True),
        patron(2, card_lost=True, failed_pin=5),
        patron(3, "300.00"),
        patron(4),
    )
    built = Office(tmp_path, *facts, types=("CW_DEBT", "CW_PIN", "CW_LOST"))
    built.policy = policy(debt_rule(), pin_rule(), lost_rule())
    built.first_day()
    built.later(minutes=5)
    yield built
    built.close()


Cycle = Callable[[Office], Findings]
CYCLES: Sequence[Cycle] = (Office.quick, Office.apply)


@pytest.mark.parametrize("cycle", CYCLES, ids=["quick", "full"])
def test_it_is_an_override_with_a_name_and_nothing_vanished(office: Office, cycle: Cycle) -> None:
    office.staff_release("1")
    findings = cycle(office)
    case = office.case("1")
    assert (case.stage, case.origin, case.by, case.since) == (Stage.OVERRIDDEN, Origin.STAFF, "koha:52", office.at)
    assert office.journal.history(office.at).vanished == frozenset()
    assert (findings.done(), office.kept()) == ([], [("1", "lost", "1")])


def test_the_card_stays_free_though_the_rule_would_block_it_and_the_release_is_told_again(office: Office) -> None:
    office.staff_release("1")
    for _ in range(3):
        assert office.quick().done() == []
        office.later(seconds=30)
        assert office.apply().done() == []
    assert office.blocked("CW_LOST") == {"2"}
    assert len(office.journal.releases()) == 1


def test_where_the_rule_no_longer_blocks_the_case_is_closed(office: Office) -> None:
    office.staff_release("1")
    office.ils.put(replace(office.facts("1"), card_lost=False))
    office.quick()
    assert office.case("1") is None
    office.later(days=1)
    office.ils.put(replace(office.facts("1"), card_lost=True))
    assert [change.kind for change in office.quick().done()] == [ChangeKind.ADD], "lost once more"


def test_two_blocks_of_one_card_are_released_each_by_its_name(office: Office) -> None:
    office.staff_release("2")
    office.staff_release("2", "pin")
    office.quick()
    assert office.case("2").origin is Origin.STAFF
    assert office.case("2", "pin") is None
    assert sorted(office.kept()) == [("2", "lost", "1"), ("2", "pin", "2")]


def test_wrong_pins_since_the_release_block_anew(office: Office) -> None:
    office.staff_release("2", "pin")
    office.ils.put(replace(office.facts("2"), failed_pin=5))
    assert [(change.rule, change.kind) for change in office.quick().done()] == [("pin", ChangeKind.ADD)]


def test_a_rule_that_the_policy_no_longer_has_is_journalled_and_nothing_else(office: Office) -> None:
    office.staff_release("1")
    office.policy = policy(debt_rule(), pin_rule(), digest="p2")
    office.quick()
    assert office.kept() == [("1", "lost", "1")]


def test_days_without_a_daemon_lose_nothing(office: Office) -> None:
    made = office.staff_release("1")
    office.later(days=9)
    office.apply()
    case = office.case("1")
    assert (case.origin, case.since) == (Origin.STAFF, made.at)
    assert office.blocked("CW_LOST") == {"2"}


def test_a_lost_journal_blocks_nobody_whom_staff_released(office: Office, tmp_path: Path) -> None:
    office.staff_release("1")
    office.journal.close()
    office.journal = open_journal(f"sqlite:///{tmp_path / 'other.db'}", clock=office)
    findings = office.apply(approve=office.dry_run().kept_digest)
    assert all(change.patron != "1" for change in findings.plan.changes())
    assert office.case("1").by == "koha:52"


def test_a_release_among_sixty_rows_that_vanished_is_no_drift(tmp_path: Path) -> None:
    many = [patron(number, card_lost=True) for number in range(1, 101)]
    office = Office(tmp_path, *many, types=("CW_DEBT", "CW_PIN", "CW_LOST"))
    office.policy, office.order = policy(lost_rule()), replace(office.order, drift=DriftLimit(10, 2.0))
    office.first_day()
    office.later(minutes=5)
    for number in range(1, 61):
        office.ils.lift(str(number), "CW_LOST")
    office.staff_release("61")
    findings = office.apply()
    assert sum(verdict.drift for each in findings.decisions for verdict in each.verdicts) == 60
    assert len(office.journal.history(office.at).vanished) == 60
    assert office.case("61").origin is Origin.STAFF
    accept_drift(office.world, office.policy, Scope(), "AB")
    assert office.case("61").by == "koha:52"
    office.close()


def test_sixty_releases_by_name_are_no_drift_either(tmp_path: Path) -> None:
    many = [patron(number, card_lost=True) for number in range(1, 101)]
    office = Office(tmp_path, *many, types=("CW_DEBT", "CW_PIN", "CW_LOST"))
    office.policy = policy(lost_rule())
    office.first_day()
    office.later(minutes=5)
    for number in range(1, 61):
        office.staff_release(str(number))
    findings = office.apply()
    assert not any(verdict.drift for each in findings.decisions for verdict in each.verdicts)
    assert len(office.journal.releases()) == 60
    office.close()


def test_a_dry_run_journals_nothing_and_says_what_it_saw(office: Office) -> None:
    office.staff_release("1")
    before = office.case("1")
    findings = office.dry_run()
    assert [release.id for _patron, release in findings.released()] == ["1"]
    assert (office.case("1"), office.kept()) == (before, [])
    assert office.apply().released() != []


def test_a_paused_cycle_takes_nothing_and_the_next_one_does(office: Office) -> None:
    office.staff_release("1")
    office.journal.pause(office.at)
    office.apply()
    assert office.kept() == []
    office.journal.resume()
    office.later(minutes=1)
    office.apply()
    assert office.case("1").origin is Origin.STAFF


def test_release_only_takes_it_too(office: Office) -> None:
    office.staff_release("1")
    office.apply(mode=Mode.RELEASE_ONLY)
    assert office.case("1").origin is Origin.STAFF


# A release in the midst of a write


def cutting_in(office: Office, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Staff act between the pull and the write."""
    own = office.ils.apply

    def apply(entries: Sequence[Entry]) -> Any:
        act()
        return own(entries)

    monkeypatch.setattr(office.ils, "apply", apply)


def test_a_release_while_its_removal_was_on_its_way(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.ils.put(replace(office.facts("3"), charges=(), paid_at=office.at, settled_at=office.at))
    with monkeypatch.context() as patched:
        cutting_in(office, patched, lambda: office.staff_release("3", "debt"))
        office.quick()
    office.later(seconds=30)
    office.quick()
    assert (office.case("3", "debt"), office.kept()) == (None, [("3", "debt", "1")])
    assert office.journal.history(office.at).vanished == frozenset()


def test_a_release_of_a_block_whose_addition_was_never_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ils.put(patron(4, card_lost=True))
    own = office.ils.apply

    def lost(entries: Sequence[Entry]) -> Any:
        own(entries)
        return [Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None

    with monkeypatch.context() as patched:
        patched.setattr(office.ils, "apply", lost)
        office.quick()
    assert "4" in office.blocked("CW_LOST")
    office.later(seconds=30)
    office.staff_release("4")
    assert office.apply().done() == []
    assert (office.case("4").origin, office.case("4").by) == (Origin.STAFF, "koha:52")
    assert office.journal.open_intents() == []


@pytest.mark.parametrize("last_words", ["save_cases", "conclude"])
def test_a_cycle_that_is_killed_around_a_release_takes_it_once_with_its_name(
    office: Office, monkeypatch: pytest.MonkeyPatch, last_words: str
) -> None:
    office.staff_release("1")
    office.ils.put(patron(4, card_lost=True))  # so that something is written
    own = getattr(office.journal, last_words)

    def killed(*given: Any, **more: Any) -> None:
        own(*given, **more)
        if more.get("released", True):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(office.journal, last_words, killed)
        with pytest.raises(KeyboardInterrupt):
            office.apply()
    office.later(minutes=1)
    office.apply()
    assert (office.case("1").by, office.kept()) == ("koha:52", [("1", "lost", "1")])
    assert office.journal.history(office.at).vanished == frozenset()


def test_a_release_of_a_block_whose_removal_is_held_ends_the_hold(office: Office) -> None:
    office.order = replace(office.order, limits=replace(office.order.limits, removals=Limit(0)))
    office.ils.put(replace(office.facts("3"), charges=()))
    assert len(office.apply().braked.held) == 1
    office.later(minutes=1)
    office.staff_release("3", "debt")
    findings = office.apply()
    assert (len(findings.braked.held), office.journal.held(), office.case("3", "debt")) == (0, {}, None)
    assert office.kept() == [("3", "debt", "1")]


def test_a_release_by_command_and_one_in_koha_are_both_on_record(office: Office) -> None:
    release_by_staff(office.world, office.policy, ReleaseOrder("2", "lost", "AB", photo_id_checked=True))
    office.staff_release("2", "pin")
    office.later(seconds=30)
    office.quick()
    assert [each.staff for each in office.journal.releases("2")] == ["koha:52", "AB"]
    assert (office.case("2").origin, office.case("2").by) == (Origin.RELEASED, "AB")
