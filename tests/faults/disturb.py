"""Ways to disturb a cycle: it is cut off, or something happens in the library, before or after one of its calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FAULTS = (
    "error=500:1x@/changes",
    "error=503:2x",
    "error=503:9x@/changes",
    "error=502:1x@/changes",
    "error=502:2x@/changes",
    "error=500:1x@GET /patrons",
    "error=504:1x@/changes",
    "cut-body:1x@/patrons",
    "cut-body:9x@/patrons",
    "cut-body:1x@/changes",
    "cut-body:2x@/changes",
    "timeout-after-write:1x",
    "timeout-after-write:2x",
    "expired-token:1x@/changes",
    "expired-token:1x@/patrons",
    "expired-token:1x@/status",
    "html:1x@/patrons",
    "html:1x@/changes",
    "retry-after=1:1x@/changes",
    "no-plugin:1x@/patrons",
)
"""What goes wrong on the way: each hits once or until the client gives up."""


class Crash(BaseException):
    """The process ends here, as far as the cycle can tell."""


@dataclass
class Disturbance:
    """At the call of that number (each counts before and after) something happens, once."""

    at: int
    happens: Callable[[], None]
    calls: int = 0

    def step(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.happens()


def crash() -> None:
    raise Crash


def never() -> None:
    """What happens in a quiet cycle."""


class Watched:
    """Whatever it is, with each call of its methods counted before and after. `hears` are methods of which somebody is
    told when they are called."""

    def __init__(self, thing: Any, disturbance: Disturbance, **hears: Callable[[], None]) -> None:
        self._thing = thing
        self._disturbance = disturbance
        self._hears = hears

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if not callable(value):
            return value

        def called(*arguments: Any, **named: Any) -> Any:
            self._disturbance.step()
            self._hears.get(name, never)()
            answer = value(*arguments, **named)
            self._disturbance.step()
            return answer

        return called
