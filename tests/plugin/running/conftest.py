"""The plugin's Perl on a real MariaDB, in a double of Koha. Each database is made anew; the server is one a session."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.live.client import Client
from tests.live.people import People
from tests.live.staff import Staff
from tests.live.target import Login

from .koha import Koha
from .machine import what_is_missing
from .mariadb import MariaDb, running_mariadb

_NUMBERS = count(1)
_MISSING = what_is_missing()


def pytest_runtest_setup() -> None:
    if _MISSING:
        pytest.skip(f"the double of Koha cannot run here: {_MISSING}")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    with running_mariadb() as server:
        yield server


@pytest.fixture
def bare(mariadb: MariaDb, tmp_path: Path) -> Koha:
    """A Koha that never had the plugin."""
    return Koha(mariadb, f"koha{next(_NUMBERS)}", tmp_path)


@pytest.fixture
def koha(bare: Koha) -> Koha:
    """A Koha with the plugin, not served."""
    bare.method("install")
    return bare


@pytest.fixture(scope="session")
def one_for_all(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Koha]:
    koha = Koha(mariadb, "koha", tmp_path_factory.mktemp("koha"))
    koha.method("install")
    with koha.served():
        yield koha


@pytest.fixture
def served(one_for_all: Koha) -> Koha:
    """A Koha with the plugin, on an address of this machine, as new for each test."""
    one_for_all.as_new()
    return one_for_all


@pytest.fixture
def client(served: Koha) -> Iterator[Client]:
    """Whoever may do all, as the journal `first`."""
    client = Client(served.url, Login("service-id", "service-secret"), "first")
    yield client
    client.close()


@pytest.fixture
def people(client: Client) -> People:
    return People(client, "run")


@pytest.fixture
def staff(served: Koha) -> Iterator[Staff]:
    """Somebody at the plugin's page, with the type CW_DEBT registered."""
    someone = Staff(served.url, Login("desk", "desk-pw"), "23.05.04.000")
    assert someone.register("CW_DEBT") == "cardwarden-done"
    yield someone
    someone.close()
