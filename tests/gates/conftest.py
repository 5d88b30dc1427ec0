"""A stand-in Koha with its gate, and settings that name both."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from adapters.standin.sip2 import StandinGate
from tests.conftest import Command
from tests.e2e.test_reconcile import digest_in

NameGate = Callable[..., None]


@pytest.fixture
def name_gate(monkeypatch: pytest.MonkeyPatch) -> NameGate:
    """Put a gate into the settings by its port."""

    def named(port: int, name: str = "SIP2", **more: str) -> None:
        account = {"host": "127.0.0.1", "port": str(port), "user": "selfcheck", "password": "selfcheck-pin"}
        for key, value in (account | more).items():
            monkeypatch.setenv(f"CARDWARDEN_GATES__{name}__{key.upper()}", value)

    return named


@pytest.fixture
def sip_gate(library: Library, name_gate: NameGate) -> Iterator[StandinGate]:
    """The library's gate, named in the settings; its limit of fines is above every threshold."""
    library.set_preference("noissuescharge", "100000")
    with StandinGate(library) as gate:
        name_gate(gate.port)
        yield gate


@pytest.fixture
def first_day(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, sip_gate: StandinGate) -> Command:
    """A Koha with its gate, on which the first day is over."""
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 0
    return cardwarden


@contextmanager
def flag_hidden(library: Library, patron: int) -> Iterator[None]:
    """The rows stand, but the borrower's flag, by which gates go, does not say so."""
    record = library.patron(patron)
    kept = record.debarred, record.debarred_comment
    library.set_flag(patron, None)
    yield
    library.set_flag(patron, *kept)
