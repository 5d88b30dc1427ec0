"""The daemon's parts put together in this process: what its watch does, what it hears, what it vouches for."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from queue import Queue, SimpleQueue

import pytest

from sidecar.errors import Busy, JournalError
from sidecar.serve.alerts.book import Standing
from sidecar.serve.alerts.delivery import Delivery
from sidecar.serve.daemon import LOST, RELOAD, STOP, Daemon
from sidecar.serve.liveness.lastresort import LastResort
from sidecar.serve.liveness.pulse import Part, Pulse
from sidecar.serve.liveness.systemd import ALIVE, READY, STOPPING, Supervisor
from sidecar.serve.worker import House
from tests.serve.house import LOG, Serving
from tests.serve.running import eventually


class Manager(Supervisor):
    """Hears each word."""

    def __init__(self, rest: float | None = None) -> None:
        super().__init__(None, None)
        self.rest = rest
        self.words: list[str] = []

    def tell(self, word: str) -> None:
        self.words.append(word)


class Channel:
    name = "command"

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, one: Standing) -> None:
        self.told.append(one.alert.cause)


@dataclass
class Parts:
    """A daemon, and what it is told and tells."""

    daemon: Daemon
    orders: "SimpleQueue[str]"
    manager: Manager
    channel: Channel
    ended: "Queue[int]"
    seconds: list[float]

    def watch(self) -> None:
        self.daemon._watch()


@pytest.fixture
def parts(house: Serving) -> Iterator[Parts]:
    seconds = [1000.0]
    house.pulse = Pulse(lambda: seconds[0])
    orders, ended, manager, channel = SimpleQueue[str](), Queue[int](), Manager(0.05), Channel()
    with LastResort(0.0, ended.put) as resort:
        daemon = Daemon(
            House(house.configuration, house.journal, house.clock, house.stop, house.pulse),
            house.board,
            house.metrics,
            house.alerts,
            Delivery(house.alerts, [channel], LOG),
            LOG,
            orders,
            supervisor=manager,
            resort=resort,
        )
        yield Parts(daemon, orders, manager, channel, ended, seconds)


def renewing(house: Serving, monkeypatch: pytest.MonkeyPatch, call: Callable[[object], None]) -> None:
    monkeypatch.setattr(house.journal, "renew", call)


def raising(error: Exception) -> Callable[[object], None]:
    def call(_at: object) -> None:
        raise error

    return call


@pytest.mark.parametrize(("told", "code"), [(STOP, 0), (LOST, 1)])
def test_the_last_resort_is_armed_whyever_it_ends(house: Serving, parts: Parts, told: str, code: int) -> None:
    parts.orders.put(told)
    assert parts.daemon.run() == code
    assert parts.ended.get(timeout=10) == code
    assert house.stop.is_set()
    assert (parts.manager.words[0], parts.manager.words[-1]) == (READY, STOPPING)


def test_the_manager_hears_of_life_only_while_all_parts_have_it(house: Serving, parts: Parts) -> None:
    parts.daemon._vouch()
    assert parts.manager.words == [ALIVE]
    parts.seconds[0] += 3600
    parts.daemon._vouch()
    assert parts.manager.words == [ALIVE]
    for part in Part:
        house.pulse.beat(part)
    parts.daemon._vouch()
    assert parts.manager.words == [ALIVE, ALIVE]


def test_the_watch_is_a_sign_of_life(house: Serving, parts: Parts) -> None:
    parts.seconds[0] += 3600
    parts.watch()
    assert house.shown.not_alive() == ["cycles: no sign of life for 60 minutes"]


def test_a_tick_is_a_sign_of_life_though_there_is_nothing_to_do(house: Serving, parts: Parts) -> None:
    house.worker._house = House(house.configuration, house.journal, house.clock, house.stop, house.pulse)
    house.stop.set()
    parts.seconds[0] += 3600
    house.worker.tick()
    assert house.shown.not_alive() == ["watch: no sign of life for 60 minutes"]


def test_a_journal_that_cannot_be_renewed_is_on_the_board_until_it_can(
    house: Serving, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        renewing(house, patched, raising(JournalError("The journal is locked.")))
        parts.watch()
        assert house.board.now.journal_problem == "The journal is locked."
        assert house.standing() == []
        house.clock.ahead += timedelta(seconds=41)
        parts.watch()
        assert house.standing() == [("no-journal", "")]
    parts.watch()
    assert (house.board.now.journal_problem, house.standing()) == (None, [])
    assert parts.orders.empty()


def test_a_journal_that_hangs_holds_up_neither_the_watch_nor_the_telling(
    house: Serving, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr("sidecar.serve.daemon._RENEWAL", 0.05)
    renewing(house, monkeypatch, lambda _at: go.wait() and None)
    delivery = parts.daemon._delivery
    delivery.start()
    for _ in range(2):
        parts.watch()
        assert house.board.now.journal_problem == "It says nothing at all."
        house.clock.ahead += timedelta(seconds=41)
    eventually(lambda: "no-journal" in parts.channel.told)
    go.set()
    delivery.stop(10)


def test_a_journal_that_another_took_ends_the_daemon(
    house: Serving, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewing(house, monkeypatch, raising(Busy("another has it")))
    parts.watch()
    assert parts.orders.get_nowait() == LOST


def test_what_it_is_told_to_read_again_is_read_and_it_goes_on(house: Serving, parts: Parts) -> None:
    house.settings.write_text(
        'mode = "apply"\n[schedule]\nquick_every = "7m"\n[alerts]\nping_url = "http://127.0.0.1:1/x"\n'
    )
    running = threading.Thread(target=parts.daemon.run, daemon=True)
    running.start()
    try:
        parts.orders.put(RELOAD)
        eventually(lambda: house.configuration.loaded.settings.schedule.quick_every == "7m")
        assert running.is_alive()
        delivery, scheduler = parts.daemon._delivery, parts.daemon._scheduler
        eventually(lambda: delivery._channels == {} and delivery._ping is not None)
        eventually(lambda: scheduler._ticks._seconds == 7 * 60)
        eventually(lambda: parts.manager.words.count(ALIVE) >= 2)
    finally:
        parts.orders.put(STOP)
        running.join(30)
    assert not running.is_alive()
