"""Where a journal is: its URL understood, and named in messages without its password."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from sidecar.errors import JournalError

_EXAMPLES: Final = (
    "write `sqlite:////var/lib/cardwarden/journal.db` (four slashes before an absolute path) or "
    "`postgresql+psycopg://USER@HOST/DATABASE`"
)
_IN_MEMORY: Final = frozenset({None, "", ":memory:"})


@dataclass(frozen=True, slots=True)
class Place:
    """A journal's database. `file` is None unless it is an SQLite file; `name` is what messages call it."""

    url: URL = field(repr=False)
    name: str
    file: Path | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, in a file or in memory."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_in_memory(self) -> bool:
        """Whether it is gone when the program ends."""
        return self.is_sqlite and self.file is None

    def without_secrets(self, text: str) -> str:
        """The text with the URL's passwords masked, should a driver have quoted them."""
        secrets = [self.url.password, *(value for key, value in self.url.query.items() if "password" in key)]
        for secret in secrets:
            if isinstance(secret, str) and secret:
                text = text.replace(secret, "***")
        return text


def place_of(url: str, password: str | None = None) -> Place:
    """Understand a journal's URL, with a password that is kept elsewhere. The URL itself is never quoted: it may hold
    one of its own, which then counts."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise JournalError(f"The journal's URL cannot be read; {_EXAMPLES}.") from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _sqlite(parsed)
    if parsed.drivername == "postgresql+psycopg":
        if password is not None and parsed.password is None:
            parsed = parsed.set(password=password)
        return Place(parsed, _postgres_name(parsed))
    raise JournalError(f"The journal cannot be kept in `{parsed.drivername}`; {_EXAMPLES}.")


def _sqlite(url: URL) -> Place:
    database = url.database
    if database is None or database in _IN_MEMORY:
        return Place(url, "in memory")
    if url.host or database.startswith("file:"):
        raise JournalError(f"The journal's URL does not name a plain file; {_EXAMPLES}.")
    file = Path(database)
    return Place(url, str(file), file)


def _postgres_name(url: URL) -> str:
    host = url.host or url.query.get("host")
    where = f" on {host if isinstance(host, str) else ', '.join(host)}" if host else ""
    port = f":{url.port}" if url.port and url.host else ""
    return f"PostgreSQL database {url.database or url.username or ''}{where}{port}"
