"""An ILS in memory is written and read as the plugin is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.memory import MemoryIls, can_matter
from sidecar.core.model import UNKNOWN, Charge, Facts, Patron, Restriction
from sidecar.core.plan import Change, ChangeKind, Entry, Reason
from sidecar.ports import Outcome, Result, Source, Target

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def owing(patron: str = "7", amount: str = "225.00") -> Facts:
    return Facts(Patron(patron, name="Åse", card_number=f"C{patron}"), (Charge("1", "OVERDUE", Decimal(amount)),))


def row(restriction_type: str = "CW_DEBT", *, ours: bool = True, expires: date | None = None) -> Restriction:
    return Restriction("r1", restriction_type, ours, "Blocked.", expires)


def ils(*facts: Facts, **more: object) -> MemoryIls:
    return MemoryIls(facts or (owing(),), now=Time(), **more)  # type: ignore[arg-type]


def change(kind: ChangeKind, restriction_type: str = "CW_DEBT", comment: str = "Blocked.", short: str = "") -> Change:
    return Change(
        patron="7", rule="debt", kind=kind, restriction_type=restriction_type, reason=Reason.REACHED,
        comment=comment, short_comment=short,
    )  # fmt: skip


ADD = change(ChangeKind.ADD)
REMOVE = change(ChangeKind.REMOVE)
RESET = change(ChangeKind.RESET_PIN)


def write(memory: MemoryIls, *changes: Change, etag: str | None = "now", patron: str = "7") -> Outcome:
    if etag == "now":
        facts = memory.facts_of(patron)
        etag = facts.etag if facts else None
    (outcome,), at = memory.apply([Entry(patron, etag, changes)])
    assert at == NOW
    return outcome


def types(memory: MemoryIls) -> list[str]:
    facts = memory.facts_of("7")
    assert facts is not None
    assert facts.restrictions is not UNKNOWN
    return [each.type for each in facts.restrictions]


def test_it_keeps_both_ports() -> None:
    source: Source = ils()
    target: Target = ils()
    assert source.status().writable
    target.claim()


def test_writing_twice_is_writing_once() -> None:
    memory = ils()
    assert write(memory, ADD).result is Result.WRITTEN
    assert write(memory, ADD).result is Result.ALREADY
    assert types(memory) == ["CW_DEBT"]
    assert write(memory, REMOVE).result is Result.WRITTEN
    assert write(memory, REMOVE).result is Result.ALREADY
    assert types(memory) == []


def test_an_added_row_has_its_text_and_time_and_no_end() -> None:
    memory = ils()
    write(memory, ADD)
    (added,) = (memory.facts_of("7") or owing()).ours()
    assert (added.comment, added.expires, added.created, added.ours) == ("Blocked.", None, NOW, True)


def test_facts_that_moved_are_not_written_upon_unless_as_asked_already() -> None:
    memory = ils()
    (seen,) = memory.pull().facts
    memory.put(owing(amount="1.00"))
    assert write(memory, ADD, etag=seen.etag).result is Result.MOVED
    assert write(memory, ADD, etag=None).result is Result.MOVED
    assert write(memory, REMOVE, etag=seen.etag).result is Result.ALREADY
    assert types(memory) == []


def test_the_check_of_what_moved_can_be_left_out() -> None:
    assert write(ils(check_etags=False), ADD, etag=None).result is Result.WRITTEN


def test_every_write_gives_a_new_etag() -> None:
    memory = ils()
    (before,) = memory.pull().facts
    write(memory, ADD)
    (after,) = memory.pull().facts
    assert before.etag != after.etag


def test_who_is_gone_is_gone() -> None:
    memory = ils()
    memory.drop("7")
    memory.drop("nobody")
    assert write(memory, ADD, etag="1").result is Result.GONE
    assert memory.pull().facts == ()
    assert memory.facts_of("7") is None


def test_types_that_are_not_registered_are_refused_and_nothing_else_is_written() -> None:
    memory = ils(types=["CW_DEBT"])
    both = (ADD, change(ChangeKind.ADD, "CW_PIN"))
    assert write(memory, *both).result is Result.REFUSED
    assert types(memory) == []
    assert write(memory, ADD, RESET).result is Result.WRITTEN


@pytest.mark.parametrize(
    ("rows", "result", "comment", "expires"),
    [
        ([row()], Result.ALREADY, "Blocked.", None),
        ([row(expires=date(2027, 1, 1))], Result.ALREADY, "Blocked.", date(2027, 1, 1)),
        ([replace(row(), comment="Old.", expires=date(2027, 1, 1))], Result.WRITTEN, "Blocked.", date(2027, 1, 1)),
        ([replace(row(), comment="Short.")], Result.ALREADY, "Short.", None),
        ([row(expires=date(2026, 11, 23))], Result.WRITTEN, "Blocked.", None),
        ([row(expires=date(2027, 1, 1)), replace(row(), id="r2")], Result.WRITTEN, "Blocked.", None),
    ],
    ids=["as asked", "with an end", "another text", "the short text", "ended today", "two rows"],
)
def test_setting_leaves_exactly_one_row_in_force_and_keeps_its_end(
    rows: list[Restriction], result: Result, comment: str, expires: date | None
) -> None:
    memory = ils()
    memory.put(owing(), rows=rows)
    assert write(memory, change(ChangeKind.AMEND, short="Short.")).result is result
    (left,) = (memory.facts_of("7") or owing()).ours()
    assert (left.comment, left.expires) == (comment, expires)


def test_foreign_rows_are_never_touched() -> None:
    foreign = row("MANUAL", ours=False)
    same_type = row("CW_DEBT", ours=False)
    memory = ils(replace(owing(), restrictions=(foreign, same_type)))
    write(memory, REMOVE)
    assert types(memory) == ["MANUAL", "CW_DEBT"]
    write(memory, ADD)
    assert types(memory) == ["MANUAL", "CW_DEBT", "CW_DEBT"]


def test_a_flag_that_does_not_match_is_recomputed_by_any_write() -> None:
    for changes in ((REMOVE,), (RESET,)):
        memory = ils(replace(owing(), flag_matches=False))
        assert write(memory, *changes).result is Result.WRITTEN
        assert (memory.facts_of("7") or owing()).flag_matches is True


@pytest.mark.parametrize(
    ("counter", "result", "after"), [(5, Result.WRITTEN, 0), (0, Result.ALREADY, 0), (-1, Result.ALREADY, -1)]
)
def test_a_pin_counter_above_0_is_reset_and_an_administrator_s_lock_is_left(
    counter: int, result: Result, after: int
) -> None:
    memory = ils(replace(owing(), failed_pin=counter))
    assert write(memory, RESET).result is result
    assert (memory.facts_of("7") or owing()).failed_pin == after


def test_new_facts_keep_our_rows_and_bring_their_own_foreign_ones() -> None:
    memory = ils(replace(owing(), restrictions=(row("MANUAL", ours=False),)))
    write(memory, ADD)
    memory.put(replace(owing(), restrictions=(row("SUSPENSION", ours=False),)))
    assert types(memory) == ["CW_DEBT", "SUSPENSION"]
    memory.put(owing(), rows=[])
    assert types(memory) == []
    memory.put(replace(owing(), restrictions=(row("CW_PIN"),)))
    assert types(memory) == ["CW_PIN"]


def test_unknown_restrictions_hide_the_rows_for_a_while_only() -> None:
    memory = ils()
    write(memory, ADD)
    memory.put(replace(owing(), restrictions=UNKNOWN))
    assert memory.pull().facts[0].restrictions is UNKNOWN
    memory.put(owing())
    assert types(memory) == ["CW_DEBT"]


def test_staff_lift_rows_of_a_type_whosoever_they_are() -> None:
    memory = ils(replace(owing(), restrictions=(row(), row("MANUAL", ours=False))))
    memory.lift("7", "CW_DEBT")
    assert types(memory) == ["MANUAL"]
    memory.lift("7", "MANUAL")
    assert types(memory) == []


def test_a_pull_holds_who_can_matter_by_number() -> None:
    clear = Facts(Patron("5"))
    memory = ils(owing("10"), owing("9"), clear)
    assert [facts.patron.id for facts in memory.pull().facts] == ["9", "10"]
    assert len(ils(owing("10"), clear, everyone=True).pull().facts) == 2
    assert memory.pull().as_of == NOW


@pytest.mark.parametrize(
    "facts",
    [
        replace(Facts(Patron("5")), charges=UNKNOWN),
        replace(Facts(Patron("5")), credit=Decimal(-1)),
        replace(Facts(Patron("5")), credit=UNKNOWN),
        replace(Facts(Patron("5")), failed_pin=-1),
        replace(Facts(Patron("5")), failed_pin=UNKNOWN),
        replace(Facts(Patron("5")), card_lost=True),
        replace(Facts(Patron("5")), card_lost=UNKNOWN),
        replace(Facts(Patron("5")), restrictions=(row(),)),
        replace(Facts(Patron("5")), restrictions=UNKNOWN),
        replace(Facts(Patron("5")), restricted=True),
    ],
)
def test_anything_remarkable_or_unknown_can_matter(facts: Facts) -> None:
    assert can_matter(facts)
    assert not can_matter(Facts(Patron("5")))


def test_who_moved_is_told_by_the_time_of_the_last_change() -> None:
    time = Time()
    memory = MemoryIls([owing("1"), owing("7"), owing("9")], now=time)
    time.now = NOW + timedelta(hours=1)
    memory.put(Facts(Patron("1")))
    memory.apply([Entry("7", (memory.facts_of("7") or owing()).etag, (ADD,))])
    moved = memory.pull(changed_since=NOW + timedelta(minutes=1)).facts
    assert [facts.patron.id for facts in moved] == ["1", "7"]


def test_reading_leaves_out_who_does_not_exist_and_names_come_only_when_asked_for() -> None:
    memory = ils()
    assert [facts.patron.id for facts in memory.read(["8", "7", "7"]).facts] == ["7"]
    assert memory.read(["7"]).facts[0].patron.name is None
    assert memory.pull(names=True).facts[0].patron.card_number == "C7"
    assert memory.find_card("C7") == "7"
    assert memory.find_card("C8") is None


def test_the_status_counts_patrons_and_rows() -> None:
    ended = row("CW_PIN", expires=date(2026, 11, 23))
    memory = ils(replace(owing(), restrictions=(row(), ended, row("MANUAL", ours=False))), types=["CW_DEBT", "CW_X"])
    status = memory.status()
    assert status.patron_count == 1
    assert [(each.type, each.rows, each.in_force) for each in status.types] == [
        ("CW_DEBT", 1, 1), ("CW_PIN", 1, 0), ("CW_X", 0, 0),
    ]  # fmt: skip
    assert status.ours_in_force == 1


def test_progress_is_told_and_a_batch_has_a_size() -> None:
    seen: list[tuple[int, int | None]] = []
    ils().pull(progress=lambda read, total: seen.append((read, total)))
    assert seen == [(1, 1)]
    entries: Iterable[Entry] = [Entry("7", "1", (ADD,)), Entry("8", "1", (ADD,))]
    with pytest.raises(ValueError, match="more than a batch of 1"):
        ils(batch_size=1).apply(list(entries))
