"""The end, if an orderly one takes too long: a database, a Koha or a mail server that hangs keeps no daemon alive."""

import logging
import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from time import sleep
from typing import Final, Self

WITHIN: Final = 12.0
"""Seconds from the word to stop until the process ends, whatever hangs."""

_LAST_LINE: Final = 0.5
"""Seconds for the log's last line: what reads it may hang too."""

log = logging.getLogger("cardwarden")


class LastResort:
    """Once armed, ends the process after some seconds. It loses no more than a kill would: writes are journalled before
    they are made, and a seat on the journal is free when its holder is dead."""

    def __init__(self, seconds: float = WITHIN, end: Callable[[int], object] = os._exit) -> None:
        self._seconds = seconds
        self._end = end
        self._orders: SimpleQueue[int | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="last resort", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """What was armed stays so: threads that hang would keep the interpreter from ending."""
        self._orders.put(None)

    def arm(self, code: int) -> None:
        """End with this exit code in a while. A signal handler may call it, whatever the main thread is doing."""
        self._orders.put(code)

    def _run(self) -> None:
        code = self._orders.get()
        if code is None:
            return
        sleep(self._seconds)
        Thread(target=log.error, args=("not all could be ended in time, so it is broken off",), daemon=True).start()
        sleep(_LAST_LINE)
        self._end(code)
