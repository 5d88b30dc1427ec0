"""After a year of quick cycles no cycle reads through all that ever was: what it asks, an index answers."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from sidecar.ports import CycleOutcome, Mode
from sidecar.store import SqlJournal

from .conftest import Opener

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def journal(template: Path, file: Path, opened: Opener) -> SqlJournal:
    """Of SQLite's: on PostgreSQL the same indexes stand, and what it makes of them follows how many rows there are."""
    shutil.copy(template, file)
    return opened(f"sqlite:///{file}")


@contextmanager
def plans_of_queries() -> Iterator[list[str]]:
    """How SQLite goes about each statement, as it says itself."""
    plans: list[str] = []

    def explain(_connection: Connection, cursor: Any, statement: str, parameters: Any, *_more: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(str(step[-1]) for step in plan)

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


def quick_cycle(journal: SqlJournal) -> None:
    cycle = journal.begin_cycle("quick", Mode.APPLY, "p1", NOW)
    journal.end_cycle(cycle, CycleOutcome.DONE, NOW, counts={}, applied=True)


LOOKS: dict[str, Callable[[SqlJournal], object]] = {
    "a cycle begins and ends": quick_cycle,
    "writes without an answer": lambda journal: journal.open_intents(),
    "what the brakes count": lambda journal: journal.history(NOW),
    "since when a policy counts": lambda journal: journal.policy_since("p1", NOW),
    "the changes of a patron": lambda journal: journal.changes(patron="7"),
    "the changes of a cycle": lambda journal: journal.changes(cycle=1),
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_look_of_a_cycle_goes_through_all_cycles_or_changes(journal: SqlJournal, look: str) -> None:
    full = journal.begin_cycle("full", Mode.APPLY, "p1", NOW)
    journal.end_cycle(full, CycleOutcome.DONE, NOW, counts={}, applied=True)
    with plans_of_queries() as plans:
        LOOKS[look](journal)
    assert plans
    assert [plan for plan in plans if plan in {"SCAN cycles", "SCAN changes"}] == []
