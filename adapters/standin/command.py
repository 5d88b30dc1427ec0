"""What `cardwarden standin` runs: build a library, say how to reach it, serve until told to stop."""

import sys
import tempfile
from pathlib import Path

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from adapters.standin.sip2 import StandinGate


def run(patrons: int, port: int, sip_port: int, plugin: bool, faults: list[str], seed: int) -> None:  # noqa: FBT001 - all named by the caller
    """Serve an invented library on loopback, and its SIP2 gate, until SIGTERM or Ctrl-C.

    Prints shell lines that let the other commands reach it. Id and secret follow from the seed, so that they
    stay good over a restart. A fault that cannot be read raises ValueError before anything is started.
    """
    parsed = [parse_fault(text) for text in faults]
    library = build_library(patrons, seed=seed)
    koha = StandinKoha(library, plugin=plugin, port=port, print_log=True)
    for fault in parsed:
        koha.faults.add(fault)
    with koha, StandinGate(library, port=sip_port) as gate:
        there = "with" if plugin else "without"
        sys.stdout.write(
            f"# A stand-in Koha with {patrons} invented patrons, {there} Cardwarden's plugin. Ctrl-C stops it.\n"
            f"export CARDWARDEN_KOHA__URL={koha.url}\n"
            f"export CARDWARDEN_KOHA__CLIENT_ID={koha.client_id}\n"
            f"export CARDWARDEN_KOHA__CLIENT_SECRET={koha.client_secret}\n"
            f"export CARDWARDEN_JOURNAL__URL=sqlite:///{_journal_of_its_own()}\n"
            + "".join(f"{line}\n" for line in gate_exports(gate))
            + f"# To pay, mistype, lift and break things: {koha.url}/standin/ lists the routes.\n"
        )
        sys.stdout.flush()
        koha.serve_forever()


def gate_exports(gate: StandinGate) -> list[str]:
    """The shell lines with which `cardwarden verify` reaches the gate."""
    account = gate.account
    values = {
        "HOST": gate.host,
        "PORT": gate.port,
        "USER": account.user,
        "PASSWORD": account.password,
        "INSTITUTION": account.institution,
    }
    return [f"export CARDWARDEN_GATES__SIP2__{name}={value}" for name, value in values.items()]


def _journal_of_its_own() -> Path:
    """A new place for a journal: a stand-in remembers nothing of the one that ran before it."""
    return Path(tempfile.mkdtemp(prefix="cardwarden-standin-")) / "journal.db"
