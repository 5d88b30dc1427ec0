"""Several batches under way at once: the next is journalled and sent while others are, and whatever ends the writing,
those under way are waited for."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from sidecar.core.plan import Entry
from sidecar.errors import Busy, IlsUnreachable, OtherWriter, PausedInIls
from sidecar.ports import Outcome
from tests.cycle.house import House, approved_house

PATIENCE = 30.0
"""A busy machine's, in seconds: nobody waits longer than it takes."""


class SlowIls:
    """Of two batches a time the first is answered last; some end in an error."""

    def __init__(self, house: House, errors: dict[str, Exception]) -> None:
        self.write = house.ils.apply
        self.errors = errors
        self.begun: list[str] = []
        self.most = 0
        self.open_then: dict[str, int] = {}
        self._house = house
        self._lock = threading.Lock()
        self._under_way = 0
        self.gates: dict[str, threading.Event] = {}

    def apply(self, entries: Sequence[Entry]) -> tuple[Sequence[Outcome], datetime | None]:
        first = entries[0].patron
        with self._lock:
            self.begun.append(first)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        gate = self.gates.get(first)
        if gate is not None:
            assert gate.wait(PATIENCE)
        try:
            if first in self.errors:
                raise self.errors[first]
            with self._lock:
                return self.write(entries)
        finally:
            with self._lock:
                self._under_way -= 1


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Nine who owe, of whom two are written at a time, in two batches at a time."""
    built = approved_house(tmp_path, owing=9)
    built.ils.writers = 2
    yield built
    built.close()


def slow(house: House, monkeypatch: pytest.MonkeyPatch, **errors: Exception) -> SlowIls:
    """The batch of 3 waits until the one of 5 was journalled, so that both are under way."""
    ils = SlowIls(house, {number.removeprefix("of_"): error for number, error in errors.items()})
    ils.gates["3"] = threading.Event()
    intend = house.journal.intend

    def intended(cycle: int, changes: Sequence[object], *rest: object) -> None:
        intend(cycle, changes, *rest)  # type: ignore[arg-type] # as it is called
        ils.open_then[changes[0].patron] = len(house.journal.open_intents())  # type: ignore[attr-defined] # a change
        if changes[0].patron == "5":  # type: ignore[attr-defined] # a change
            ils.gates["3"].set()

    monkeypatch.setattr(house.ils, "apply", ils.apply)
    monkeypatch.setattr(house.journal, "intend", intended)
    return ils


def results(house: House) -> dict[str, str | None]:
    return {change.patron: change.result for change in house.journal.changes()}


def test_the_next_batch_is_journalled_and_sent_while_one_is_under_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ils = slow(house, monkeypatch)
    found = house.apply()
    assert ils.open_then["5"] == 4, "the batches of 3 and of 5"
    assert max(ils.open_then.values()) == 4, "and never three"
    assert ils.most <= 2
    assert (found.stopped, len(found.done())) == (None, 9)
    assert house.journal.open_intents() == []


def test_the_first_batch_goes_alone_for_it_claims_the_writer_s_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ils = slow(house, monkeypatch)
    house.apply()
    assert (ils.open_then["1"], ils.open_then["3"]) == (2, 2)


def test_a_pause_begins_no_batch_and_those_under_way_are_concluded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(house, monkeypatch)
    intend = house.journal.intend

    def paused_at_five(cycle: int, changes: Sequence[object], *rest: object) -> None:
        intend(cycle, changes, *rest)  # type: ignore[arg-type] # as it is called
        if changes[0].patron == "5":  # type: ignore[attr-defined] # a change
            house.journal.pause(house.at)

    monkeypatch.setattr(house.journal, "intend", paused_at_five)
    found = house.apply()
    assert found.stopped is not None
    assert results(house) == dict.fromkeys("123456", "written")
    assert house.journal.open_intents() == []


def test_a_pause_in_the_ils_ends_the_writing_once_the_others_are_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(house, monkeypatch, of_5=PausedInIls("paused there"))
    found = house.apply()
    assert found.stopped == "paused there"
    known = results(house)
    assert {known[number] for number in "1234"} == {"written"}
    assert {known[number] for number in "56"} == {"refused"}
    assert house.journal.open_intents() == []


@pytest.mark.parametrize("error", [OtherWriter("another one wrote"), IlsUnreachable("away")])
def test_what_fails_a_batch_fails_the_cycle_and_the_other_batch_is_concluded(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ils = slow(house, monkeypatch, of_3=error)
    with pytest.raises(type(error)):
        house.apply()
    known = results(house)
    assert {known[number] for number in "1256"} == {"written"}
    assert set(ils.begun) <= {"1", "3", "5", "7"}
    refused = isinstance(error, OtherWriter)
    assert {known[number] for number in "34"} == ({"refused"} if refused else {None})
    assert {intent.patron for intent in house.journal.open_intents()} == (set() if refused else {"3", "4"})


def test_a_journal_that_was_taken_begins_no_batch_and_the_one_under_way_is_concluded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ils = slow(house, monkeypatch)
    intend = house.journal.intend

    def taken_at_five(cycle: int, changes: Sequence[object], *rest: object) -> None:
        if changes[0].patron == "5":  # type: ignore[attr-defined] # a change
            ils.gates["3"].set()
            raise Busy("another process took the journal")
        intend(cycle, changes, *rest)  # type: ignore[arg-type] # as it is called

    monkeypatch.setattr(house.journal, "intend", taken_at_five)
    with pytest.raises(Busy):
        house.apply()
    assert ils.begun == ["1", "3"]
    assert results(house) == dict.fromkeys("1234", "written")


def test_the_journal_is_used_by_one_thread_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[int] = set()
    conclude = house.journal.conclude

    def noted(*arguments: object) -> None:
        used.add(threading.get_ident())
        conclude(*arguments)  # type: ignore[arg-type] # as it is called

    monkeypatch.setattr(house.journal, "conclude", noted)
    slow(house, monkeypatch)
    house.apply()
    assert used == {threading.get_ident()}
