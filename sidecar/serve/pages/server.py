"""What the daemon answers over HTTP: `/`, `/healthz`, `/readyz`, `/metrics`, and rooms for people who can log in."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sidecar.errors import SettingsError
from sidecar.serve.pages.acting.orders import said_of
from sidecar.serve.pages.answers import HEADERS, as_json, may_read, spoken, token_wanted
from sidecar.serve.pages.hosts import OnlyOwnNames, own_names
from sidecar.serve.pages.login.doors import door_of
from sidecar.serve.pages.rooms import Rooms
from sidecar.serve.pages.showing.reading import Pages
from sidecar.serve.pages.showing.rendering import Frame, stylesheet
from sidecar.serve.pages.shown import Shown
from sidecar.serve.state import iso
from sidecar.settings import ListenSettings, LoginSettings

NO_CONTENT: Final = 204


def build_pages(shown: Shown, token: str | None, log: structlog.stdlib.BoundLogger | None = None) -> Starlette:
    """The pages. With a token, whoever neither brings it nor is logged in hears from the two probes only whether all is
    well.

    Raises SettingsError for a login whose secret cannot be had.
    """
    pages = Pages(shown)
    door = door_of(shown.configuration.loaded, shown.clock, lambda request: may_read(request, token))
    rooms = None if door is None else Rooms(shown, pages, door, log or structlog.get_logger())

    async def style(_request: Request) -> Response:
        return Response(stylesheet(), media_type="text/css", headers=HEADERS)

    async def no_icon(_request: Request) -> Response:
        return Response(status_code=NO_CONTENT, headers=HEADERS)

    async def overview(request: Request) -> Response:
        visitor = None if door is None else door.visitor(request)
        if visitor is None and not may_read(request, token):
            may_log_in = rooms is not None and door is not None and door.leads_in
            return await rooms.log_in_first(request) if rooms is not None and may_log_in else token_wanted()
        done = request.query_params.get("done", "") if visitor is not None else ""
        keeps_current = request.query_params.get("current") == "1"

        def page() -> str:
            frame = Frame() if rooms is None else rooms.frame(visitor, said_of(done))
            return pages.overview(frame, keeps_current=keeps_current)

        return await spoken(request, shown, page)

    return Starlette(
        routes=[
            Route("/", overview, methods=["GET"]),
            Route("/style.css", style, methods=["GET"]),
            Route("/favicon.ico", no_icon, methods=["GET"]),
            *_for_machines(shown, token),
            *([] if rooms is None else rooms.routes()),
        ]
    )


def _for_machines(shown: Shown, token: str | None) -> list[Route]:
    async def healthz(request: Request) -> Response:
        reasons = shown.not_alive()
        status: dict[str, object] = {"status": "hangs" if reasons else "ok"}
        full = {**status, "reasons": reasons, **_health(shown)}
        return as_json(full if may_read(request, token) else status, 503 if reasons else 200)

    async def readyz(request: Request) -> Response:
        reasons = shown.not_ready()
        status = {"status": "not ready" if reasons else "ready"}
        full: dict[str, object] = {**status, "reasons": reasons}
        return as_json(full if may_read(request, token) else status, 503 if reasons else 200)

    async def metrics(request: Request) -> Response:
        if not may_read(request, token):
            return token_wanted()
        return Response(await run_in_threadpool(shown.metrics.render), media_type=CONTENT_TYPE_LATEST, headers=HEADERS)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


@contextmanager
def listening(app: Starlette, listen: ListenSettings, login: LoginSettings | None = None) -> Iterator[int]:
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
        OnlyOwnNames(app, own_names(listen, None if login is None else login.address)),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        proxy_headers=False,  # who asks is who connects: a header that claims another address is nobody's word
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
