"""What the stand-in was asked: method, path and status, without any value that could be a name."""

import sys
from collections import deque
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HARMLESS: Final = frozenset(
    {"_page", "_per_page", "after", "limit", "everyone", "names", "changed_since", "_order_by"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `status` is None when no answer was begun."""

    method: str
    path: str
    status: int | None


class AccessLog:
    """The last requests, oldest first; printed to standard error too when asked."""

    def __init__(self, app: ASGIApp, *, kept: int = 10_000, printed: bool = False) -> None:
        self.app = app
        self.entries: deque[Entry] = deque(maxlen=kept)
        self.printed = printed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = shown(scope["path"], scope["query_string"].decode("latin-1"))
        answered = False

        async def noting(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                # before it is sent, so that whoever has the answer finds the entry
                self._note(Entry(scope["method"], path, message["status"]))
                answered = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            if not answered:
                self._note(Entry(scope["method"], path, None))

    def _note(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self.printed:
            sys.stderr.write(f"{entry.method} {entry.path} {entry.status or 'no answer'}\n")


def shown(path: str, query: str) -> str:
    """A path with the names of its query parameters; values only of those that page."""
    named = [
        f"{name}={value}" if name in _HARMLESS else name for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{path}?{'&'.join(named)}" if named else path
