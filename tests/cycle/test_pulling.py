"""Whom a cycle reads: all who can matter and all who are remembered, or who moved and who is due."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sidecar.core.drift import DriftLimit
from sidecar.core.model import AgencyReport, Case, Restriction, Stage
from sidecar.core.plan import ChangeKind
from sidecar.cycle.order import Order, Quick, Remembered
from sidecar.cycle.pulling import Seen, pull_patrons
from sidecar.errors import Stopped
from sidecar.ports import History, Intent, Mode
from tests.cycle.house import START, House, patron

NOTHING = Remembered(cases={}, intents=(), history=History(), held={}, former_rows={}, paused_since=None)
CASE = Case("7", "debt", Stage.BLOCKED, START, rows=("m7",))
INTENT = Intent(1, "8", "debt", ChangeKind.REMOVE, "CW_DEBT", START, None)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two who owe, and four of whom a full pull has no reason to speak."""
    built = House(tmp_path, patron(10, "1.00"), patron(9, "1.00"), *(patron(number) for number in (7, 8, 11, 100)))
    built.later(minutes=5)
    yield built
    built.close()


class Reads:
    """What an ILS was asked for by number."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[list[str], bool]] = []
        read = house.ils.read

        def noted(patrons: Sequence[str], *, names: bool = False) -> object:
            self.asked.append((list(patrons), names))
            return read(patrons, names=names)

        monkeypatch.setattr(house.ils, "read", noted)


def numbers(seen: Seen) -> list[str]:
    return [facts.patron.id for facts in seen.pull.facts]


def test_a_full_cycle_reads_who_can_matter_and_whoever_is_remembered_in_the_order_of_their_numbers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(house, monkeypatch)
    remembered = replace(
        NOTHING,
        cases={"7": {"debt": CASE}, "99": {"debt": replace(CASE, patron="99")}, "9": {}},
        intents=(INTENT,),
        former_rows={"11": {"m1": "debt"}},
    )
    seen, _ = pull_patrons(house.world, house.policy, house.order, remembered)
    assert numbers(seen) == ["7", "8", "9", "10", "11"]
    assert seen.looked_for == {"7", "8", "9", "10", "11", "99"}, "who was not found is there no more"
    assert reads.asked == [(["7", "8", "11", "99"], False)], "in one go, and nobody twice"
    assert seen.pull.as_of == house.at


def test_a_quick_cycle_reads_who_moved_who_is_due_and_whom_an_open_write_is_about(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(house, monkeypatch)
    remembered = replace(NOTHING, cases={"7": {"debt": CASE}}, intents=(INTENT,), former_rows={"11": {"m1": "debt"}})
    house.ils.put(patron(9, "2.00"))
    quick = Quick(house.at, frozenset({"100"}))
    seen, _ = pull_patrons(house.world, house.policy, replace(house.order, quick=quick), remembered)
    assert numbers(seen) == ["8", "9", "100"]
    assert seen.looked_for == {"8", "9", "100"}
    assert reads.asked == [(["8", "100"], False)]


def test_where_nobody_else_is_wanted_nobody_is_asked_for_by_number(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(house, monkeypatch)
    assert numbers(pull_patrons(house.world, house.policy, house.order, NOTHING)[0]) == ["9", "10"]
    assert reads.asked == []


@pytest.mark.parametrize("names", [True, False])
def test_names_are_read_only_if_the_order_says_so(house: House, names: bool) -> None:
    for number in (7, 9):
        facts = patron(number, "1.00")
        house.ils.put(replace(facts, patron=replace(facts.patron, name="Astrid Holm")))
    house.ils.put(replace(patron(7), patron=replace(patron(7).patron, name="Astrid Holm")))
    remembered = replace(NOTHING, cases={"7": {"debt": CASE}})
    seen, _ = pull_patrons(house.world, house.policy, replace(house.order, names=names), remembered)
    told = {facts.patron.id: facts.patron.name for facts in seen.pull.facts}
    assert told == {"7": "Astrid Holm" if names else None, "9": "Astrid Holm" if names else None, "10": None}


def test_rows_that_were_ours_are_marked_by_the_case_and_by_what_the_journal_keeps(house: House) -> None:
    def row(number: str) -> Restriction:
        return Restriction(number, "MANUAL", ours=False)

    house.ils.put(replace(patron(7), restrictions=(row("m7"), row("s1"))))
    house.ils.put(replace(patron(11), restrictions=(row("m1"), row("s2"))))
    remembered = replace(NOTHING, cases={"7": {"debt": CASE}}, former_rows={"11": {"m1": "pin"}})
    seen, _ = pull_patrons(house.world, house.policy, house.order, remembered)
    once = {row.id: row.once_of for facts in seen.pull.facts for row in facts.foreign()}
    assert once == {"m7": "debt", "s1": None, "m1": "pin", "s2": None}


def test_what_the_collection_office_reports_is_among_the_facts_of_that_patron(house: House) -> None:
    report = AgencyReport(datetime(2026, 11, 20, tzinfo=UTC))

    class Office:
        def reports(self) -> dict[str, AgencyReport]:
            return {"10": report, "12": report}

    seen, _ = pull_patrons(replace(house.world, office=Office()), house.policy, house.order, NOTHING)
    assert {facts.patron.id: facts.agency for facts in seen.pull.facts} == {"9": None, "10": report}


def test_a_stop_is_asked_for_at_each_page(house: House) -> None:
    order = replace(house.order, stopping=lambda: True)
    with pytest.raises(Stopped, match=r"^The cycle was stopped while patrons were read; nothing was planned\.$"):
        pull_patrons(house.world, house.policy, order, NOTHING)
    assert not Order().stopping(), "unless somebody says so, a cycle goes on"


def test_whoever_waits_sees_how_far_it_is(house: House) -> None:
    seen: list[tuple[int, int | None]] = []
    pull_patrons(
        house.world, house.policy, replace(house.order, progress=lambda read, of: seen.append((read, of))), NOTHING
    )
    assert seen == [(2, 2)]


@pytest.mark.parametrize("mode", list(Mode))
def test_reading_keeps_the_journal_held_where_something_is_to_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    renewed: list[datetime] = []
    monkeypatch.setattr(house.journal, "renew", renewed.append)
    house.later(seconds=7)
    pull_patrons(house.world, house.policy, replace(house.order, mode=mode), NOTHING)
    assert renewed == ([] if mode is Mode.DRY_RUN else [START + timedelta(minutes=5, seconds=7)])


# What a quick cycle remembers of patrons


def asked_of(house: House, monkeypatch: pytest.MonkeyPatch) -> list[set[str] | None]:
    """Of whom the journal is asked for cases; None: of everybody."""
    asked: list[set[str] | None] = []
    cases = house.journal.cases

    def noted(of: Collection[str] | None = None) -> object:
        asked.append(None if of is None else set(of))
        return cases(of)

    monkeypatch.setattr(house.journal, "cases", noted)
    return asked


def test_a_quick_cycle_that_comes_upon_nobody_asks_for_no_case(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.later(hours=1)
    asked = asked_of(house, monkeypatch)
    house.quick()
    assert asked == []


def test_a_quick_cycle_asks_for_the_cases_of_those_whom_it_looks_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.journal.save_cases([CASE, replace(CASE, patron="10"), replace(CASE, patron="11")], [])
    house.later(hours=1)
    house.ils.put(patron(10, "300.00"))
    asked = asked_of(house, monkeypatch)
    found = house.quick()
    assert asked == [{"10"}]
    assert [verdict.case_before for verdict in found.decisions[0].verdicts if verdict.rule == "debt"] != [None]


def test_where_a_foreign_row_comes_up_all_cases_are_asked_for_since_a_merge_moves_rows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.journal.save_cases([CASE], [])  # of patron 7, whose row now stands on the card of patron 8
    house.later(hours=1)
    house.ils.put(replace(patron(8, "1.00"), restrictions=(Restriction("m7", "MANUAL", ours=False),)))
    asked = asked_of(house, monkeypatch)
    found = house.quick()
    assert asked == [None]
    assert [row.once_of for row in found.decisions[0].facts.foreign()] == ["debt"]


@pytest.mark.parametrize(("blocks", "is_drift"), [(2, True), (200, False)])
def test_what_is_too_many_is_told_from_all_blocks_also_by_a_quick_cycle(
    house: House, blocks: int, is_drift: bool
) -> None:
    house.order = replace(house.order, drift=DriftLimit(0, 1.0))
    others = [replace(CASE, patron=str(1000 + number), rows=()) for number in range(blocks)]
    house.journal.save_cases([replace(CASE, rows=()), *others], [])
    house.later(hours=1)
    house.ils.put(patron(7, "300.00"))
    verdicts = [verdict for verdict in house.quick().decisions[0].verdicts if verdict.rule == "debt"]
    assert [verdict.drift for verdict in verdicts] == [is_drift]
