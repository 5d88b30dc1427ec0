"""The network between Cardwarden and PostgreSQL, as it fails: it takes everything and gives nothing back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

Silence: TypeAlias = Literal["both ways", "answers lost", "requests lost", "half-open", "nobody accepts"]
SILENCES: Final[tuple[Silence, ...]] = ("both ways", "answers lost", "requests lost", "half-open", "nobody accepts")
"""What is silent: all packets, those back, those there; the server's end is gone and nobody says so; and a listener
whose program hangs, so that only the kernel takes connections."""

_PORT: Final = ".s.PGSQL.5432"


class Network:
    """A port on loopback that leads to a cluster's Unix socket. What was silent once stays so, as after a failover:
    only connections that begin after `heal` are good."""

    def __init__(self, cluster: Path) -> None:
        self._server = str(cluster / _PORT)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = [self._listener]
        self._pairs: list[_Pair] = []
        self._silence: Silence | None = None
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, database: str) -> str:
        return f"postgresql://cardwarden@127.0.0.1:{self.port}/{database}"

    def fall_silent(self, how: Silence) -> None:
        self._silence = how
        self._open.clear()
        for pair in self._pairs:
            pair.fall_silent(how)

    def heal(self) -> None:
        self._silence = None
        self._open.set()

    def close(self) -> None:
        self._ended = True
        self._open.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for one in self._sockets:
            one.close()

    def _accept(self) -> None:
        while not self._ended:
            if self._silence in {"nobody accepts", "half-open"}:
                self._open.wait()
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._silence == "nobody accepts":  # it came while we waited: the program hangs
                self._sockets.append(client)
                continue
            server = socket.socket(socket.AF_UNIX)
            self._sockets += [client, server]
            server.connect(self._server)
            pair = _Pair(client, server)
            self._pairs.append(pair)
            if self._silence is not None:
                pair.fall_silent(self._silence)
            pair.begin()


class _Pair:
    """One connection, through us."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._client = client
        self._server = server
        self._lost: Silence | None = None

    def begin(self) -> None:
        for source, sink, name in ((self._client, self._server, "requests"), (self._server, self._client, "answers")):
            threading.Thread(target=self._carry, args=(source, sink, f"{name} lost"), daemon=True).start()

    def fall_silent(self, how: Silence) -> None:
        self._lost = how
        if how == "half-open":
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)

    def _carry(self, source: socket.socket, sink: socket.socket, mine: str) -> None:
        with suppress(OSError):
            while part := source.recv(1 << 16):
                if self._lost is None or (self._lost.endswith("lost") and self._lost != mine):
                    sink.sendall(part)
            if self._lost is None:
                sink.shutdown(socket.SHUT_WR)


@contextmanager
def network(cluster: Path) -> Iterator[Network]:
    made = Network(cluster)
    try:
        yield made
    finally:
        made.close()
