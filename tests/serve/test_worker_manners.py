"""What the worker does around its cycles: connections, stops, failures, retention; and what a daemon knows at once."""

from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.http.tokens import TOKEN_PATH
from sidecar import wiring
from sidecar.errors import IlsUnreachable, JournalError, Stopped
from sidecar.ports import Mode
from sidecar.serve.alerts.delivery import Delivery
from sidecar.serve.daemon import Daemon, _first_state
from sidecar.serve.liveness.lastresort import LastResort
from sidecar.serve.liveness.systemd import Supervisor
from sidecar.serve.worker import House
from tests.serve.house import LOG, Serving, serving
from tests.serve.running import POLICY, blocked


def asked(house: Serving) -> list[str]:
    return [entry.path.partition("?")[0] for entry in house.koha.log.entries]


def stopped_by(house: Serving, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Told to stop in the middle of a cycle, which then breaks off with this error."""

    def broken(*_arguments: object) -> None:
        house.stop.set()
        raise error

    monkeypatch.setattr("sidecar.serve.worker.run_once", broken)
    house.tick()


def test_a_failure_is_followed_by_a_new_connection(house: Serving) -> None:
    house.tick()
    house.koha.faults.add(parse_fault("error=503"))
    house.tick()
    house.koha.faults.clear()
    before = len(asked(house))
    assert house.tick() == "quick done"
    assert asked(house)[before:].count(TOKEN_PATH) == 1


def test_a_full_cycle_begins_with_a_new_connection_and_a_quick_one_does_not(house: Serving) -> None:
    before = len(asked(house))
    house.tick()
    assert TOKEN_PATH not in asked(house)[before:]
    house.worker.scheduled()
    assert asked(house)[before:].count(TOKEN_PATH) == 1


def test_a_cycle_that_was_stopped_while_it_read_is_counted_as_such_and_is_no_failure(house: Serving) -> None:
    stop, beats = house.stop, []

    def stop_at_the_first_page(_part: object) -> None:
        beats.append(1)
        if len(beats) == 2:
            stop.set()

    house.pulse.beat = stop_at_the_first_page  # type: ignore[method-assign]
    house.tick()
    assert house.metric('cardwarden_cycles_total{kind="quick",outcome="stopped"}') == 1
    assert house.board.now.failures == {}
    assert house.board.now.last_error is None


def test_what_breaks_off_because_it_is_told_to_stop_is_no_failure(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_by(house, monkeypatch, IlsUnreachable("no answer"))
    assert house.board.now.failures == {}


def test_a_journal_that_fails_while_it_stops_is_one_all_the_same(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_by(house, monkeypatch, JournalError("The journal is locked."))
    assert house.board.now.last_error == "The journal is locked."


def test_an_approval_whose_writes_were_not_all_answered_asks_for_another_full_cycle(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha, more="[koha]\nread_timeout = 0.3") as house:
        house.tick()
        house.approve()
        koha.faults.add(parse_fault("timeout-after-write=1"))
        assert house.tick() == "full pending"
        assert blocked(koha.library), "they were written, and the answer was lost"
        assert house.journal.open_intents()
        assert house.tick() == "full done"
        assert house.journal.open_intents() == []
        assert house.tick() == "quick done"


def test_waiting_for_another_try_ends_when_it_is_told_to_stop(house: Serving) -> None:
    house.worker._sleep(0.01)  # it ends by itself too
    house.stop.set()
    with pytest.raises(Stopped, match=r"^The daemon was told to stop while it waited\.$"):
        house.worker._sleep(600)


def test_its_cycles_write_beside_the_daemon_s_own_seat(house: Serving) -> None:
    with wiring.only_daemon(house.journal, house.clock, Mode.APPLY):
        assert house.tick() == "quick done"


def test_what_is_old_is_forgotten_after_a_full_cycle_and_after_no_quick_one(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[tuple[datetime, datetime]] = []

    def prune(*limits: Any) -> dict[str, int]:
        pruned.append(limits)
        return {}

    monkeypatch.setattr(house.journal, "prune", prune)
    house.tick()
    assert pruned == []
    house.worker.scheduled()
    (limits,) = pruned
    assert [(house.clock.now() - limit).days for limit in limits] == [30, 90]


def test_a_daemon_that_starts_anew_knows_its_last_full_cycle(house: Serving) -> None:
    state = _first_state(house.configuration, house.journal, house.clock.now())
    assert state.last_full == house.board.now.last_full
    assert state.last_full is not None


def test_after_each_call_the_board_has_the_next_time_of_day(house: Serving) -> None:
    with LastResort(0.0, print) as resort:
        daemon = Daemon(
            House(house.configuration, house.journal, house.clock, house.stop, house.pulse),
            house.board,
            house.metrics,
            house.alerts,
            Delivery(house.alerts, [], LOG),
            LOG,
            SimpleQueue[str](),
            supervisor=Supervisor(None, None),
            resort=resort,
        )
        daemon._use_schedule()
        assert house.board.now.next_full is None
        daemon._then_tell(lambda: None)
    found = house.board.now.next_full
    assert found is not None
    zone = house.configuration.policy.policy.time_zone
    assert f"{found.astimezone(zone):%H:%M}" == "03:15"


def test_while_writing_is_paused_an_approval_waits_and_makes_no_endless_full_cycles(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha) as house:
        house.tick()
        house.approve()
        house.journal.pause(house.clock.now())
        house.tick(3)
        assert house.kinds() == ["full", "quick", "quick", "quick"]
        house.journal.resume()
        assert house.tick() == "full done"


def test_after_a_change_of_settings_no_quick_cycle_comes_before_a_full_one_though_that_fails(house: Serving) -> None:
    house.settings.write_text('mode = "apply"\n[koha]\nwrite_batch = 7\n')
    house.koha.faults.add(parse_fault("error=503"))
    house.worker.reload()
    house.koha.faults.clear()
    before = house.kinds()
    assert before[-1] == "full"
    house.tick(2)
    assert house.kinds() == before, "what was seen of another Koha, or with another scope, counts no longer"


def test_a_pause_that_began_while_a_cycle_did_is_on_the_board_at_its_end(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = house.journal.begin_cycle

    def paused_before(*arguments: Any) -> int:
        house.journal.pause(house.clock.now())
        return begin(*arguments)

    monkeypatch.setattr(house.journal, "begin_cycle", paused_before)
    house.tick()
    assert house.board.now.paused_since is not None


def test_what_does_not_fit_is_logged_when_it_is_new_and_not_every_minute(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house, capture_logs() as logs:
        house.policy.write_text(POLICY.format(block_at="225.00").replace("DKK", "EUR"))
        house.tick(3)
    assert len([entry for entry in logs if entry["event"] == "the policy does not fit Koha"]) == 1


def test_where_only_full_cycles_are_possible_none_is_overdue_in_between(
    plain_koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, plain_koha, mode="dry-run") as house:
        house.tick()
        assert house.board.now.overdue_after is None
        assert not house.board.now.is_overdue(house.clock.now() + timedelta(hours=5))
