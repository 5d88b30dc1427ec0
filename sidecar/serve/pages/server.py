"""What the daemon answers over HTTP: `/`, `/healthz`, `/readyz`, `/metrics`. It is only ever read."""

import base64
import binascii
import hmac
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sidecar.errors import JournalError, SettingsError
from sidecar.language import _, language_of_request, speaking
from sidecar.ports import Clock, CycleRecord, Journal
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.liveness.aside import Aside, Late
from sidecar.serve.liveness.pulse import Pulse, longest_rests
from sidecar.serve.pages.hosts import OnlyOwnNames, own_names
from sidecar.serve.pages.metrics import Metrics
from sidecar.serve.pages.status import LOOKED_THROUGH, Overview, render
from sidecar.serve.state import Board, iso, limits_of
from sidecar.settings import ListenSettings

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_WHO = {"WWW-Authenticate": 'Basic realm="Cardwarden", charset="UTF-8"'}

_PATIENCE = 3.0
"""Seconds for which a page waits for the journal."""

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]
Reading: TypeAlias = Aside[tuple[Sequence[CycleRecord], datetime | None]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages are made of."""

    board: Board
    metrics: Metrics
    alerts: AlertBook
    configuration: LiveConfiguration
    journal: Journal
    clock: Clock
    pulse: Pulse

    def not_alive(self) -> list[str]:
        """What of the daemon hangs, if anything does."""
        return self.pulse.stopped(longest_rests(self.configuration.loaded.settings))

    def not_ready(self) -> list[str]:
        """Why the daemon does not do its work, if it does not."""
        limits, zone = limits_of(self.configuration.loaded.settings), self.configuration.policy.policy.time_zone
        return self.board.now.not_ready(self.clock.now(), limits, zone)


def build_pages(shown: Shown, token: str | None) -> Starlette:
    """The pages. With a token, whoever does not bring it hears from the two probes only whether all is well."""

    reading = Aside("page", partial(_read, shown.journal))

    async def healthz(request: Request) -> Response:
        reasons = shown.not_alive()
        status: dict[str, object] = {"status": "hangs" if reasons else "ok"}
        full = {**status, "reasons": reasons, **_health(shown)}
        return _json(full if may_read(request, token) else status, 503 if reasons else 200)

    async def readyz(request: Request) -> Response:
        reasons = shown.not_ready()
        status = {"status": "not ready" if reasons else "ready"}
        full: dict[str, object] = {**status, "reasons": reasons}
        return _json(full if may_read(request, token) else status, 503 if reasons else 200)

    async def metrics(_request: Request) -> Response:
        return Response(await run_in_threadpool(shown.metrics.render), media_type=CONTENT_TYPE_LATEST, headers=_HEADERS)

    async def status(request: Request) -> Response:
        asked = language_of_request(request.headers.get("Accept-Language", ""))
        language = asked or shown.configuration.language
        page = await run_in_threadpool(_page, shown, reading, language)
        return HTMLResponse(page, headers=_HEADERS | {"Content-Language": language, "Vary": "Accept-Language"})

    return Starlette(
        routes=[
            Route("/", _guarded(status, token)),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", _guarded(metrics, token)),
        ]
    )


def may_read(request: Request, token: str | None) -> bool:
    """Whether a request brings the token, as a bearer or as the password of HTTP Basic."""
    if token is None:
        return True
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), token.encode())


@contextmanager
def listening(app: Starlette, listen: ListenSettings) -> Iterator[int]:
    """Answer in a thread, to our own host names; gives the port. Raises SettingsError if the address cannot be had."""
    host = listen.host.strip("[]")
    try:
        sock = socket.create_server((host, listen.port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(
            f"listen: {listen.host}:{listen.port} cannot be listened on ({error.strerror}); choose another port "
            "(CARDWARDEN_LISTEN__PORT)."
        ) from None
    config = uvicorn.Config(
        OnlyOwnNames(app, own_names(listen)),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="pages", daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=2)
        sock.close()


class _Server(uvicorn.Server):
    """Signals belong to the daemon, not to the listener."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signal handlers alone."""
        yield


def _guarded(answer: Answer, token: str | None) -> Answer:
    async def guarded(request: Request) -> Response:
        if may_read(request, token):
            return await answer(request)
        return Response("A token is needed.\n", 401, headers=_HEADERS | _WHO, media_type="text/plain")

    return guarded


def _health(shown: Shown) -> dict[str, object]:
    state = shown.board.now
    health = {key: _plain(value) for key, value in asdict(state).items() if key != "waiting"}
    health["waiting"] = [{"digest": plan.digest, "brakes": plan.brakes} for plan in state.waiting]
    health["alerts"] = [str(one.alert.cause) for one in shown.alerts.begun()]
    return health


def _plain(value: object) -> object:
    match value:
        case datetime():
            return iso(value)
        case timedelta():
            return value.total_seconds()
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case _:
            return value


def _read(journal: Journal) -> tuple[Sequence[CycleRecord], datetime | None]:
    return journal.cycles(LOOKED_THROUGH), journal.paused_since


def _page(shown: Shown, reading: Reading, language: str) -> str:
    with speaking(language):
        return _page_here(shown, reading)


def _page_here(shown: Shown, reading: Reading) -> str:
    state, now = shown.board.now, shown.clock.now()
    cycles: Sequence[CycleRecord] = ()
    unreadable = None
    try:
        cycles, paused_since = reading.ask(_PATIENCE)
        state = replace(state, paused_since=paused_since)
    except JournalError as error:
        unreadable = str(error)
    except Late as late:
        unreadable = _("The journal does not answer: {why}.", why=late)
    return render(
        Overview(
            state=state,
            now=now,
            zone=shown.configuration.policy.policy.time_zone,
            not_ready=[*shown.not_alive(), *shown.not_ready()],
            alerts=shown.alerts.begun(),
            past=shown.alerts.past(now),
            cycles=cycles,
            unreadable=unreadable,
        )
    )


def _json(value: object, status: int = 200) -> JSONResponse:
    return JSONResponse(value, status, headers=_HEADERS)
