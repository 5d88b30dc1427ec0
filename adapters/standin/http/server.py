"""The stand-in as a server on a real socket: in a thread for tests and the demo, or in front for the command."""

import asyncio
import signal
import socket
import threading
import time
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.standin.control.routes import control_routes
from adapters.standin.http.access_log import AccessLog
from adapters.standin.http.api import build_api
from adapters.standin.http.faults import Faults
from adapters.standin.http.trouble import TRANSPORT, Trouble
from adapters.standin.ilsdi import ilsdi_routes
from adapters.standin.library.library import Library

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.002


class _Protocol(H11Protocol):
    """Uvicorn's HTTP protocol that leaves its transport in the scope: a fault may have to hang up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = with_transport


class StandinKoha:
    """A library served as Koha 23.05 with Cardwarden's plugin (or without it, `plugin=False`), which speaks that
    version of its contract (None: the library's own, by default the newest).

    A context manager: inside, `url` answers; `faults` takes what shall go wrong; `log` says what was asked. Three
    API keys: `client_*` with just what Cardwarden needs, `setup_*` which may change patrons, `low_*` without any
    permission. It listens on loopback only, because its control routes ask nobody who they are.
    """

    def __init__(
        self,
        library: Library,
        *,
        plugin: bool = True,
        contract: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        print_log: bool = False,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the stand-in listens on this machine only (127.0.0.1), not on {host}")
        self.library = library
        if contract is not None:
            library.speak_contract(contract)
        self.faults = Faults(seed=library.seed)
        api = build_api(library, [*control_routes(library, self.faults), *ilsdi_routes(library)], with_plugin=plugin)
        self.log = AccessLog(Trouble(api, self.faults, library), printed=print_log)
        self._host = host
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        """The address without `/api/v1`, e.g. `http://127.0.0.1:40123`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def client_id(self) -> str:
        """The key with the granular permissions that Cardwarden asks for."""
        return self.library.keys["client"].client_id

    @property
    def client_secret(self) -> str:
        """The secret of `client_id`."""
        return self.library.keys["client"].client_secret

    @property
    def setup_id(self) -> str:
        """The key with the whole modules `borrowers` and `updatecharges`, to set patrons up with."""
        return self.library.keys["setup"].client_id

    @property
    def setup_secret(self) -> str:
        """The secret of `setup_id`."""
        return self.library.keys["setup"].client_secret

    @property
    def low_id(self) -> str:
        """The key without any permission."""
        return self.library.keys["low"].client_id

    @property
    def low_secret(self) -> str:
        """The secret of `low_id`."""
        return self.library.keys["low"].client_secret

    def start(self) -> Self:
        """Begin to answer; returns when the socket listens and requests are served."""
        listening = self._listen()
        config = uvicorn.Config(
            self.log,
            interface="asgi3",
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="standin-koha", daemon=True)
        self._server, self._thread = server, thread
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                listening.close()
                raise RuntimeError(f"the stand-in did not start on {self.url}")
            time.sleep(_POLL_SECONDS)
        return self

    def stop(self) -> None:
        """Stop answering and close the socket; connections that a fault holds are cut."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_SECONDS)
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def serve_forever(self) -> None:
        """Serve until SIGTERM or SIGINT (Ctrl-C), then stop cleanly. Starts the server if it is not running."""
        previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            if self._server is None:
                self.start()
            while not self._stopping.wait(1.0):
                pass
        finally:
            self.stop()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stopping.set()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # with the protocol named, asyncio turns Nagle's algorithm off; otherwise each answer takes 40 ms
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._host, self._port))
        except OSError:
            listening.close()
            raise
        self._port = listening.getsockname()[1]
        listening.listen(socket.SOMAXCONN)
        return listening
