"""`/healthz`: whether the daemon is alive and how its last cycle went. No names, no numbers of patrons."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sidecar import __version__
from sidecar.errors import SettingsError
from sidecar.settings import ListenSettings


@dataclass(frozen=True, slots=True)
class Health:
    """What the daemon says of itself. Instants are ISO 8601 in UTC."""

    mode: str
    started: str
    policy_digest: str
    version: str = __version__
    policy_refused: str | None = None
    last_cycle_finished: str | None = None
    last_cycle_outcome: str | None = None
    last_success: str | None = None
    last_error: str | None = None
    failures_in_a_row: int = 0
    next_cycle: str | None = None


class HealthBoard:
    """The present health, written by the cycles and read by the listener."""

    def __init__(self, first: Health) -> None:
        self._lock = threading.Lock()
        self._health = first

    @property
    def now(self) -> Health:
        """The latest."""
        with self._lock:
            return self._health

    def note(self, change: Callable[[Health], Health]) -> None:
        """Change some of it."""
        with self._lock:
            self._health = change(self._health)


class _Server(uvicorn.Server):
    """Signals belong to the daemon, not to the listener."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signal handlers alone."""
        yield


@contextmanager
def health_listener(board: HealthBoard, listen: ListenSettings) -> Iterator[int]:
    """Answer `/healthz` in a thread; gives the port. Raises SettingsError if the address cannot be had."""

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", **asdict(board.now)}, headers={"Cache-Control": "no-store"})

    config = uvicorn.Config(
        Starlette(routes=[Route("/healthz", healthz)]),
        host=listen.host,
        port=listen.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
    )
    try:
        sock = config.bind_socket()
    except SystemExit:
        raise SettingsError(
            f"listen: {listen.host}:{listen.port} cannot be listened on; choose another port (CARDWARDEN_LISTEN__PORT)."
        ) from None
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="health", daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        sock.close()
