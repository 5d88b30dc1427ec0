"""The gate as a server on a real socket on loopback: a thread for each terminal."""

import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from adapters.standin.http.server import LOOPBACK
from adapters.standin.library.library import Library
from adapters.standin.sip2.account import Account
from adapters.standin.sip2.answers import LOGIN, NOT_UNDERSTOOD, SEND_AGAIN, Desk

IDLE_SECONDS: Final = 60.0
LONGEST: Final = 8192
LATIN1: Final = 255
STOP_SECONDS: Final = 5.0

_TRAILER: Final = re.compile(r"AY(.)AZ([0-9A-Fa-f]{4})\Z")
_AROUND: Final = re.compile(r"\A[^A-Za-z0-9]+|[^A-Za-z0-9|]+\Z")
_POLL_SECONDS: Final = 0.05


def checksum(data: Iterable[int]) -> str:
    """What follows `AZ`: the bytes' sum, two's complement of its 16 bits."""
    return f"{-sum(data) & 0xFFFF:04X}"


class StandinGate:
    """A SIP2 gate over a library. A context manager: inside, `host` and `port` answer terminals that log in.

    It listens on loopback only. `tls` is a context of the server's, for a gate that speaks TLS.
    """

    def __init__(
        self,
        library: Library,
        account: Account | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the stand-in's gate listens on this machine only (127.0.0.1), not on {host}")
        self.account = account or Account()
        self.host = host
        self._server = _Server((host, port), library, self.account, tls)
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> Self:
        """Begin to answer."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="standin-gate", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and close the socket, and whatever terminals still hold."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join(STOP_SECONDS)
            self._thread = None
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, address: tuple[str, int], library: Library, account: Account, tls: ssl.SSLContext | None
    ) -> None:
        self.library = library
        self.account = account
        self.tls = tls
        self._held: set[socket.socket] = set()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Terminal)

    def hold(self, line: socket.socket) -> None:
        """Know of a terminal's connection as long as it lasts."""
        self._held.add(line)

    def let_go(self, line: socket.socket) -> None:
        """It has ended."""
        self._held.discard(line)

    def hang_up(self) -> None:
        """End all that are left."""
        for line in tuple(self._held):
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """A terminal that breaks off, or does not speak TLS, is none of the library's business."""


class _Terminal(socketserver.BaseRequestHandler):
    """One terminal: it logs in first, as Koha's raw transport asks, and then gets an answer to each message."""

    server: _Server

    def handle(self) -> None:
        line = self.request
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.settimeout(IDLE_SECONDS)
        if self.server.tls is not None:
            line = self.server.tls.wrap_socket(line, server_side=True)
        self.server.hold(line)
        try:
            self._serve(line)
        finally:
            self.server.let_go(line)
            line.close()

    def _serve(self, line: socket.socket) -> None:
        account = self.server.account
        talk = _Talk(Desk(self.server.library, account), account)
        waiting = b""
        while True:
            message, found, rest = waiting.partition(b"\r")
            if not found:
                part = line.recv(LONGEST)
                if not part or len(waiting) > LONGEST:
                    return
                waiting += part
                continue
            waiting = rest
            answer = talk.answer(message)
            if answer is None:
                return
            line.sendall(answer)


class _Talk:
    """What Koha remembers of one connection: whether somebody logged in, and what it sent last."""

    def __init__(self, desk: Desk, account: Account) -> None:
        self._desk = desk
        self._account = account
        self._logged_in = False
        self._last = NOT_UNDERSTOOD

    def answer(self, received: bytes) -> bytes | None:
        """The bytes to send for a message; None hangs up."""
        message = _AROUND.sub("", received.decode(self._account.encoding or "utf8", errors="replace"))
        trailer = _TRAILER.search(message)
        sequence: str | None = None
        if trailer is not None:
            if checksum(received.strip(b"\n")[:-4]) != trailer[2].upper():
                return self._resend_please()
            sequence, message = trailer[1], message[: trailer.start()]
        if not self._logged_in and not message.startswith(LOGIN):
            return None
        if message.startswith(SEND_AGAIN):
            # What is sent once more comes with 0 in place of the number that it had.
            return self._sealed(self._last, "0" if "AZ" in message else None)
        said = self._desk.answer(message)
        if said is None:
            return f"{NOT_UNDERSTOOD}\r".encode()
        self._logged_in |= said == "941"
        self._last = said
        return self._sealed(said, sequence)

    def _resend_please(self) -> bytes:
        until = f"{NOT_UNDERSTOOD}AZ".encode()
        return until + checksum(until).encode() + b"\r"

    def _sealed(self, said: str, sequence: str | None) -> bytes:
        until_az = said + ("" if sequence is None else f"AY{sequence}AZ")
        sent, counted = self._encoded(until_az)
        if sequence is not None:
            sent += checksum(counted).encode()
        return sent + self._account.terminator.encode()

    def _encoded(self, text: str) -> tuple[bytes, Iterable[int]]:
        """The bytes, and what the checksum counts: the bytes, or without an encoding the characters, which Perl then
        writes as Latin-1, or all as UTF-8 if one of them is above 255."""
        if self._account.encoding is not None:
            sent = text.encode(self._account.encoding, errors="replace")
            return sent, sent
        points = [ord(sign) for sign in text]
        return text.encode("latin1" if max(points) <= LATIN1 else "utf8"), points
