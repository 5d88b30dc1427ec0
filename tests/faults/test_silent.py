"""A bounded part of the silent PostgreSQL; `make faults` waits for the alert too, in each way of being silent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from tests.faults.silent import daemon_over, ends
from tests.serve.running import eventually, running
from tests.store.network import network
from tests.store.postgres import Cluster, binaries, running_cluster

pytestmark = pytest.mark.skipif(binaries() is None, reason="there is no PostgreSQL here")

WAITS_FOR_APPROVAL = 2
HURRIED = "[journal]\nconnect_timeout = 2\nlock_timeout = 0.4\nanswer_timeout = 0.5\n"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    programs = binaries()
    assert programs is not None
    with running_cluster(programs) as started:
        yield started


def test_a_daemon_on_a_silent_journal_says_so_answers_its_readers_and_ends_when_told_to(
    cluster: Cluster, tmp_path: Path
) -> None:
    with network(cluster.directory) as line, daemon_over(line, cluster, tmp_path / "d") as daemon:
        line.fall_silent("both ways")
        eventually(lambda: daemon.logged("the journal cannot be held"), 40)
        ready = daemon.get("/readyz")
        assert ready.status_code == 503
        assert "the journal has not answered since" in ready.json()["reasons"][0]
        assert daemon.get("/healthz").status_code == 200
        assert "The journal does not answer" in daemon.get("/").text
        ends(daemon)


def test_each_command_on_a_silent_journal_ends_with_one_line(cluster: Cluster, tmp_path: Path) -> None:
    with (
        network(cluster.directory) as line,
        StandinKoha(build_library(30)) as koha,
        running(tmp_path / "d", koha, start=False, more=HURRIED) as daemon,
    ):
        cluster.new_journal()
        daemon.journal = line.url("journal")
        assert daemon.run("reconcile").code == WAITS_FOR_APPROVAL
        line.fall_silent("both ways")
        for command in (
            ["reconcile"],
            ["approve", "abc"],
            ["pause"],
            ["resume"],
            ["journal"],
            ["explain", "1"],
            ["undo", "1"],
            ["retire", "--all"],
            ["takeover"],
            ["privacy", "export", "1"],
            ["privacy", "erase", "1", "--yes"],
            ["release", "1", "--rule", "debt", "--staff", "ab", "--photo-id-checked"],
        ):
            said = daemon.run(*command)
            assert said.code == 1, (command, said)
            assert len(said.err.splitlines()) == 1, (command, said.err)
            assert "does not answer" in said.err
