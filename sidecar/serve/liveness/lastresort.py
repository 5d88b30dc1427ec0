"""The end, if an orderly one takes too long: a database, a Koha or a mail server that hangs keeps no daemon alive."""

import logging
import os
import signal
from collections.abc import Callable
from threading import Thread
from time import sleep
from typing import Final, Self

WITHIN: Final = 12.0
"""Seconds from the word to stop until the process ends, whatever hangs."""

_LAST_LINE: Final = 0.5
"""Seconds for the log's last line: what reads it may hang too."""

_STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_ORDER: Final = 128
"""Added to an exit code where a signal's number may stand too."""

log = logging.getLogger("cardwarden")


class LastResort:
    """Once the process is told to end, ends it after some seconds. It loses no more than a kill would: writes are
    journalled before they are made, and a seat on the journal is free when its holder is dead.

    Signals are heard here by their number in a pipe, which the system's own handler writes: a handler in Python has to
    wait for the main thread, and that one may hang in a call of SQLite's.
    """

    def __init__(self, seconds: float = WITHIN, end: Callable[[int], object] = os._exit) -> None:
        self._seconds = seconds
        self._end = end
        self._hears, self._speaks = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._speaks, False)
        self._thread = Thread(target=self._run, name="last resort", daemon=True)

    def __enter__(self) -> Self:
        self._before = signal.set_wakeup_fd(self._speaks, warn_on_full_buffer=False)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """What was armed stays so: threads that hang would keep the interpreter from ending."""
        signal.set_wakeup_fd(self._before)
        os.close(self._speaks)

    def arm(self, code: int) -> None:
        """End with this exit code in a while, without a signal."""
        os.write(self._speaks, bytes([_ORDER + code]))

    def _run(self) -> None:
        code = self._told()
        if code is None:
            os.close(self._hears)
            return
        sleep(self._seconds)
        Thread(target=log.error, args=("not all could be ended in time, so it is broken off",), daemon=True).start()
        sleep(_LAST_LINE)
        self._end(code)

    def _told(self) -> int | None:
        """The exit code to end with; None if there was no need to."""
        while heard := os.read(self._hears, 1):
            if heard[0] in _STOPS:
                return 0  # more may be told, which the pipe must still take
            if heard[0] >= _ORDER:
                return heard[0] - _ORDER
        return None
