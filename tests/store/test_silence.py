"""A PostgreSQL that answers nothing: whatever is asked of the journal ends, as one line, within the patience."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from sidecar.errors import JournalError
from sidecar.ports import Seat
from sidecar.store import SqlJournal, open_journal
from sidecar.store.database.patience import Patience

from .builders import MINUTE, NOW, HandClock, a_case
from .conftest import DATABASES
from .network import SILENCES, Network, Silence, network
from .postgres import Cluster

pytestmark = pytest.mark.skipif("postgresql" not in DATABASES, reason="there is no PostgreSQL here")

HURRIED = Patience(connect=2, lock=0.4, answer=0.5)
ENDS_WITHIN = 15.0
"""Seconds; the patience is a second for the answer and two for a new connection. A call without an end shows here."""


@pytest.fixture
def line(cluster: Cluster) -> Iterator[Network]:
    """The network to the cluster, on which a journal is as good as new."""
    cluster.new_journal()
    with network(cluster.directory) as made:
        yield made


@pytest.fixture
def journal(line: Network) -> Iterator[SqlJournal]:
    with open_journal(line.url("journal"), clock=HandClock(), patience=HURRIED) as opened:
        yield opened


def refusal(call: Callable[[], object]) -> str:
    """The error with which a call ends, as it must."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(JournalError) as refused:
        pool.submit(call).result(ENDS_WITHIN)
    message = str(refused.value)
    assert "\n" not in message
    assert "does not answer" in message
    return message


@pytest.mark.parametrize("how", SILENCES)
def test_a_network_that_falls_silent_is_an_error_in_one_line_and_over_when_it_heals(
    line: Network, journal: SqlJournal, how: Silence
) -> None:
    line.fall_silent(how)
    assert f"127.0.0.1:{line.port}" in refusal(journal.cases)
    line.heal()
    journal.save_cases([a_case()], [])
    assert list(journal.cases()) == ["1"]


def test_in_the_middle_of_a_transaction_nothing_of_it_is_kept(line: Network, journal: SqlJournal) -> None:
    def half() -> None:
        with journal._database.writing() as connection:
            connection.execute(text("UPDATE installation SET paused_since = 1"))
            line.fall_silent("both ways")
            connection.execute(text("UPDATE installation SET bound_to = 'x'"))

    assert "no answer within 1 s" in refusal(half)
    line.heal()
    assert (journal.paused_since, journal.bound_to) == (None, None)
    assert journal.bind("x")


def test_a_commit_whose_answer_never_came_is_an_error_too(line: Network, journal: SqlJournal) -> None:
    def whole() -> None:
        with journal._database.writing() as connection:
            connection.execute(text("UPDATE installation SET bound_to = 'x'"))
            line.fall_silent("answers lost")

    refusal(whole)
    line.heal()
    assert journal.bound_to == "x", "as after a kill: it was done, though nobody heard of it"


def test_a_journal_cannot_be_opened_on_a_silent_network(line: Network) -> None:
    line.fall_silent("both ways")
    refusal(lambda: open_journal(line.url("journal"), clock=HandClock(), patience=HURRIED))


def test_a_seat_that_is_let_go_of_in_silence_is_let_go_of_when_it_heals(line: Network, journal: SqlJournal) -> None:
    def held() -> None:
        with journal.hold("one", NOW, MINUTE):
            line.fall_silent("both ways")

    refusal(held)
    line.heal()
    with journal.hold("two", NOW, MINUTE, Seat.WRITER):
        pass
    with open_journal(line.url("journal"), clock=HandClock()) as other, other.hold("three", NOW, MINUTE):
        pass


def test_whoever_waits_in_silence_is_told_so(
    line: Network, journal: SqlJournal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sidecar.store.database.postgres.SAID_AFTER", 0.2)
    line.fall_silent("both ways")
    refusal(journal.cases)
    assert caplog.messages == [
        f"The journal (PostgreSQL database journal on 127.0.0.1:{line.port}) does not answer: waiting up to 1 s."
    ]


def test_a_server_that_is_busy_over_a_statement_for_too_long_is_said(journal: SqlJournal) -> None:
    def slow() -> None:
        with journal._database.reading() as connection:
            connection.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(JournalError, match=r"took too long over a statement.*journal\.answer_timeout"):
        slow()
    assert journal.cases() == {}


def test_a_migration_may_take_longer_and_what_follows_it_may_not(journal: SqlJournal) -> None:
    with journal._database.writing(at_length=30) as connection:
        connection.execute(text("SELECT pg_sleep(1.2)"))
    with pytest.raises(JournalError, match="too long"), journal._database.writing() as connection:
        connection.execute(text("SELECT pg_sleep(30)"))


def test_the_server_lets_go_of_whoever_dies_in_the_middle_of_a_transaction(
    line: Network, journal: SqlJournal, cluster: Cluster
) -> None:
    def half() -> None:
        with journal._database.writing() as connection:
            connection.execute(text("UPDATE installation SET bound_to = 'x'"))
            line.fall_silent("both ways")
            connection.execute(text("SELECT 1"))

    refusal(half)
    with open_journal(cluster.url("journal"), clock=HandClock(), patience=Patience(lock=20, answer=30)) as other:
        other.bind("y")  # it waits for the server's own limit, a second, not for a day
        assert other.bound_to == "y"


def test_what_the_url_says_goes_before_the_settings(line: Network) -> None:
    url = line.url("journal") + "?application_name=by-hand&connect_timeout=3"
    with (
        open_journal(url, clock=HandClock(), patience=HURRIED) as journal,
        journal._database.reading() as connection,
    ):
        asked = connection.exec_driver_sql("SELECT current_setting('application_name')").scalar()
        limits = connection.exec_driver_sql(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), "
            "current_setting('idle_in_transaction_session_timeout')"
        ).one()
    assert asked == "by-hand"
    assert tuple(limits) == ("400ms", "500ms", "1s")
