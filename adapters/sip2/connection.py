"""A connection to a gate: one message out, one message in, within bounds of time and size."""

import contextlib
import socket
import ssl
import time
from typing import Final, Self

from adapters.sip2.options import Sip2Options
from adapters.sip2.trouble import (
    Broken,
    HungUp,
    certificate_not_trusted,
    no_connection,
    no_host,
    no_tls,
    not_in_time,
    out_of_step,
    refused_connection,
    too_much,
    unreadable_ca_file,
)

LARGEST: Final = 64 * 1024
"""Bytes of one answer. Koha's own are below a kilobyte."""

_PART: Final = 4096
_ENDS: Final = b"\r\n"
_LEAST_WAIT: Final = 0.001


class Connection:
    """A socket that carries messages. Every method raises Broken, after which it is of no more use."""

    def __init__(self, line: socket.socket, timeout: float) -> None:
        self._line = line
        self._timeout = timeout
        self._waiting = bytearray()
        self._end: bytes | None = None

    @classmethod
    def open(cls, options: Sip2Options) -> Self:
        """Connect, and agree on encryption if that is asked for."""
        try:
            line = socket.create_connection((options.host, options.port), timeout=options.timeout)
        except socket.gaierror:
            raise Broken(no_host(options)) from None
        except TimeoutError:
            raise Broken(no_connection(options)) from None
        except OSError as error:
            raise Broken(refused_connection(options, error)) from None
        try:
            return cls(_encrypted(line, options) if options.tls else line, options.timeout)
        except BaseException:
            line.close()
            raise

    def close(self) -> None:
        """Let go of the socket."""
        with contextlib.suppress(OSError):
            self._line.close()

    def send(self, message: bytes) -> None:
        """Send a message. What the gate has sent unasked by then belongs to no question."""
        if self._waiting.strip(_ENDS):
            raise Broken(out_of_step())
        self._waiting.clear()
        try:
            self._line.settimeout(self._timeout)
            self._line.sendall(message)
        except TimeoutError:
            raise Broken(not_in_time(self._timeout)) from None
        except OSError:
            raise HungUp from None

    def receive(self) -> bytes:
        """The next message without its end. Empty lines are passed over, and counted."""
        deadline, read = time.monotonic() + self._timeout, len(self._waiting)
        while (message := self._next()) is None:
            read += self._more(deadline)
            if time.monotonic() > deadline:
                raise Broken(not_in_time(self._timeout, bytes(self._waiting[:_PART])))
            if read > LARGEST:
                raise Broken(too_much(bytes(self._waiting[:_PART]), LARGEST))
        return message

    def _more(self, deadline: float) -> int:
        left = deadline - time.monotonic()
        try:
            self._line.settimeout(max(left, _LEAST_WAIT))
            part = self._line.recv(_PART)
        except TimeoutError:
            raise Broken(not_in_time(self._timeout, bytes(self._waiting))) from None
        except OSError:
            part = b""
        if not part:
            raise HungUp(bytes(self._waiting))
        self._waiting += part
        return len(part)

    def _next(self) -> bytes | None:
        """Cut the next message off what has come, if it is whole.

        How the first one ends is how all do: a text may hold a line feed of its own, where it is made of several.
        """
        while self._waiting and self._waiting[0] in _ENDS:
            del self._waiting[:1]
        if self._end is None:
            found = [place for sign in (b"\r", b"\n") if (place := self._waiting.find(sign)) >= 0]
            if not found:
                return None
            place = min(found)
            self._end = bytes(self._waiting[place : place + 1])
        place = self._waiting.find(self._end)
        if place < 0:
            return None
        message = bytes(self._waiting[:place])
        del self._waiting[: place + 1]
        return message


def _encrypted(line: socket.socket, options: Sip2Options) -> ssl.SSLSocket:
    """The socket with TLS; the certificate must be of the host's name and of an authority that is trusted."""
    try:
        context = ssl.create_default_context(cafile=None if options.ca_file is None else str(options.ca_file))
    except (OSError, ssl.SSLError):
        raise Broken(unreadable_ca_file(options)) from None
    try:
        return context.wrap_socket(line, server_hostname=options.host)
    except ssl.SSLCertVerificationError:
        raise Broken(certificate_not_trusted(options)) from None
    except (ssl.SSLError, OSError):
        raise Broken(no_tls(options)) from None
