"""One at a time: who may write beside whom."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from sidecar import wiring
from sidecar.cycle.world import World
from sidecar.errors import Busy
from sidecar.ports import Journal, Mode
from sidecar.settings import load_settings
from sidecar.store import open_journal
from sidecar.wiring import turns
from tests.conftest import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def journals(tmp_path: Path, clock: FrozenClock) -> Iterator[tuple[Journal, Journal]]:
    """One journal, opened twice: by a daemon, and by somebody else."""
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with open_journal(url, clock=clock) as one, open_journal(url, clock=clock) as other:
        yield one, other


def world(journal: Journal, clock: FrozenClock) -> World:
    return World(source=None, target=None, journal=journal, clock=clock)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_second_daemon_is_refused_and_the_first_is_named(
    journals: tuple[Journal, Journal], clock: FrozenClock, mode: Mode
) -> None:
    one, other = journals
    with wiring.only_daemon(one, clock, mode):
        second = wiring.only_daemon(other, clock, mode)
        with pytest.raises(Busy, match="in use by `cardwarden daemon`"):
            second.__enter__()
    with wiring.only_daemon(other, clock, mode):
        pass


def test_beside_a_daemon_that_writes_nothing_else_writes_but_a_release(
    journals: tuple[Journal, Journal], clock: FrozenClock
) -> None:
    daemon, hand = journals
    with wiring.only_daemon(daemon, clock, Mode.APPLY):
        by_hand = wiring.holding(world(hand, clock), Mode.APPLY)
        with pytest.raises(Busy, match="cardwarden daemon"):
            by_hand.__enter__()
        with wiring.holding(world(hand, clock), Mode.DRY_RUN):
            pass
        with wiring.holding(world(hand, clock), Mode.APPLY, beside_daemon=True):
            pass


def test_beside_a_daemon_in_dry_run_one_may_apply_by_hand(
    journals: tuple[Journal, Journal], clock: FrozenClock
) -> None:
    daemon, hand = journals
    with (
        wiring.only_daemon(daemon, clock, Mode.DRY_RUN),
        wiring.holding(world(hand, clock), Mode.APPLY),
    ):
        pass


def test_a_release_and_a_cycle_take_turns(
    journals: tuple[Journal, Journal], clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", timedelta(seconds=0.3))
    daemon, hand = journals
    with wiring.holding(world(daemon, clock), Mode.APPLY, beside_daemon=True):
        release = wiring.holding(world(hand, clock), Mode.APPLY, beside_daemon=True)
        with pytest.raises(Busy):
            release.__enter__()
    with wiring.holding(world(hand, clock), Mode.APPLY, beside_daemon=True):
        pass


def test_whoever_waits_for_a_turn_says_so_once_and_for_whom(
    journals: tuple[Journal, Journal],
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(turns, "SAID_AFTER", 0.1)
    daemon, hand = journals
    cycle = wiring.holding(world(daemon, clock), Mode.APPLY, beside_daemon=True)
    cycle.__enter__()
    slept: list[float] = []

    def until_the_cycle_ends(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)
        if len(slept) == 3:
            cycle.__exit__(None, None, None)

    with wiring.holding(world(hand, clock), Mode.APPLY, beside_daemon=True, sleep=until_the_cycle_ends):
        pass
    (said,) = caplog.messages
    assert "is in use by `" in said
    assert said.endswith("Waiting up to 30 s.")
    assert len(slept) == 3


def test_the_lease_of_a_daemon_that_says_nothing_more_runs_out_and_the_next_one_goes_on(
    journals: tuple[Journal, Journal], clock: FrozenClock
) -> None:
    one, other = journals
    silent = wiring.only_daemon(one, clock, Mode.APPLY)
    silent.__enter__()
    clock.at += wiring.DAEMON_LEASE - timedelta(seconds=1)
    one.renew(clock.now())
    clock.at += wiring.DAEMON_LEASE - timedelta(seconds=1)
    second = wiring.only_daemon(other, clock, Mode.APPLY)
    with pytest.raises(Busy):
        second.__enter__()
    clock.at += timedelta(seconds=2)
    with wiring.only_daemon(other, clock, Mode.APPLY), pytest.raises(Busy):
        one.renew(clock.now())
    silent.__exit__(None, None, None)


def test_the_state_file_lies_beside_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", f"sqlite:///{tmp_path / 'j.db'}")
    empty = tmp_path / "sidecar.toml"
    empty.touch()
    loaded = load_settings(empty)
    with wiring.opened_journal(loaded) as journal:
        assert wiring.state_file(loaded, journal, "alerts") == tmp_path / "j.db.alerts"
