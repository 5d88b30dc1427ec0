"""A patron whom a quick cycle looked at a moment ago, and of whom nothing is otherwise, is not decided about again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.model import Facts
from sidecar.core.policy import Scope
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Quick
from sidecar.cycle.run import run_once
from sidecar.cycle.unmoved import Unmoved
from sidecar.ports import Mode, Outcome, Result
from tests.cycle.house import House, debt_rule, patron, pin_rule, policy


class Quiet(House):
    """A house whose quick cycles look back two minutes and know whom they looked at."""

    def __init__(self, folder: Path, *facts: Facts) -> None:
        super().__init__(folder, *facts)
        self.unmoved = Unmoved()
        self.due: frozenset[str] = frozenset()
        self.mode = Mode.APPLY

    def quick(self) -> Findings:
        self.later(seconds=5)
        quick = Quick(self.at - timedelta(minutes=2), self.due)
        order = replace(self.order, mode=self.mode, quick=quick, unmoved=self.unmoved)
        found = run_once(self.world, self.policy, order)
        self.unmoved.done(found)
        return found

    def full(self) -> None:
        self.later(seconds=5)
        self.unmoved.done(self.apply())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Quiet]:
    """Three of whom two owe; the first cycle has blocked those a moment ago."""
    built = Quiet(tmp_path, patron(1, "300.00"), patron(2, "400.00"), patron(3, "1.00"))
    built.unmoved.done(built.first_day())
    yield built
    built.close()


def looked_at(found: Findings) -> list[str]:
    return [decision.patron for decision in found.decisions]


def test_what_was_written_is_looked_at_once_and_not_at_each_cycle_that_reads_it(house: Quiet) -> None:
    assert looked_at(house.quick()) == ["1", "2", "3"], "their rows are known from this look"
    assert [row for case in house.journal.cases().values() for row in case["debt"].rows]
    assert [looked_at(house.quick()) for _ in range(5)] == [[]] * 5


def test_whoever_moves_is_looked_at_again(house: Quiet) -> None:
    house.quick()
    house.ils.put(replace(_facts(house, "1"), charges=()))
    found = house.quick()
    assert looked_at(found) == ["1"]
    assert house.blocked() == {"2"}


def test_what_no_etag_covers_counts_too(house: Quiet) -> None:
    house.quick()
    facts = _facts(house, "2")
    house.ils.put(replace(facts, paid_at=house.at))
    assert looked_at(house.quick()) == ["2"]


def test_whoever_is_due_is_looked_at_though_nothing_moved(house: Quiet) -> None:
    house.quick()
    house.due = frozenset({"2"})
    assert looked_at(house.quick()) == ["2"]


def test_another_policy_scope_or_day_forgets_all(house: Quiet) -> None:
    house.quick()
    house.policy = policy(debt_rule(), pin_rule(), digest="p2")
    assert looked_at(house.quick()) == ["1", "2", "3"]
    house.order = replace(house.order, scope=Scope(never=frozenset({"9"})))
    assert looked_at(house.quick()) == ["1", "2", "3"]
    assert looked_at(house.quick()) == []
    house.at = house.at.replace(hour=22, minute=59, second=50)
    house.ils.put(_facts(house, "1"))
    assert looked_at(house.quick()) == ["1"], "it came up anew"
    assert looked_at(house.quick()) == ["1"], "midnight in Copenhagen"


def test_a_full_cycle_and_a_failed_one_forget_all(house: Quiet) -> None:
    house.quick()
    house.full()
    assert looked_at(house.quick()) == ["1", "2", "3"]
    house.unmoved.forget()
    assert looked_at(house.quick()) == ["1", "2", "3"]


def test_while_nothing_may_be_written_nobody_counts_as_looked_at(house: Quiet) -> None:
    house.journal.pause(house.at)
    house.quick()
    assert looked_at(house.quick()) == ["1", "2", "3"]
    house.journal.resume()
    assert looked_at(house.quick()) == ["1", "2", "3"]
    house.mode = Mode.DRY_RUN
    house.quick()
    assert looked_at(house.quick()) == ["1", "2", "3"]


def test_a_change_that_is_not_done_is_tried_again(house: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    house.quick()
    house.ils.put(patron(4, "500.00"))
    with monkeypatch.context() as patched:
        apply = house.ils.apply

        def refused(entries):  # type: ignore[no-untyped-def] # as the target's
            outcomes, at = apply([])
            return [*outcomes, *(_refused(entry) for entry in entries)], at

        patched.setattr(house.ils, "apply", refused)
        assert looked_at(house.quick()) == ["4"]
        assert looked_at(house.quick()) == ["4"]
    assert looked_at(house.quick()) == ["4"]
    assert "4" in house.blocked()


def test_a_row_that_vanished_is_looked_at_while_the_ils_names_its_patron(house: Quiet) -> None:
    house.quick()
    house.ils.lift("1", "CW_DEBT")
    found = house.quick()
    assert looked_at(found) == ["1"]
    assert found.decisions[0].verdicts[0].lifted
    assert looked_at(house.quick()) == ["1"], "once more, since it was news"
    assert looked_at(house.quick()) == []


def test_whom_the_ils_no_longer_names_is_forgotten(house: Quiet) -> None:
    house.quick()
    house.later(minutes=10)
    house.quick()
    house.ils.put(_facts(house, "1"))
    assert looked_at(house.quick()) == ["1"]


def _refused(entry):  # type: ignore[no-untyped-def] # as the target's

    return Outcome(entry.patron, Result.REFUSED, "not now")


def _facts(house: Quiet, number: str) -> Facts:
    facts = house.ils.facts_of(number)
    assert facts is not None
    return facts
