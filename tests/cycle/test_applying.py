"""Writing batch by batch: what is journalled before and after each, and what stops it between two."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.core.model import Stage
from sidecar.core.plan import ChangeKind, Entry
from sidecar.cycle.findings import Findings
from sidecar.cycle.run import run_once
from sidecar.errors import OtherWriter, PausedInIls
from sidecar.ports import CycleOutcome, Mode, Result
from tests.cycle.house import House, approved_house, patron


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Five who owe, of whom two are written at a time."""
    built = approved_house(tmp_path, owing=5)
    yield built
    built.close()


def in_batches(house: House, monkeypatch: pytest.MonkeyPatch, after_the_first: object) -> list[list[str]]:
    """The batches as they are written; after the first one something happens."""
    batches: list[list[str]] = []
    write = house.ils.apply

    def noted(entries: list[Entry]) -> object:
        if batches and isinstance(after_the_first, Exception):
            raise after_the_first
        batches.append([entry.patron for entry in entries])
        done = write(entries)
        if callable(after_the_first):
            after_the_first()
        return done

    monkeypatch.setattr(house.ils, "apply", noted)
    return batches


def results(house: House) -> list[tuple[str, str | None]]:
    return [(change.patron, change.result) for change in reversed(house.journal.changes())]


def test_entries_go_in_batches_of_the_target_s_size(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = in_batches(house, monkeypatch, None)
    found = house.apply()
    assert batches == [["1", "2"], ["3", "4"], ["5"]]
    assert found.stopped is None
    assert len(found.outcomes) == 5
    assert house.journal.open_intents() == []


def test_a_pause_between_two_batches_ends_the_writing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = in_batches(house, monkeypatch, lambda: house.journal.pause(house.at))
    found = house.apply()
    assert batches == [["1", "2"]]
    assert found.stopped == "Writing was paused while this cycle ran; `cardwarden resume` lets it go on."
    assert house.blocked() == set(found.outcomes) == {"1", "2"}
    assert house.journal.open_intents() == [], "what was not tried is not journalled as intended"


def test_a_stop_between_two_batches_ends_the_writing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stop: list[bool] = []
    batches = in_batches(house, monkeypatch, lambda: stop.append(True))
    found = run_once(house.world, house.policy, replace(house.order, mode=Mode.APPLY, stopping=lambda: bool(stop)))
    assert batches == [["1", "2"]]
    assert found.stopped == "Cardwarden was told to stop; the next cycle goes on."
    assert set(found.outcomes) == {"1", "2"}


def test_a_pause_in_the_ils_refuses_the_batch_and_ends_the_writing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_batches(house, monkeypatch, PausedInIls("paused there"))
    found = house.apply()
    assert found.stopped == "paused there"
    assert [change.message for change in house.journal.changes()[:2]] == ["paused there"] * 2
    assert set(found.outcomes) == {"1", "2"}
    assert results(house) == [("1", "written"), ("2", "written"), ("3", "refused"), ("4", "refused")]
    assert house.journal.open_intents() == []


def test_another_writer_refuses_the_batch_and_fails_the_cycle(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches(house, monkeypatch, OtherWriter("another one wrote"))
    with pytest.raises(OtherWriter):
        house.apply()
    assert results(house) == [("1", "written"), ("2", "written"), ("3", "refused"), ("4", "refused")]
    assert house.journal.open_intents() == []
    assert house.journal.cycles(1)[0].outcome is CycleOutcome.FAILED


def test_an_approval_whose_cycle_broke_off_is_still_good(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        in_batches(house, patched, PausedInIls("paused there"))
        house.apply()
    house.later(minutes=1)
    assert [change.patron for change in house.apply().done()] == ["3", "4", "5"]
    assert house.journal.approvals(house.policy.digest, house.at) == []


def test_what_was_approved_is_journalled_as_approved_and_counts_for_no_brake(house: House) -> None:
    cycle = house.apply().cycle
    records = house.journal.changes()
    assert {(one.cycle, one.approved, one.policy_digest, one.intended) for one in records} == {
        (cycle, True, house.policy.digest, house.at)
    }
    assert {one.concluded for one in records} == {house.at}
    assert house.journal.history(house.at).added == {}
    house.ils.put(patron(6, "300.00"))
    house.later(minutes=1)
    house.apply()
    assert house.journal.history(house.at).added == {"CW_DEBT": 1}


# What looking alone changes


def looked(house: House, *, mode: Mode = Mode.APPLY) -> Findings:
    house.later(minutes=1)
    return house.apply(mode=mode)


def test_each_cycle_that_sees_a_row_says_when_in_the_case(house: House) -> None:
    house.apply()
    began = house.at
    looked(house)
    case = house.journal.cases()["1"]["debt"]
    assert (case.stage, case.since, case.seen_at) == (Stage.BLOCKED, began, house.at)


def test_who_is_out_of_scope_keeps_the_cases(house: House) -> None:
    house.apply()
    before = house.journal.cases()["1"]
    house.order = replace(house.order, scope=replace(house.order.scope, never=frozenset({"1"})))
    assert looked(house).closed_cases == 0
    assert house.journal.cases()["1"] == before


def test_who_is_gone_loses_the_cases_and_whom_a_quick_cycle_did_not_look_for_keeps_them(house: House) -> None:
    house.apply()
    house.ils.drop("1")
    house.later(minutes=5)
    house.quick()
    assert "1" in house.journal.cases()
    assert looked(house).closed_cases == 1
    assert set(house.journal.cases()) == {"2", "3", "4", "5"}


def test_a_case_of_a_rule_that_the_policy_no_longer_has_ends(house: House) -> None:
    house.apply()
    house.journal.save_cases([replace(house.journal.cases()["1"]["debt"], rule="older")], [])
    assert looked(house).closed_cases == 1
    assert set(house.journal.cases()["1"]) == {"debt"}


def test_rows_that_vanished_are_kept_with_their_moment_for_the_drift_of_the_day(house: House) -> None:
    house.apply()
    house.ils.lift("1", "CW_DEBT")
    house.later(minutes=1)
    house.apply()
    assert house.journal.history(house.at).vanished == {("1", "debt")}
    house.later(hours=25)
    assert house.journal.history(house.at).vanished == frozenset()


def test_kinds_of_changes_in_the_journal_are_those_of_the_plan(house: House) -> None:
    house.apply()
    assert {change.kind for change in house.journal.changes()} == {ChangeKind.ADD}
    assert {change.result for change in house.journal.changes()} == {Result.WRITTEN}
