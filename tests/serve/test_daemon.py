"""The daemon as a process: what it does over an hour, played in seconds."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.ports import CycleOutcome
from sidecar.store import open_journal
from sidecar.wiring import SystemClock
from tests.serve.running import blocked, eventually, running


@pytest.fixture
def library() -> Library:
    return build_library(120)


def test_a_day_of_the_daemon(koha: StandinKoha, library: Library, tmp_path: Path) -> None:
    with running(tmp_path / "d", koha) as daemon:
        # The first applied cycle waits for a person, who is told once.
        eventually(lambda: ("held-back", "first_cycle", "begun") in daemon.alerts())
        assert blocked(library) == set()
        page = daemon.get("/").text
        assert "cardwarden approve" in page
        daemon.approve_what_waits()
        payer = library.subjects["owes_much"]
        assert payer in blocked(library)
        eventually(lambda: ("held-back", "first_cycle", "over") in daemon.alerts())

        # A payment frees the card within the interval and a second.
        library.pay(payer)
        paid = time.monotonic()
        eventually(lambda: payer not in blocked(library), 10)
        assert time.monotonic() - paid < 3.5  # 1 s, 1 s more, and a busy machine

        # An edited threshold shows in the next cycle, a full one.
        poor = library.subjects["owes_one_ore_less"]
        assert poor not in blocked(library)
        full = daemon.full_cycles()
        daemon.block_at("224.99")
        eventually(lambda: poor in blocked(library))
        eventually(lambda: daemon.full_cycles() == full + 1)
        (change,) = daemon.logged("policy changed")
        assert change["before"] != change["after"]

        # A broken policy is refused and told; the one before runs on.
        daemon.policy.write_text(daemon.policy.read_text() + "\nfoo = 1\n")
        eventually(lambda: ("policy-refused", "", "begun") in daemon.alerts())
        assert "foo" in str(daemon.health()["policy_refused"])
        assert daemon.metric("cardwarden_policy_refused") == 1
        assert "refused" in daemon.get("/").text
        late = library.subjects["owes_little"]
        library.charge(late, "OVERDUE", "900.00")
        eventually(lambda: late in blocked(library))
        daemon.block_at("224.99")
        eventually(lambda: ("policy-refused", "", "over") in daemon.alerts())

        # Staff lift a block beside the daemon, while another writer by hand is turned away.
        turned_away = daemon.run("reconcile", "--apply")
        assert turned_away.code == 1
        assert "cardwarden daemon" in turned_away.err
        assert len(turned_away.err.splitlines()) == 1
        released = daemon.run("release", str(late), "--rule", "debt", "--staff", "ab", "--photo-id-checked")
        assert released.code == 0, released.err
        assert late not in blocked(library)

        # A second daemon is refused, in one line that names the holder.
        second = daemon.second()
        assert second.code == 1
        assert "in use by `cardwarden daemon`" in second.err
        assert len(second.err.splitlines()) == 1

        assert daemon.get("/readyz").status_code == 200
        assert daemon.metric('cardwarden_changes_total{kind="remove",result="written",rule="debt"}') == 1
        held = len(daemon.alerts())
        assert daemon.stop() == 0
        assert len(daemon.alerts()) == held
        log = daemon.log_file.read_text() + page
        assert not [one for one in library.patrons.values() if one.card_number in log or one.surname in log]


def test_a_typo_that_would_block_hundreds_is_held_back_and_a_mass_payment_is_not(tmp_path: Path) -> None:
    library = build_library(700)
    payers = [
        one.id
        for one in library.patrons.values()
        if one.category_id != "STAT" and 0 <= one.balance() < 200_000_000 and one.id != library.api_user_id
    ][:500]
    assert len(payers) == 500
    for payer in payers:
        library.charge(payer, "OVERDUE", "300.00")
    with StandinKoha(library) as koha, running(tmp_path / "d", koha, block_at="250.00") as daemon:
        daemon.approve_what_waits()
        assert set(payers) <= blocked(library)

        for payer in payers:
            library.pay(payer)
        eventually(lambda: not blocked(library) & set(payers))
        assert not [one for one in daemon.alerts() if one[1] == "removals"]

        for one in payers:
            library.charge(one, "OVERDUE", "30.00")
        before = blocked(library)
        daemon.block_at("2.50")
        eventually(lambda: ("held-back", "additions", "begun") in daemon.alerts())
        assert blocked(library) == before
        held = daemon.metric('cardwarden_held_changes{brake="additions"}')
        assert held > 100
        daemon.approve_what_waits()
        assert len(blocked(library)) >= len(before) + held
        eventually(lambda: ("held-back", "additions", "over") in daemon.alerts())
        assert daemon.stop() == 0


def test_sigterm_in_the_middle_of_a_run_of_batches_ends_it_with_the_journal_clean(tmp_path: Path) -> None:
    library = build_library(700)
    with StandinKoha(library) as koha, running(tmp_path / "d", koha, more="[koha]\nwrite_batch = 1") as daemon:
        eventually(lambda: daemon.health()["waiting"])
        koha.faults.add(parse_fault("latency=0.2"))
        waiting = daemon.health()["waiting"]
        assert isinstance(waiting, list)
        daemon.run("approve", waiting[0]["digest"])
        eventually(lambda: len(blocked(library)) >= 2)
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 6
        written = len(blocked(library))
        assert written < waiting[0]["brakes"]["first_cycle"]
        journal = open_journal(daemon.journal, clock=SystemClock())
        with journal:
            assert journal.open_intents() == []
            assert journal.cycles(1)[0].outcome is CycleOutcome.PENDING
            assert len(journal.changes(limit=1000)) == written

        # After it, and after a kill, the next one takes over at once and goes on.
        koha.faults.clear()
        daemon.start()
        eventually(lambda: daemon.full_cycles() >= 3)
        assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
        daemon.start()
        eventually(lambda: daemon.full_cycles() >= 4)
        assert daemon.stop(signal.SIGINT) == 0
        begun = [one for one in daemon.alerts() if one[0] == "held-back" and one[2] == "begun"]
        assert len(begun) == len(set(begun)), "told once, over restarts"


def test_sighup_reads_the_settings_again_and_broken_ones_are_refused(
    koha: StandinKoha, library: Library, tmp_path: Path
) -> None:
    with running(tmp_path / "d", koha, mode="dry-run", quick_every="off") as daemon:
        eventually(lambda: daemon.full_cycles() == 1)
        everybody = daemon.logged("cycle done")[0]["additions"]
        one = library.patrons[library.subjects["owes_much"]].library_id
        daemon.configure(mode="apply", quick_every="off", more=f'[scope]\nlibraries = ["{one}"]')
        daemon.send(signal.SIGHUP)
        eventually(lambda: daemon.full_cycles() == 2)
        last = daemon.logged("cycle done")[-1]
        assert 0 < last["additions"] < everybody
        assert last["mode"] == "dry-run"
        assert daemon.logged("some settings change at the next start only")[0]["settings"] == ["mode"]

        daemon.settings.write_text("nonsense = 1\n")
        daemon.send(signal.SIGHUP)
        eventually(lambda: ("settings-refused", "", "begun") in daemon.alerts())
        assert "nonsense" in str(daemon.health()["settings_refused"])
        assert daemon.metric("cardwarden_settings_refused") == 1
        assert daemon.health()["alerts"] == ["settings-refused"]
        assert daemon.stop() == 0


def test_a_daemon_that_lost_its_journal_to_another_ends_and_writes_no_more(
    koha: StandinKoha, library: Library, tmp_path: Path
) -> None:
    with running(tmp_path / "d", koha) as daemon:
        daemon.approve_what_waits()
        assert daemon.process is not None
        with closing(sqlite3.connect(tmp_path / "d" / "journal.db", isolation_level=None)) as another:
            another.execute("UPDATE lease SET token = 'another', owner = 'another daemon' WHERE token IS NOT NULL")
            lost = library.subjects["owes_little"]
            assert daemon.process.wait(40) == 1
            assert daemon.logged("the journal was taken by another, so this daemon ends")
            library.charge(lost, "OVERDUE", "900.00")
            (seat,) = another.execute("SELECT owner FROM lease WHERE id = 3").fetchone()
        assert seat == "another daemon", "it lets go of nothing that is another's"
        assert lost not in blocked(library)
        daemon.process = None


def test_a_quiet_quick_cycle_asks_twice(koha: StandinKoha, library: Library, tmp_path: Path) -> None:
    with running(tmp_path / "d", koha, mode="dry-run") as daemon:
        eventually(lambda: len(daemon.logged("cycle done")) >= 2)
        asked = _asked(koha)
        before, cycles = len(asked), len(daemon.logged("cycle done"))
        eventually(lambda: len(daemon.logged("cycle done")) >= cycles + 2)
        daemon.stop()
    paths = _asked(koha)[before:]
    quick = len([path for path in paths if "changed_since" in path])
    assert quick >= 2
    assert len(paths) <= 2 * quick + 1
    assert {path.partition("?")[0].rpartition("/")[2] for path in paths} == {"status", "patrons"}


def test_it_does_not_start_where_other_machines_could_read_without_a_token(koha: StandinKoha, tmp_path: Path) -> None:
    with running(tmp_path / "d", koha, start=False) as daemon:
        daemon.settings.write_text('[listen]\nhost = "0.0.0.0"\nport = 0\n')
        refused = daemon.second()
        assert refused.code == 1
        assert "a token is needed" in refused.err


def _asked(koha: StandinKoha) -> list[str]:
    return [entry.path for entry in koha.log.entries]
