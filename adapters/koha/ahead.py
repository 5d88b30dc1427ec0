"""Asking while working: the next page is on its way while the one before is made into facts."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Coming(Generic[T]):
    """The result of a call that a thread of its own makes meanwhile.

    Nobody has to wait for it: whoever stops lets it go, and whatever it comes to, an error too, is lost. So only for
    calls that change nothing.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._future: Future[T] = Future()
        # A daemon's thread: a request without an answer must not hold up the end of a program that was told to stop.
        Thread(target=copy_context().run, args=(self._make, call), name="cardwarden-ahead", daemon=True).start()

    def result(self) -> T:
        """What it came to, once it is there; its error is raised."""
        return self._future.result()

    def _make(self, call: Callable[[], T]) -> None:
        try:
            self._future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised by `result`, in the thread that asks
            self._future.set_exception(error)
