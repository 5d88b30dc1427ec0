"""The daemon's looks at the gates: after full cycles that wrote, beside them, and again while something is in doubt."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from adapters.standin.sip2 import StandinGate
from sidecar.serve.gates import GateWatch
from sidecar.serve.pages.server import build_pages, listening
from sidecar.serve.worker import House, Worker
from sidecar.settings import ListenSettings
from tests.gates.conftest import flag_hidden
from tests.serve.house import LOG, Serving, serving
from tests.serve.running import blocked, eventually, running

GATE = """
[gates.sip2]
host     = "127.0.0.1"
port     = {port}
user     = "selfcheck"
password = "selfcheck-pin"
timeout  = 2
"""


@pytest.fixture
def gate(library: Library) -> Iterator[StandinGate]:
    with StandinGate(library) as gate:
        yield gate


@pytest.fixture
def house(koha: StandinKoha, tmp_path: Path, gate: StandinGate) -> Iterator[Serving]:
    with serving(tmp_path, koha, more=GATE.format(port=gate.port)) as house:
        yield house


@pytest.fixture
def watch(house: Serving) -> GateWatch:
    """After the first day, of which the gates were not asked yet."""
    watch = GateWatch(house.configuration, house.clock, house.stop, house.events)
    house.tick()
    house.approve()
    house.tick()
    return watch


def counted(house: Serving) -> dict[str, float]:
    results = ("equal", "gate_open", "closed_by_another", "no_answer")
    found = {name: house.metric(f'cardwarden_gate_cards{{gate="sip2",result="{name}"}}') for name in results}
    return {name: number for name, number in found.items() if number}


def look(watch: GateWatch) -> bool:
    watch.want()
    return watch.look()


def page(house: Serving) -> str:
    with listening(build_pages(house.shown, None), ListenSettings(port=0)) as port:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=10).text


def test_a_full_cycle_that_wrote_asks_for_a_look_and_one_that_did_not_asks_for_none(house: Serving) -> None:
    asked: list[str] = []
    worker = Worker(
        House(house.configuration, house.journal, house.clock, house.stop, house.pulse),
        house.events,
        LOG,
        changed=lambda: None,
        wrote=lambda: asked.append(str(house.board.now.last_kind)),
    )
    worker.scheduled()
    assert asked == []  # all is held back on the first day
    house.approve()
    worker.tick()
    assert asked == ["full"]
    house.library.pay(house.library.subjects["owes_much"])
    worker.tick()  # a quick one that writes
    worker.scheduled()
    assert asked == ["full"]
    worker.close()


def test_what_the_gates_said_is_counted_and_on_the_page(watch: GateWatch, house: Serving) -> None:
    assert look(watch) is False
    assert counted(house) == {"equal": 40}
    assert "Gate sip2" in page(house)
    assert "40 as in force" in page(house)
    assert house.standing() == []
    assert house.metric('cardwarden_gate_unreachable{gate="sip2"}') == 0


def test_a_sample_is_as_large_as_the_settings_say(watch: GateWatch, house: Serving) -> None:
    house.settings.write_text(house.settings.read_text() + "[verify]\nblocks = 3\nreleases = 0\ncontrols = 2\n")
    house.worker.reload()
    look(watch)
    assert counted(house) == {"equal": 5}


def test_an_open_gate_is_told_and_the_cards_in_doubt_are_asked_again_until_it_is_shut(
    watch: GateWatch, house: Serving
) -> None:
    (last,) = sorted(blocked(house.library))[-1:]
    with flag_hidden(house.library, last):
        assert look(watch) is True
        assert counted(house) == {"equal": 39, "gate_open": 1}
        assert house.standing() == [("gate-open", "sip2")]
        assert "1 block does not hold at gate sip2" in page(house)
        assert watch.look() is True  # that card alone
        assert counted(house) == {"equal": 39, "gate_open": 1}
    assert watch.look() is False
    assert counted(house) == {"equal": 40}
    assert house.standing() == []


def test_a_gate_that_cannot_be_asked_is_told_after_some_tries_and_ends_no_cycle(
    watch: GateWatch, house: Serving, gate: StandinGate
) -> None:
    look(watch)
    house.settings.write_text(house.settings.read_text().replace(str(gate.port), "1"))
    house.worker.reload()
    for _ in range(2):
        assert look(watch) is True
        assert house.standing() == []
    assert look(watch) is True
    assert house.standing() == [("gate-unreachable", "sip2")]
    assert "3 times in a row" in page(house)
    assert house.metric('cardwarden_gate_unreachable{gate="sip2"}') == 1
    assert house.tick() == "quick done"
    assert house.shown.not_ready() == []
    house.settings.write_text(house.settings.read_text().replace("port     = 1\n", f"port     = {gate.port}\n"))
    house.worker.reload()
    assert watch.look() is False
    assert house.standing() == []


def test_a_koha_that_does_not_answer_just_then_is_said_and_tried_again(watch: GateWatch, house: Serving) -> None:
    house.koha.faults.add(parse_fault("error=503"))
    assert look(watch) is True
    assert "could not be asked" in page(house)
    assert counted(house) == {}
    house.koha.faults.clear()
    assert watch.look() is False
    assert counted(house) == {"equal": 40}
    assert "could not be asked" not in page(house)


def test_a_mistake_of_our_own_ends_nothing(watch: GateWatch, house: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("sidecar.serve.gates.verify", broken)
        assert look(watch) is True
    assert "a mistake in Cardwarden: ZeroDivisionError" in str(house.board.now.gates_unread)
    assert watch.look() is False


def test_it_can_be_switched_off_and_what_was_told_of_gates_is_over_then(watch: GateWatch, house: Serving) -> None:
    (last,) = sorted(blocked(house.library))[-1:]
    with flag_hidden(house.library, last):
        look(watch)
        house.settings.write_text(house.settings.read_text() + "[verify]\nafter_full = false\n")
        house.worker.reload()
        assert watch.look() is False
    assert house.standing() == []
    assert house.board.now.gates == {}


def test_the_daemon_asks_in_a_thread_of_its_own(koha: StandinKoha, gate: StandinGate, tmp_path: Path) -> None:
    with running(tmp_path / "daemon", koha, more=GATE.format(port=gate.port)) as daemon:
        daemon.approve_what_waits()
        eventually(lambda: daemon.logged("gate asked"))
        (asked,) = daemon.logged("gate asked")
        assert (asked["gate"], asked["equal"]) == ("sip2", 40)
        assert daemon.metric('cardwarden_gate_cards{gate="sip2",result="equal"}') == 40
        assert daemon.stop() == 0


def test_a_gate_that_says_nothing_delays_neither_cycles_nor_the_end(koha: StandinKoha, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        more = GATE.format(port=silent.getsockname()[1]).replace("timeout  = 2", "timeout  = 100")
        with running(tmp_path / "daemon", koha, more=more) as daemon:
            daemon.approve_what_waits()
            done = daemon.cycles()
            eventually(lambda: daemon.cycles() >= done + 2)
            assert daemon.stop() == 0
