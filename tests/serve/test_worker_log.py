"""What the daemon's log says around its cycles: why a full one ran, how long it took, what broke."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.errors import JournalError
from sidecar.ports import PersonalAct, Phase
from tests.serve.house import Serving, serving
from tests.serve.running import POLICY


@pytest.fixture
def library() -> Library:
    return build_library(120)


def reasons(logs: list) -> list[str]:
    return [entry["reason"] for entry in logs if entry["event"] == "full cycle"]


def test_each_full_cycle_is_logged_with_its_reason(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house, capture_logs() as logs:
        house.tick()
        house.approve()
        house.tick()
        house.worker.scheduled()
        house.policy.write_text(POLICY.format(block_at="200.00"))
        house.tick()
        house.journal.pause(house.clock.now())
        house.tick()
        house.journal.resume()
        house.tick()
        house.library.pause_plugin(paused=True)
        house.tick()
        house.library.pause_plugin(paused=False)
        house.tick(2)
        house.journal.record_act(PersonalAct.DRIFT_ACCEPT, "abc", house.clock.now(), "12 blocks")
        house.tick()
        house.settings.write_text('mode = "apply"\n[brakes]\nadditions = { absolute = 7 }\n')
        house.worker.reload()
        house.tick(hours=27)
    assert reasons(logs) == [
        "the daemon has started",
        "an approval waits",
        "it is time for one",
        "the policy has changed",
        "writing was resumed",
        "writing was resumed in Koha",
        "drift was accepted",
        "the settings have changed",
        "the last one is too long ago",
    ]


def test_cycles_are_logged_and_counted_with_the_seconds_that_they_took(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:
        house.worker.scheduled()
    (done,) = [entry for entry in logs if entry["event"] == "cycle done"]
    assert 0 < done["seconds"] < 600
    assert 0 < sum(done[f"{phase}_ms"] for phase in Phase) <= done["seconds"] * 1000
    for phase in Phase:
        assert house.metric(f'cardwarden_cycle_phase_seconds_count{{kind="full",phase="{phase}"}}') == 3
    house.koha.faults.add(parse_fault("error=503"))
    house.tick()
    monkeypatch.setattr("sidecar.serve.worker.run_once", lambda *_: house.stop.set() or house.worker._sleep(0))
    house.koha.faults.clear()
    house.tick()
    for kind, cycles in {"full": 3, "quick": 2}.items():
        assert house.metric(f'cardwarden_cycle_duration_seconds_count{{kind="{kind}"}}') == cycles
        spent = house.metric(f'cardwarden_cycle_duration_seconds_sum{{kind="{kind}"}}')
        assert spent is not None
        assert 0 < spent < 600


def test_a_mistake_is_logged_by_its_kind_and_place_and_without_its_words(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise KeyError("Karen Blixen")

    monkeypatch.setattr("sidecar.serve.worker.run_once", broken)
    with capture_logs() as logs:
        house.tick()
    broke, failed = logs
    assert (broke["event"], broke["error"]) == ("cycle broke", "a mistake in Cardwarden: KeyError")
    assert broke["where"][-1].endswith(" broken")
    assert (failed["event"], failed["kind"]) == ("cycle failed", "quick")
    assert "Karen" not in str(logs)


def test_what_breaks_off_while_it_stops_is_in_the_log_all_the_same(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        house.stop.set()
        raise KeyError("Karen Blixen")

    monkeypatch.setattr("sidecar.serve.worker.run_once", broken)
    with capture_logs() as logs:
        house.tick()
    said = logs[-1]
    assert (said["event"], said["error"]) == ("cycle broke off while stopping", "a mistake in Cardwarden: KeyError")


def test_a_failure_before_any_cycle_was_asked_for_is_of_no_kind(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise JournalError("The journal is locked.")

    monkeypatch.setattr(type(house.journal), "paused_since", property(lambda _: away()))
    with capture_logs() as logs:
        house.tick()
    assert [(entry["event"], entry.get("kind")) for entry in logs] == [("cycle failed", "unbegun")]


def test_settings_that_need_a_restart_are_named_in_the_log(house: Serving) -> None:
    house.settings.write_text('mode = "dry-run"\n[brakes]\nadditions = { absolute = 0 }\n')
    with capture_logs() as logs:
        house.worker.reload()
    said = {entry["event"]: entry for entry in logs}
    assert said["settings read again"]["changed"] == ["brakes"]
    assert said["some settings change at the next start only"]["settings"] == ["mode"]


def test_what_was_forgotten_is_logged_and_what_could_not_be_is_no_failure(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.journal, "prune", lambda *_: {"evidence": 3, "cycles": 0})
    with capture_logs() as logs:
        house.worker.scheduled()
    assert {"event": "journal pruned", "log_level": "info", "evidence": 3, "cycles": 0} in logs

    monkeypatch.setattr(house.journal, "prune", lambda *_: {"evidence": 0, "cycles": 0})
    with capture_logs() as logs:
        house.worker.scheduled()
    assert "journal pruned" not in [entry["event"] for entry in logs]

    def locked(*_: object) -> None:
        raise JournalError("The journal is locked.")

    monkeypatch.setattr(house.journal, "prune", locked)
    with capture_logs() as logs:
        house.worker.scheduled()
    assert {"event": "journal not pruned", "log_level": "warning", "error": "The journal is locked."} in logs
    assert house.board.now.last_outcome == "done"


def test_a_cycle_that_was_stopped_is_logged_with_its_kind(house: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sidecar.serve.worker.run_once", lambda *_: house.stop.set() or house.worker._sleep(0))
    with capture_logs() as logs:
        house.tick()
    assert [entry["kind"] for entry in logs if entry["event"] == "cycle stopped"] == ["quick"]
