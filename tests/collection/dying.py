"""A process that dies at any step: right before or right after one of its calls to the world."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Killed(BaseException):
    """As kill -9: nothing of ours catches it."""


@dataclass
class Death:
    """Dies at that call (0: never), before it or after it was done."""

    at: int = 0
    after: bool = False
    calls: int = 0

    def of(self, thing: Any, *methods: str) -> Any:
        """The thing, with these methods counted."""
        return _Mortal(thing, methods, self)

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        dies = self.calls == self.at
        if dies and not self.after:
            raise Killed
        result = method(*args, **kwargs)
        if dies:
            raise Killed
        return result


class _Mortal:
    def __init__(self, thing: Any, methods: tuple[str, ...], death: Death) -> None:
        self._thing, self._methods, self._death = thing, methods, death

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if name not in self._methods:
            return found
        return lambda *args, **kwargs: self._death.call(found, *args, **kwargs)
