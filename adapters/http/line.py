"""The line to one server: sessions that keep connections and nothing else, and the pace."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import requests
from requests.adapters import HTTPAdapter

from adapters.http.options import HttpOptions, checked_address, is_loopback
from sidecar.errors import SettingsError


class Line:
    """Sessions to one server, each used by one thread at a time; `url` has no slash at its end."""

    def __init__(self, url: str, options: HttpOptions, sleep: Callable[[float], None]) -> None:
        self.url = checked_address(url, options)
        self.timeout = (options.connect_timeout, options.read_timeout)
        # To be given with each request: on a session it would lose against REQUESTS_CA_BUNDLE.
        self.verify: bool | str = str(options.ca_file) if options.ca_file else True
        self.pace = Pace(options.max_per_second, sleep)
        # Proxies of the environment are for the way out of the house, not for this machine.
        self._trust_env = not is_loopback(self.url)
        self._idle: list[requests.Session] = []
        self._lock = threading.Lock()

    @contextmanager
    def session(self) -> Iterator[requests.Session]:
        """A session that no other thread uses meanwhile."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            session = requests.Session()
            self.prepare(session)
        try:
            yield session
        finally:
            with self._lock:
                self._idle.append(session)

    def prepare(self, session: requests.Session) -> None:
        """Give a session our manners."""
        # A CGISESSID cookie would make Koha ask for a CSRF token: none is kept, none is sent.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.trust_env = self._trust_env
        session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"})
        for scheme in ("https://", "http://"):
            # urllib3's own tries would multiply with ours.
            session.mount(scheme, HTTPAdapter(max_retries=0))

    def close(self) -> None:
        """Let go of all connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()


class Pace:
    """At most so many calls a second, all threads together; and none while the server wants to be left alone."""

    def __init__(self, per_second: float | None, sleep: Callable[[float], None]) -> None:
        if per_second is not None and per_second <= 0:
            raise SettingsError("max_per_second must be above 0; leave it out for no limit")
        self._gap = 0.0 if per_second is None else 1 / per_second
        self._sleep = sleep
        self._next = 0.0
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def rest(self, seconds: float) -> float:
        """The server turned a call away: all others wait so long too. Gives the moment, for the call that waited it out
        itself."""
        with self._lock:
            until = time.monotonic() + seconds
            self._rests_until = max(self._rests_until, until)
            return until

    def wait(self, rested: float | None = None) -> None:
        """Return when it is this call's turn. `rested`: until when it waited by itself; then that rest is over."""
        with self._lock:
            now = time.monotonic()
            if rested is not None and self._rests_until <= rested:
                self._rests_until = 0.0
            turn = max(now, self._next, self._rests_until)
            if self._gap:
                self._next = turn + self._gap
        if turn > now:
            self._sleep(turn - now)


def _installed_version() -> str:
    try:
        return version("cardwarden")
    except PackageNotFoundError:
        return "unreleased"


USER_AGENT: Final = f"cardwarden/{_installed_version()}"
"""How the program names itself in the ILS's access log."""
