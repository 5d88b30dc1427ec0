"""The policy in force, as its file said it: what the desk goes by while the file is broken."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from sidecar.store.database.connections import put
from sidecar.store.database.schema import policies


def keep(connection: Connection, digest: str, text: str, at: datetime) -> None:
    """Remember the policy under which a full cycle writes; those before it are no longer needed."""
    connection.execute(delete(policies).where(policies.c.digest != digest))
    put(connection, policies, [{"digest": digest, "text": text, "at": at}])


def in_force(connection: Connection) -> str | None:
    """The text of the latest."""
    text: str | None = connection.scalar(select(policies.c.text).order_by(policies.c.at.desc()).limit(1))
    return text
