"""Gates that misbehave, as small real servers on loopback: each is a function that holds one connection."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.sip2.wire import checksum

Holds = Callable[[socket.socket], None]

STATUS = b"98YYYYNN10000520261126    2253472.00AOHB|BXYYYYYYYYYYYNYYYY|"
BLOCKED = b"24YYYY          00020261126    225348"
FREE = b"24              00020261126    225348"


@contextlib.contextmanager
def serving(hold: Holds) -> Iterator[int]:
    """A server that lets `hold` have each connection, one thread each; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    over, held = threading.Event(), list[socket.socket]()

    def accept() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                line, _ = listening.accept()
                line.settimeout(10)
                held.append(line)
                threading.Thread(target=on, args=(line,), daemon=True).start()

    def on(line: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            hold(line)
        line.close()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        over.set()
        accepting.join(5)
        listening.close()
        for line in held:
            line.close()


def message(line: socket.socket) -> bytes:
    """The next message that the client sends, without its end."""
    got = b""
    while not got.endswith(b"\r"):
        part = line.recv(1)
        if not part:
            raise EOFError
        got += part
    return got.removesuffix(b"\r")


def sealed(body: bytes, asked: bytes, end: bytes = b"\r") -> bytes:
    """An answer with the number of the question, its checksum and an end."""
    until_az = body + asked[-9:-6] + b"AZ"
    return until_az + checksum(until_az) + end


def greeted(line: socket.socket, status: bytes = STATUS) -> None:
    """Accept any login and say who one is."""
    line.sendall(sealed(b"941", message(line)))
    line.sendall(sealed(status, message(line)))


def card_in(asked: bytes) -> bytes:
    """The card that a question is about."""
    return asked.partition(b"|AA")[2].partition(b"|")[0]


def certified(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own making, and the file with which it can be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a gate")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "gate.pem", folder / "gate.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context, file
