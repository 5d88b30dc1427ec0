"""Faults on demand: a slow or failing server, answers cut in the middle, a write whose answer never comes.

As text: `KIND[=VALUE][:HOW OFTEN][@[METHOD ]PATH REGEX]`. HOW OFTEN is a probability (`0.1`), a count of the next
matching requests (`3x`) or `always`.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from threading import Lock
from typing import Final

from adapters.standin.http.tokens import TOKEN_PATH

PLUGIN_PATH: Final = "/api/v1/contrib/"


class Kind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    """Answers come `seconds` late."""
    ERROR = "error"
    """`status` instead of an answer; nothing took effect."""
    RETRY_AFTER = "retry-after"
    """429 (or `status`) with a Retry-After of `seconds`."""
    TIMEOUT_AFTER_WRITE = "timeout-after-write"
    """The write takes effect, then the connection is held for `seconds` and closed without an answer."""
    CUT_BODY = "cut-body"
    """Content-Length is right, but the connection closes in the middle of the body."""
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - the name of a fault
    """The token of the request is forgotten: 401 until a new one is fetched."""
    HTML = "html"
    """200 and a login page, as a proxy or a staff page without a session answers."""
    NO_PLUGIN = "no-plugin"
    """The plugin's routes are not there: 404, as before a restart of the workers."""


_VALUE_IS_STATUS: Final = frozenset({Kind.ERROR})
_VALUE_IS_SECONDS: Final = frozenset({Kind.LATENCY, Kind.RETRY_AFTER, Kind.TIMEOUT_AFTER_WRITE})
_ONCE: Final = frozenset({Kind.TIMEOUT_AFTER_WRITE, Kind.EXPIRED_TOKEN})
"""Kinds that a text means for the next matching request only, unless it says otherwise."""
ERROR_STATUSES: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for the requests that match.

    `path` is a regular expression searched in the path; without it and a method all API routes match (writes
    only for `timeout-after-write`, the plugin's only for `no-plugin`). `count` limits it to the next n matching
    requests, `probability` to a share of them, drawn from `Faults`' own seed.
    """

    kind: Kind
    status: int = 500
    seconds: float = 0.0
    path: str | None = None
    method: str | None = None
    probability: float = 1.0
    count: int | None = None

    def __post_init__(self) -> None:
        if self.kind is Kind.ERROR and self.status not in ERROR_STATUSES:
            known = ", ".join(str(status) for status in sorted(ERROR_STATUSES))
            raise ValueError(f"an error fault answers one of {known}, not {self.status}")
        if not 0.0 < self.probability <= 1.0:
            raise ValueError(f"a probability is above 0 and at most 1, not {self.probability}")
        if self.path is not None:
            re.compile(self.path)

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is of those that this fault is for."""
        if self.method is not None and method != self.method:
            return False
        if self.path is not None:
            return re.search(self.path, path) is not None
        if self.kind is Kind.TIMEOUT_AFTER_WRITE:
            return is_write(method, path)
        if self.kind is Kind.NO_PLUGIN:
            return path.startswith(PLUGIN_PATH)
        return self.kind is not Kind.EXPIRED_TOKEN or path != TOKEN_PATH


def is_write(method: str, path: str) -> bool:
    """Whether a request may change something; fetching a token or patrons by POST does not."""
    reads = path == TOKEN_PATH or (path.startswith(PLUGIN_PATH) and path.endswith("/patrons"))
    return method in {"POST", "PUT", "PATCH", "DELETE"} and not reads


_OFTEN: Final = re.compile(r"(?:(?P<count>\d+)x|(?P<probability>[01]?\.\d+|1(?:\.0+)?)|(?P<always>always))\Z")
_TEXT: Final = re.compile(
    r"(?P<kind>[a-z-]+)(?:=(?P<value>[0-9.]+))?(?::(?P<often>[^@]+))?(?:@(?:(?P<method>[A-Z]+) )?(?P<path>.+))?\Z"
)


def parse_fault(text: str) -> Fault:
    """A fault from its text, e.g. `latency=0.2`, `error=503:0.1`, `cut-body:2x@/patrons`; ValueError says why not."""
    found = _TEXT.match(text.strip())
    if found is None or found["kind"] not in set(Kind):
        kinds = ", ".join(Kind)
        raise ValueError(f"cannot read the fault {text!r}: KIND[=VALUE][:HOW OFTEN][@[METHOD ]PATH], kinds: {kinds}")
    kind = Kind(found["kind"])
    value = found["value"]
    if value is not None and kind not in _VALUE_IS_STATUS | _VALUE_IS_SECONDS:
        raise ValueError(f"the fault {kind} takes no value: {text!r}")
    if value is None and kind in {Kind.LATENCY, Kind.RETRY_AFTER}:
        raise ValueError(f"the fault {kind} needs seconds: {kind}=2")
    count: int | None = 1 if kind in _ONCE else None
    probability = 1.0
    if found["often"] is not None:
        often = _OFTEN.match(found["often"])
        if often is None:
            raise ValueError(f"how often is a probability (0.1), a count (3x) or always, not {found['often']!r}")
        count = int(often["count"]) if often["count"] else None
        probability = float(often["probability"] or 1.0)
    return Fault(
        kind,
        status=429 if kind is Kind.RETRY_AFTER else int(value or 500) if kind in _VALUE_IS_STATUS else 500,
        seconds=float(value or 0.0) if kind in _VALUE_IS_SECONDS else 0.0,
        path=found["path"],
        method=found["method"],
        probability=probability,
        count=count,
    )


@dataclass(slots=True)
class _Standing:
    """A fault that waits for requests, and how many it still takes."""

    fault: Fault
    left: int | None


@dataclass(slots=True)
class Faults:
    """The faults that are on. Drawn from one seed, so that the same requests meet the same faults."""

    seed: int = 1
    _standing: list[_Standing] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self._rng = Random(self.seed)  # noqa: S311 - faults that come back the same, not secrets

    def add(self, fault: Fault | str) -> None:
        """Turn a fault on."""
        parsed = parse_fault(fault) if isinstance(fault, str) else fault
        with self._lock:
            self._standing.append(_Standing(parsed, parsed.count))

    def clear(self) -> None:
        """Turn all faults off."""
        with self._lock:
            self._standing.clear()

    def standing(self) -> list[Fault]:
        """The faults that are on."""
        with self._lock:
            return [one.fault for one in self._standing]

    def strike(self, method: str, path: str) -> list[Fault]:
        """The faults that hit this request; counted ones are used up by it."""
        hit: list[Fault] = []
        with self._lock:
            for one in self._standing:
                if one.fault.fits(method, path) and self._rng.random() < one.fault.probability:
                    hit.append(one.fault)
                    one.left = None if one.left is None else one.left - 1
            self._standing = [one for one in self._standing if one.left is None or one.left > 0]
        return hit
