"""Who may use a journal at a time: cycles, a daemon, a release at the desk."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Final

from sidecar.cycle.world import World
from sidecar.errors import Busy
from sidecar.ports import Clock, Journal, Mode, Seat
from sidecar.store.database.patience import SAID_AFTER, log

LEASE: Final = timedelta(minutes=10)
"""How long a cycle holds the journal without a sign of life; renewed at every page and batch."""


DAEMON_LEASE: Final = timedelta(minutes=2)
"""The same for a daemon, which renews it several times a minute."""


PATIENCE: Final = timedelta(seconds=30)
"""How long a release at the desk waits for the daemon's cycle to end, and the other way round."""


@contextmanager
def holding(
    world: World, mode: Mode, *, beside_daemon: bool = False, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the journal while a cycle that writes runs. Raises Busy if another one does, or a daemon that writes.

    `beside_daemon` is for the daemon's own cycles and for a release at the desk: they take turns, and wait; `sleep`
    does it.
    """
    if mode is Mode.DRY_RUN:
        yield
        return
    journal, clock, owner = world.journal, world.clock, f"{socket.gethostname()}:{os.getpid()}"
    with ExitStack() as seats:
        if beside_daemon:
            _take_turns(seats, journal, clock, owner, sleep)
        else:
            seats.enter_context(journal.hold(owner, clock.now(), LEASE, Seat.WRITER))
            seats.enter_context(journal.hold(owner, clock.now(), LEASE))
        yield


@contextmanager
def turn(journal: Journal, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Be alone on the journal for a moment, between the cycles of a daemon. Raises Busy if a cycle takes too long."""
    with ExitStack() as seats:
        _take_turns(seats, journal, clock, f"{socket.gethostname()}:{os.getpid()}", sleep)
        yield


def _take_turns(seats: ExitStack, journal: Journal, clock: Clock, owner: str, sleep: Callable[[float], None]) -> None:
    began, patience, said = time.monotonic(), PATIENCE.total_seconds(), False
    while True:
        try:
            seats.enter_context(journal.hold(owner, clock.now(), LEASE))
        except Busy as error:
            waited = time.monotonic() - began
            if waited > patience:
                raise
            if waited > SAID_AFTER and not said:
                said = True
                log.warning("%s Waiting up to %g s.", error, patience)
            sleep(0.2)
        else:
            return


@contextmanager
def only_daemon(journal: Journal, clock: Clock, mode: Mode) -> Iterator[None]:
    """Be the only daemon on a journal and, if the mode writes, the only one who writes but for a release at the desk.

    Raises Busy, naming the holder.
    """
    with ExitStack() as seats:
        seats.enter_context(journal.hold("cardwarden daemon", clock.now(), DAEMON_LEASE, Seat.DAEMON))
        if mode is not Mode.DRY_RUN:
            seats.enter_context(journal.hold("cardwarden daemon", clock.now(), DAEMON_LEASE, Seat.WRITER))
        yield
