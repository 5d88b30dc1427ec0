"""Reaches the Koha under test, makes the suite its writer, and leaves everything as it was."""

import os
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import pytest
import requests

from tests.live.client import Client
from tests.live.people import People
from tests.live.record import Record
from tests.live.staff import Staff, StandinStaff
from tests.live.target import NO_STAFF_INTERFACE, NOT_NAMED, PREFIX, TARGET, Target

HERE: Final = Path(__file__).parent
RUN: Final = secrets.token_hex(4)
OWN_TYPES: Final = ("CW_LIVE_ONE", "CW_LIVE_TWO")
RECORD: Final = Record(HERE)
Hands: TypeAlias = Staff | StandinStaff
Sql: TypeAlias = Callable[[str], list[list[str]]]
Preference: TypeAlias = Callable[[str, str], None]


def named(name: str, default: str | None = None) -> str:
    """A variable that says where a gate is; without it there is nothing to try."""
    value = os.environ.get(f"{PREFIX}{name}") or default
    if value is None:
        pytest.skip(f"no gate was named: set {PREFIX}{name} (tests/live/README.md)")
    return value


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if TARGET is not None and "PYTEST_XDIST_WORKER" in os.environ and any(HERE in item.path.parents for item in items):
        raise pytest.UsageError("tests/live are one writer on one Koha: run them without -n")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if TARGET is None:
        pytest.skip(NOT_NAMED)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if "tests/live/" in report.nodeid:
        RECORD.note(report)


def pytest_sessionfinish() -> None:
    if TARGET is not None and TARGET.record:
        RECORD.write()


@pytest.fixture(scope="session")
def target() -> Target:
    assert TARGET is not None
    return TARGET


@pytest.fixture(scope="session")
def instance() -> str:
    """The suite's name as a journal."""
    return f"cardwarden-live-{RUN}"


@pytest.fixture(scope="session")
def koha(target: Target, instance: str) -> Iterator[Client]:
    """The Koha under test, with the suite as its writer; the writer before gets its place back."""
    try:
        client = Client(target.url, target.client, instance)
        status = client.status()
    except (AssertionError, requests.RequestException) as error:
        pytest.exit(f"that Koha cannot be tried, its plugin does not answer: {error}", 1)
    if status["paused"]:
        pytest.exit("writing is paused on the plugin's page in that Koha: not for the suite to change", 1)
    RECORD.seen(status, standin=client.call("GET", "/standin/").status_code == 200)
    client.results(takeover=True)
    yield client
    if status["writer"] is not None:
        client.results(instance=status["writer"], takeover=True)
    client.close()


@pytest.fixture(scope="session")
def low(target: Target, instance: str) -> Iterator[Client]:
    """With the key that may do too little."""
    client = Client(target.url, target.low, instance)
    yield client
    client.close()


@pytest.fixture(scope="session")
def nobody(target: Target, instance: str) -> Iterator[Client]:
    """Without any token."""
    client = Client(target.url, None, instance)
    yield client
    client.close()


@pytest.fixture(scope="session")
def another(target: Target, instance: str) -> Iterator[Callable[[], Client]]:
    """More clients with the same key, for threads."""
    made: list[Client] = []

    def client() -> Client:
        made.append(Client(target.url, target.client, instance))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def people(koha: Client) -> Iterator[People]:
    """Makes patrons; all of them are deleted at the end, and leftovers of earlier runs at the start."""
    made = People(koha, RUN)
    made.sweep()
    yield made
    made.sweep()
    assert made.sweep() == 0


@pytest.fixture
def patron(people: People) -> int:
    """A new patron who owes nothing."""
    return people.make()


@pytest.fixture(scope="session")
def next_second(koha: Client) -> Callable[[], int]:
    """Wait for a second of the database's clock in which nothing has happened yet, and give it."""

    def wait() -> int:
        time.sleep(1.1)
        return int(koha.status()["database_time"])

    return wait


@pytest.fixture(scope="session")
def hands(target: Target, koha: Client) -> Iterator[Hands | None]:
    """Somebody in the staff interface, or in the stand-in's place of it; None if there is nobody."""
    someone: Hands | None = None
    try:
        if target.staff is not None and target.staff_url is not None:
            someone = Staff(target.staff_url, target.staff, koha.status()["koha_version"])
        elif koha.call("GET", "/standin/").status_code == 200:
            someone = StandinStaff(target.url)
    except (AssertionError, requests.RequestException) as error:
        pytest.exit(f"the staff interface cannot be used: {error}", 1)
    yield someone
    if someone is not None:
        someone.close()


@pytest.fixture(scope="session")
def staff(hands: Hands | None) -> Hands:
    """Somebody in the staff interface; who asks for it is skipped without one."""
    if hands is None:
        pytest.skip(NO_STAFF_INTERFACE)
    return hands


@pytest.fixture(scope="session")
def kinds(hands: Hands | None, koha: Client, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Two registered types: the suite's own where staff can register them, else the first two that there are."""
    if hands is None:
        usable = [one["type"] for one in koha.status()["types"] if one["exists"]]
        assert len(usable) >= 2, "register two types on the plugin's page, or name the staff interface"
        yield usable[0], usable[1]
        return
    people: People = request.getfixturevalue("people")
    for kind in OWN_TYPES:
        hands.register(kind)
    yield OWN_TYPES
    people.sweep()
    for kind in OWN_TYPES:
        assert hands.forget(kind) == "cardwarden-done"
        hands.delete_type(kind)


@pytest.fixture(scope="session")
def kind(kinds: tuple[str, str]) -> str:
    """A registered type."""
    return kinds[0]


@pytest.fixture(scope="session")
def sql() -> Sql:
    """A client of Koha's database, for what Koha's own jobs and time itself do there."""
    command = [*shlex.split(named("SQL")), "--batch", "--skip-column-names", "--default-character-set=utf8mb4"]

    def ask(text: str) -> list[list[str]]:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    return ask


@pytest.fixture(scope="module")
def preference(staff: Hands) -> Iterator[Preference]:
    """Set a preference; all are as they were at the end."""
    before: dict[str, str] = {}

    def put(name: str, value: str) -> None:
        before.setdefault(name, staff.preference(name))
        staff.set_preference(name, value)

    yield put
    for name, value in before.items():
        staff.set_preference(name, value)
