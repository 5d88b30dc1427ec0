"""Who may write: one process at a time on each seat, for as long as it renews its lease or lives."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Row, select, update

from sidecar.errors import Busy
from sidecar.ports import Seat
from sidecar.store.database.schema import lease

LONGEST: Final = timedelta(hours=26)
"""No lease lasts longer in the view of one who asks for it: those of this program end after ten minutes, and the rest
is for clocks that do not agree, by a time zone at worst. What ends later was written by a clock that was ahead, and
would lock the journal."""


@dataclass(frozen=True, slots=True)
class Myself:
    """This process: its host and number, the machine's present life, and when the process began.

    `machine` tells apart boots and containers, where the same number is another process; `began` tells apart two
    processes that got the same number. Both are None where there is no /proc.
    """

    host: str
    pid: int
    machine: str | None
    began: str | None

    @property
    def mark(self) -> str | None:
        """`machine` and `began` as they are kept."""
        return None if self.machine is None or self.began is None else f"{self.machine} {self.began}"


def myself() -> Myself:
    """This process, now."""
    pid = os.getpid()
    return Myself(socket.gethostname(), pid, _machine(), _began(pid))


def acquire(connection: Connection, seat: Seat, owner: str, at: datetime, lifetime: timedelta, name: str) -> str:
    """Take a seat's lease if it is free, run out, of no sane end, or its holder is dead. Returns its token; raises
    Busy."""
    me, token = myself(), str(uuid4())
    values = {
        "token": token,
        "owner": owner,
        "host": me.host,
        "pid": me.pid,
        "process": me.mark,
        "since": at,
        "expires": at + lifetime,
    }
    while True:
        held = connection.execute(select(lease).where(lease.c.id == seat)).one()
        if held.token is not None and _stands(held, at, me):
            raise Busy(_in_use(held, name))
        as_it_was = lease.c.token.is_not_distinct_from(held.token)
        if connection.execute(update(lease).where(lease.c.id == seat, as_it_was).values(values)).rowcount:
            return token


def renew(connection: Connection, seat: Seat, token: str, at: datetime, lifetime: timedelta, name: str) -> None:
    """Keep the lease for another lifetime. Raises Busy if another has taken it meanwhile."""
    renewed = connection.execute(update(lease).where(lease.c.token == token).values(expires=at + lifetime))
    if renewed.rowcount:
        return
    held = connection.execute(select(lease).where(lease.c.id == seat)).one()
    taken = "it was taken and released again" if held.token is None else _in_use(held, name)
    raise Busy(f"This cycle held the journal for too long without a word and lost it, so it stops here: {taken}")


def release(connection: Connection, token: str) -> None:
    """Let go of the lease, if it is still ours."""
    nobody = dict.fromkeys(("token", "owner", "host", "pid", "process", "since", "expires"))
    connection.execute(update(lease).where(lease.c.token == token).values(nobody))


def _stands(held: Row[Any], at: datetime, me: Myself) -> bool:
    """Whether the lease still binds others. A holder that surely lives will put a wrong end right by itself."""
    living = lives(held, me)
    if living is False or held.expires <= at:
        return False
    return living is True or held.expires - at <= LONGEST


def lives(held: Row[Any], me: Myself) -> bool | None:
    """Whether the holder lives; None if that cannot be seen from here: it ran on another host, or in another life or
    container of this one."""
    if held.host != me.host:
        return None
    machine, _, began = (held.process or "").partition(" ")
    if (machine or None) != me.machine:
        return None
    try:
        os.kill(held.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return None
    if not began:
        return None
    return _began(held.pid) == began


def _in_use(held: Row[Any], name: str) -> str:
    return (
        f"The journal ({name}) is in use by `{held.owner}` (process {held.pid} on {held.host}, since "
        f"{held.since:%Y-%m-%d %H:%M:%S} UTC): wait until it has ended. If it died, it is free at "
        f"{held.expires:%Y-%m-%d %H:%M:%S} UTC."
    )


def _machine() -> str | None:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def _began(pid: int) -> str | None:
    """When a process began, in the kernel's ticks; None for one that has ended or cannot be looked at."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *others = text.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else others[18]
