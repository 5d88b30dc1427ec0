"""Every test of the journal runs on SQLite, in a real file, and on a real PostgreSQL where one is installed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sidecar.store import SqlJournal, open_journal

from .builders import HandClock
from .postgres import Cluster, binaries, running_cluster

DATABASES = ["sqlite", *(["postgresql"] if binaries() else [])]

Opener = Callable[..., SqlJournal]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for this session."""
    programs = binaries()
    assert programs is not None
    with running_cluster(programs) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where an SQLite journal is kept."""
    return tmp_path / "journal.db"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new journal in SQLite, to be copied: quicker than making one for each test."""
    made = tmp_path_factory.mktemp("template") / "journal.db"
    open_journal(f"sqlite:///{made}", clock=HandClock()).close()
    return made


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, file: Path) -> str:
    """A new journal's."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("template"), file)
        return f"sqlite:///{file}"
    running: Cluster = request.getfixturevalue("cluster")
    return running.new_journal()


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, file: Path) -> str:
    """An empty database's."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    running: Cluster = request.getfixturevalue("cluster")
    return running.new_database()


@pytest.fixture
def clock() -> HandClock:
    """A clock that is moved by hand."""
    return HandClock()


@pytest.fixture
def opened(clock: HandClock) -> Iterator[Opener]:
    """Opens journals and closes them at the end."""
    journals: list[SqlJournal] = []

    def call(url: str) -> SqlJournal:
        journals.append(open_journal(url, clock=clock))
        return journals[-1]

    yield call
    for journal in journals:
        journal.close()


@pytest.fixture
def journal(url: str, opened: Opener) -> SqlJournal:
    """A new journal, opened."""
    return opened(url)
