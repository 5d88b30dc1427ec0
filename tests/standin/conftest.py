"""One stand-in with 600 patrons for all tests of the folder; whoever needs a patron to change makes a new one."""

from collections.abc import Iterator
from datetime import date

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.standin.client import JOURNAL, Client

TODAY = date(2026, 11, 23)
PATRONS = 600


@pytest.fixture(scope="session")
def server() -> Iterator[StandinKoha]:
    with StandinKoha(build_library(PATRONS, today=TODAY)) as koha:
        yield koha


@pytest.fixture
def koha(server: StandinKoha) -> Iterator[StandinKoha]:
    """The server, left without faults and with the first journal as its writer."""
    server.library.writer = JOURNAL
    yield server
    server.faults.clear()
    server.library.pause_plugin(paused=False)


@pytest.fixture
def library(koha: StandinKoha) -> Library:
    return koha.library


@pytest.fixture(scope="session")
def session_client(server: StandinKoha) -> Iterator[Client]:
    client = Client(server, server.client_id, server.client_secret)
    yield client
    client.close()


@pytest.fixture
def client(koha: StandinKoha, session_client: Client) -> Client:
    """With the granular key."""
    return session_client


@pytest.fixture
def setup(koha: StandinKoha) -> Iterator[Client]:
    """With the key that may change patrons."""
    client = Client(koha, koha.setup_id, koha.setup_secret)
    yield client
    client.close()


@pytest.fixture
def low(koha: StandinKoha) -> Iterator[Client]:
    """With the key that may do nothing."""
    client = Client(koha, koha.low_id, koha.low_secret)
    yield client
    client.close()


@pytest.fixture
def patron(library: Library) -> Iterator[int]:
    """A new patron, born 1985, who owes nothing."""
    number = library.create_patron(born=date(1985, 5, 5))
    yield number
    if number in library.patrons:
        library.delete_patron(number)
