"""Calls at even intervals. By the monotonic clock: a wall clock that is set back stops nothing."""

import threading
from collections.abc import Callable
from time import monotonic


class EvenInterval:
    """Calls something in a thread of its own, every so many seconds; what was missed is made up for once."""

    def __init__(self, name: str, call: Callable[[], None], broke: Callable[[Exception], None]) -> None:
        """`broke` hears of an error of the call's, which ends nothing."""
        self._call = call
        self._broke = broke
        self._seconds = 60.0
        self._due = 0.0
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def use(self, seconds: float) -> None:
        """Call every so many seconds from now on."""
        with self._news:
            self._seconds, self._due = seconds, monotonic() + seconds
            self._news.notify()

    def start(self) -> None:
        """Begin, with a call at once."""
        self._due = monotonic()
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Call no more, and wait so many seconds for the call that is under way."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join(patience)

    def _run(self) -> None:
        while self._wait():
            try:
                self._call()
            except Exception as error:  # noqa: BLE001 - months unattended: the next call tries again
                self._broke(error)

    def _wait(self) -> bool:
        """Until the next call is due; whether there is one. The one after it is set before, so that a call may set it
        anew; of several that were missed one is made up for."""
        with self._news:
            while not self._stopping and (wait := self._due - monotonic()) > 0:
                self._news.wait(wait)
            self._due += self._seconds
            if self._due <= monotonic():
                self._due = monotonic() + self._seconds
            return not self._stopping
