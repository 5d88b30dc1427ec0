"""The journal: what Cardwarden did, remembers and was allowed, in SQLite or PostgreSQL."""

from sidecar.store.journal import SqlJournal
from sidecar.store.opening import open_journal

__all__ = ["SqlJournal", "open_journal"]
