"""What goes wrong at a gate, each in a line that says what to set right. Nothing that a gate sent is ever quoted: it
may hold a name."""

import errno
from typing import Final

from adapters.sip2.options import Sip2Options

_TLS_RECORDS: Final = (b"\x15\x03", b"\x16\x03")
_TELNET: Final = (b"login:", b"username:", b"\xff")
_WEB: Final = (b"http/", b"<!doctype", b"<html")


class Broken(Exception):
    """The exchange cannot go on; the message is the reason, without the gate's name. `final` says that another try
    would end the same way."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class HungUp(Broken):
    """The gate closed the connection; `heard` is what it had sent of an answer."""

    def __init__(self, heard: bytes = b"") -> None:
        super().__init__(_recognised(heard) or "it closed the connection in place of an answer")
        self.heard = heard


def no_host(options: Sip2Options) -> str:
    """The name leads nowhere."""
    return f"there is no host of the name {options.host}; check `host`"


def no_connection(options: Sip2Options) -> str:
    """Nothing came back."""
    return f"no connection to {options.address} in {options.timeout:g} s; check `host`, `port` and the firewall"


def refused_connection(options: Sip2Options, error: OSError) -> str:
    """Somebody is there who does not want us, or nobody can be reached."""
    if error.errno == errno.ECONNREFUSED:
        return f"nothing listens on {options.address}; is the SIP server running, and is `port` its own?"
    return f"no connection to {options.address} ({error.strerror or 'the network refuses it'}); check `host` and `port`"


def unreadable_ca_file(options: Sip2Options) -> str:
    """The authority's certificates are not there."""
    return f"`ca_file` {options.ca_file} cannot be read as certificates"


def certificate_not_trusted(options: Sip2Options) -> str:
    """Somebody else, or an authority of the library's own."""
    return f"the certificate of {options.address} is not trusted for that name; `ca_file` is for its authority"


def no_tls(options: Sip2Options) -> str:
    """The handshake came to nothing."""
    return f"{options.address} does not speak TLS; take its TLS port, or leave `tls` off"


def not_in_time(timeout: float, heard: bytes = b"") -> str:
    """No answer, or no end of one."""
    return _recognised(heard) or f"no whole answer in {timeout:g} s; is it overloaded? `timeout` says how long to wait"


def closed_at_once(heard: bytes) -> str:
    """The gate hung up before it said anything."""
    return _recognised(heard) or (
        "it closed the connection without an answer; it may want TLS (`tls = true`), a login (`user`), or calls from "
        "other addresses only"
    )


def too_much(heard: bytes, largest: int) -> str:
    """An answer without an end."""
    return (
        _recognised(heard) or f"it sent more than {largest // 1024} KiB without ending its answer; it is no SIP2 gate"
    )


def nonsense(heard: bytes = b"") -> str:
    """Not a message."""
    return _recognised(heard) or "its answer is no SIP2 message; is `port` that of the SIP server?"


def out_of_step() -> str:
    """An answer that came late, or unasked."""
    return "it answers another question than the one that was asked"


def garbled() -> str:
    """Twice a wrong checksum."""
    return "the checksum of its answer is wrong, twice; the gate or the line garbles what is sent"


def not_understood() -> str:
    """Twice a request to send again."""
    return "it asks twice to send the message again; it may take no message 23 without a PIN: see `details`"


def _recognised(heard: bytes) -> str | None:
    """Who it is that speaks so."""
    start = heard.lstrip()[:64].lower()
    if heard.startswith(_TLS_RECORDS):
        return "it speaks TLS; set `tls = true`"
    if start.startswith(_TELNET):
        return "it wants a login by telnet, which is not spoken here; take its port with the raw transport"
    if start.startswith(_WEB):
        return "a web server answers there; `port` must be that of the SIP server"
    return None
