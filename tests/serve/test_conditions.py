"""What is told of cycles that fail, of cycles that do not come, and of a pause that lasts."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.core.policy import Policy
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.errors import IlsUnreachable
from sidecar.serve.state import local
from tests.serve.house import Serving, serving
from tests.serve.running import eventually, running


def full_ones_fail(world: World, policy: Policy, order: Order) -> Findings:
    """As in a Koha whose long answers a proxy cuts off."""
    if order.quick is None:
        raise IlsUnreachable("Koha answered 503.")
    return run_once(world, policy, order)


@pytest.fixture
def library() -> Library:
    return build_library(120)


def test_full_cycles_that_fail_are_told_however_well_the_quick_ones_do(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sidecar.serve.worker.run_once", full_ones_fail)
        for _ in range(3):
            house.worker.scheduled()
            assert house.board.now.last_outcome == "failed"
            assert house.tick() == "quick done"
    assert house.standing() == [("failing", "full")]
    assert house.metric('cardwarden_failures_in_a_row{kind="full"}') == 3
    assert house.metric('cardwarden_failures_in_a_row{kind="quick"}') == 0
    (reason,) = house.shown.not_ready()
    assert reason.startswith("3 full cycles have failed in a row, the last at ")
    assert "503" in reason
    house.worker.scheduled()
    assert (house.standing(), house.shown.not_ready()) == ([], [])


def test_the_latest_reason_is_the_one_that_is_told(house: Serving) -> None:
    for fault in ("error=503", "html"):
        house.koha.faults.clear()
        house.koha.faults.add(parse_fault(fault))
        house.tick(3)
    (alert,) = (one.alert for one in house.alerts.begun())
    assert alert.summary.startswith("6 quick cycles have failed in a row")
    assert str(house.board.now.last_error) in alert.summary
    assert "503" not in alert.summary


def test_failures_that_come_seldom_are_told_by_the_time_they_go_on(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more="[alerts]\nfailures = 100") as house:
        house.tick()
        koha.faults.add(parse_fault("error=503"))
        house.tick()
        house.tick(minutes=14)
        assert house.standing() == [("held-back", "first_cycle")]
        house.tick(minutes=1, seconds=1)
        assert ("failing", "quick") in house.standing()


def test_no_good_cycle_of_any_kind_for_a_quarter_of_an_hour_is_told(house: Serving) -> None:
    assert house.metric("cardwarden_overdue_after_seconds") == 900
    house.events.watch(house.clock.now() + timedelta(minutes=14, seconds=55))
    assert house.standing() == []
    house.clock.ahead += timedelta(minutes=16)
    house.events.watch(house.clock.now())
    assert house.standing() == [("no-cycle", "")]
    assert house.shown.not_ready()[0].startswith("no cycle has come to a good end since ")
    house.tick()
    assert (house.standing(), house.shown.not_ready()) == ([], [])


def test_without_quick_cycles_none_is_overdue(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more='[schedule]\nquick_every = "off"', mode="dry-run") as house:
        house.tick()
        house.events.watch(house.clock.now() + timedelta(hours=20))
        assert house.standing() == []
        assert house.metric("cardwarden_overdue_after_seconds") is None


def test_quick_cycles_that_failed_and_were_switched_off_are_over_with_the_next_full_one(house: Serving) -> None:
    house.koha.faults.add(parse_fault("error=503"))
    house.tick(3)
    assert house.standing() == [("failing", "quick")]
    house.koha.faults.clear()
    house.settings.write_text('mode = "apply"\n[schedule]\nquick_every = "off"\n')
    house.worker.reload()
    assert house.standing() == []
    assert house.board.now.failures == {}


def test_a_journal_that_fails_before_a_cycle_is_asked_for_is_over_with_the_next_good_one_of_any_kind(
    house: Serving,
) -> None:
    house.events.cycle_failed("unbegun", OSError(), "the journal is locked", 0.1, house.clock.now())
    assert list(house.board.now.failures) == ["unbegun"]
    assert house.tick() == "quick done"
    assert house.board.now.failures == {}


def test_what_a_daemon_before_this_one_refused_is_over_once_it_has_started(house: Serving) -> None:
    house.settings.write_text("nonsense = 1\n")
    house.worker.reload()
    house.policy.write_text("nonsense")
    house.tick()
    assert house.standing() == [("settings-refused", ""), ("policy-refused", "")]
    house.events.started(house.clock.now())
    assert house.standing() == []


def test_a_daemon_started_with_good_settings_tells_that_those_refused_before_are_so_no_longer(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with running(tmp_path / "d", koha, mode="dry-run") as daemon:
        daemon.settings.write_text("nonsense = 1\n")
        daemon.send(signal.SIGHUP)
        eventually(lambda: ("settings-refused", "", "begun") in daemon.alerts())
        assert daemon.stop() == 0
        daemon.configure(mode="dry-run")
        daemon.start()
        eventually(lambda: ("settings-refused", "", "over") in daemon.alerts())
        assert daemon.stop() == 0


def test_a_pause_is_told_when_it_lasts_and_is_over_when_writing_goes_on(house: Serving) -> None:
    since = house.clock.now()
    house.journal.pause(since)
    house.tick()
    assert house.board.now.paused_since == since
    assert (house.standing(), house.shown.not_ready()) == ([], [])
    for minutes, standing in ((-1, []), (1, [("paused", "")])):
        house.clock.ahead = timedelta(hours=4, minutes=minutes)
        house.tick()
        assert house.standing() == standing
    assert house.shown.not_ready() == []
    (alert,) = house.alerts.begun()
    assert local(since, house.configuration.policy.policy.time_zone) in alert.alert.summary
    house.journal.resume()
    house.tick()
    assert house.standing() == []


def test_a_pause_is_seen_though_no_cycle_is_due(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more='[schedule]\nquick_every = "off"') as house:
        house.tick()
        house.journal.pause(house.clock.now())
        house.tick()
        assert house.board.now.paused_since is not None
