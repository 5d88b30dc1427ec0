"""Calls that may hang, made aside: whoever asks waits as long as they want to, and no longer."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Late(Exception):
    """The call has not come back yet; `seconds` is how long ago it was made."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer for {seconds:.0f} s")
        self.seconds = seconds


class Aside(Generic[T]):
    """Makes a call in a thread of its own, one at a time: while one hangs, none is added to it."""

    def __init__(self, name: str, call: Callable[[], T]) -> None:
        self._name = name
        self._call = call
        self._lock = Lock()
        self._asked: Future[T] | None = None
        self._since = 0.0

    def ask(self, patience: float) -> T:
        """What the call gives or raises; Late if that takes longer than so many seconds.

        What a call gave that nobody waited for any more is of yesterday, and is asked anew.
        """
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked, self._since = Future(), monotonic()
                Thread(target=self._answer, args=(self._asked,), name=self._name, daemon=True).start()
            asked, since = self._asked, self._since
        wait([asked], patience)
        if not asked.done():
            raise Late(monotonic() - since)
        return asked.result()

    def _answer(self, asked: "Future[T]") -> None:
        try:
            asked.set_result(self._call())
        except BaseException as error:  # noqa: BLE001 - whoever asked gets it
            asked.set_exception(error)
