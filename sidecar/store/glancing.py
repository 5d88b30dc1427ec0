"""A glance at a journal in SQLite, for a shell's completion: it is read only, neither made, migrated nor waited for."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sidecar.errors import JournalError
from sidecar.store.database.codec import from_micros, to_micros
from sidecar.store.database.place import place_of
from sidecar.store.records.approvals import PLAN_LIFETIME

_DIGEST_SHOWN: Final = 12
"""As many characters of a digest as reports show."""

_SHOWN: Final = 20
"""No shell lists more in a useful way."""

_PATIENCE: Final = 0.2
"""Seconds. Who types does not wait for whoever writes."""


@dataclass(frozen=True, slots=True)
class Glance:
    """Words with a remark each, the newest first: plans that can be approved, and cycles that were free to write."""

    plans: tuple[tuple[str, str], ...] = ()
    cycles: tuple[tuple[str, str], ...] = ()


def glance(url: str, at: datetime) -> Glance:
    """Look at the journal at this URL. Nothing is seen of one that is not there, and of PostgreSQL's, which would have
    to be waited for. Raises JournalError for one that cannot be read."""
    place = place_of(url)
    if place.file is None or not place.file.is_file():
        return Glance()
    try:
        with closing(sqlite3.connect(f"{place.file.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as book:
            plans = book.execute(
                "SELECT plans.digest, plans.cycle, count(*) FROM plans JOIN plan_changes USING (digest) "
                "WHERE plans.at >= ? GROUP BY plans.digest ORDER BY plans.at DESC LIMIT ?",
                (to_micros(at - PLAN_LIFETIME), _SHOWN),
            ).fetchall()
            cycles = book.execute(
                "SELECT id, kind, started FROM cycles WHERE applied AND EXISTS "
                "(SELECT 1 FROM changes WHERE changes.cycle = cycles.id) ORDER BY id DESC LIMIT ?",
                (_SHOWN,),
            ).fetchall()
    except sqlite3.Error as error:
        raise JournalError(f"The journal ({place.name}) cannot be read: {error}.") from None
    return Glance(
        tuple((digest[:_DIGEST_SHOWN], f"cycle {cycle}, {changes} changes") for digest, cycle, changes in plans),
        tuple((str(number), f"{kind}, {from_micros(at):%Y-%m-%d %H:%M} UTC") for number, kind, at in cycles),
    )
