"""Signs of life: heart beats, calls that may hang, what systemd hears, and the end whatever hangs."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import Queue
from uuid import uuid4

import pytest
import requests

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from sidecar.errors import JournalError
from sidecar.serve.liveness.aside import Aside, Late
from sidecar.serve.liveness.lastresort import LastResort
from sidecar.serve.liveness.pulse import Part, Pulse, longest_rests
from sidecar.serve.liveness.systemd import ALIVE, READY, Supervisor
from sidecar.serve.pages.server import build_pages, listening
from sidecar.settings import ListenSettings, ScheduleSettings, Settings
from sidecar.settings.sections import KohaSettings
from tests.serve.house import Serving, serving
from tests.serve.running import eventually

HOUR = timedelta(hours=1).total_seconds()
TOKEN = "a-token-of-some-length"


class HandTime:
    """Seconds that are moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> HandTime:
    return HandTime()


# Heart beats.


def test_a_part_that_beats_is_alive_and_one_that_has_not_for_too_long_is_named(time: HandTime) -> None:
    pulse, rests = Pulse(time), longest_rests(Settings())
    time.now += 119
    pulse.beat(Part.CYCLES)
    assert pulse.stopped(rests) == []
    time.now += 2
    assert pulse.stopped(rests) == ["watch: no sign of life for 2 minutes"]
    time.now += HOUR
    pulse.beat(Part.WATCH)
    assert pulse.stopped(rests) == ["cycles: no sign of life for 60 minutes"]
    pulse.beat(Part.CYCLES)
    assert pulse.stopped(rests) == []


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        (Settings(), 660),
        (Settings(schedule=ScheduleSettings(quick_every="1h")), 4200),
        (Settings(schedule=ScheduleSettings(quick_every="off")), 660),
        (Settings(koha=KohaSettings(read_timeout=600.0)), 1565),
    ],
)
def test_cycles_may_rest_as_long_as_their_interval_and_their_requests_last(settings: Settings, seconds: float) -> None:
    assert longest_rests(settings)[Part.CYCLES] == seconds


def test_a_long_cycle_beats_at_each_page_and_request(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run", more="[koha]\npage_size = 10") as house:
        beats: list[Part] = []
        house.pulse.beat = beats.append  # type: ignore[method-assign]
        house.tick()
        asked = [entry for entry in koha.log.entries if entry.path.startswith("/api/v1/contrib")]
        pages = [entry for entry in asked if "/patrons?" in entry.path]
        assert len(pages) > 3
        assert len(beats) == 1 + len(asked) + len(pages), "at the beginning, at each request, after each page"
        assert set(beats) == {Part.CYCLES}


def test_waiting_between_two_tries_is_a_sign_of_life(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house:
        beats: list[Part] = []
        house.pulse.beat = beats.append  # type: ignore[method-assign]
        house.worker._sleep(0)
        assert beats == [Part.CYCLES]


@contextmanager
def answering(house: Serving, token: str | None = None) -> Iterator[str]:
    with listening(build_pages(house.shown, token), ListenSettings(port=0)) as port:
        yield f"http://127.0.0.1:{port}"


def test_health_is_503_with_the_reason_while_a_part_hangs(koha: StandinKoha, tmp_path: Path, time: HandTime) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house:
        house.pulse = Pulse(time)
        with answering(house, TOKEN) as url:
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
            time.now += HOUR
            hangs = requests.get(f"{url}/healthz", timeout=10)
            assert (hangs.status_code, hangs.json()) == (503, {"status": "hangs"})
            said = requests.get(f"{url}/healthz", timeout=10, headers=bearer)
            assert said.status_code == 503
            assert said.json()["reasons"] == [f"{part}: no sign of life for 60 minutes" for part in ("cycles", "watch")]
            assert "no sign of life" in requests.get(url, timeout=10, headers=bearer).text
            for part in Part:
                house.pulse.beat(part)
            assert requests.get(f"{url}/healthz", timeout=10).status_code == 200


# Calls that may hang.


def test_a_call_that_comes_back_gives_what_it_gave() -> None:
    assert Aside("test", lambda: 7).ask(10) == 7


def test_a_call_s_error_is_the_asker_s() -> None:
    def broken() -> None:
        raise JournalError("The journal is locked.")

    with pytest.raises(JournalError, match="locked"):
        Aside("test", broken).ask(10)


def test_a_call_that_hangs_is_late_for_everybody_and_no_second_one_is_made() -> None:
    calls, go = Queue[int](), threading.Event()

    def hangs() -> str:
        calls.put(1)
        go.wait()
        return "at last"

    aside = Aside("test", hangs)
    for _ in range(3):
        with pytest.raises(Late):
            aside.ask(0.05)
    assert calls.qsize() == 1
    threading.Timer(0.1, go.set).start()
    assert aside.ask(10) == "at last", "who asks while it is under way gets its answer"


def test_what_nobody_waited_for_any_more_is_asked_anew() -> None:
    go, numbers = threading.Event(), iter(range(1, 9))

    def counted() -> int:
        number = next(numbers)
        if number == 1:
            go.wait()
        return number

    aside = Aside("test", counted)
    with pytest.raises(Late):
        aside.ask(0.05)
    go.set()
    eventually(lambda: aside._asked is not None and aside._asked.done())
    assert aside.ask(10) == 2


# The page and a journal that hangs.


def test_the_page_does_not_wait_for_a_journal_that_hangs(
    koha: StandinKoha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr("sidecar.serve.pages.showing.reading.PATIENCE", 0.1)
    with serving(tmp_path, koha, mode="dry-run") as house:
        house.tick()
        cycles = house.journal.cycles

        def hangs(limit: int) -> object:
            go.wait()
            return cycles(limit)

        monkeypatch.setattr(house.journal, "cycles", hangs)
        with answering(house) as url:
            for _ in range(2):
                page = requests.get(url, timeout=10)
                assert page.status_code == 200
                assert "The journal does not answer" in page.text
            go.set()
            eventually(lambda: "Began" in requests.get(url, timeout=10).text)


# systemd.


@pytest.fixture(params=["a path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A manager's socket, and what it writes into NOTIFY_SOCKET."""
    name = f"@cardwarden-{uuid4()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        line.settimeout(10)
        yield line, name


def test_systemd_hears_each_word_and_the_alerts_command_inherits_nothing(manager: tuple[socket.socket, str]) -> None:
    line, name = manager
    environment = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
    supervisor = Supervisor.of(environment)
    supervisor.tell(READY)
    supervisor.tell(ALIVE)
    assert [line.recv(100), line.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
    assert supervisor.rest == 10
    assert environment == {"HOME": "/"}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "30000000"},
        {"NOTIFY_SOCKET": "/run/x"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "0"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},
    ],
)
def test_without_a_watchdog_of_ours_no_life_is_to_be_told(environment: dict[str, str]) -> None:
    assert Supervisor.of(environment).rest is None


def test_a_manager_that_is_gone_or_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    Supervisor(str(tmp_path / "gone"), 30).tell(ALIVE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "full"))
        for _ in range(1000):
            Supervisor(str(tmp_path / "full"), 30).tell(ALIVE)
        assert line.recv(100) == b"WATCHDOG=1"


# The last resort.


def test_once_armed_it_ends_the_process_with_the_first_code_it_was_given() -> None:
    ended = Queue[int]()
    with LastResort(0.05, ended.put) as resort:
        resort.arm(0)
        assert ended.get(timeout=10) == 0
        resort.arm(1)


def test_what_was_armed_stays_so_after_an_orderly_end_since_threads_may_hang() -> None:
    ended = Queue[int]()
    with LastResort(0.05, ended.put) as resort:
        resort.arm(1)
    assert ended.get(timeout=10) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_arms_it_though_the_main_thread_hears_nothing(number: signal.Signals) -> None:
    ended = Queue[int]()
    before = signal.signal(number, lambda *_arguments: None)
    try:
        with LastResort(0.05, ended.put):
            signal.raise_signal(number)
            assert ended.get(timeout=10) == 0
    finally:
        signal.signal(number, before)


def test_a_signal_to_read_the_settings_again_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Queue[int]()
    before = signal.signal(signal.SIGHUP, lambda *_arguments: None)
    try:
        with LastResort(0.0, ended.put) as resort:
            signal.raise_signal(signal.SIGHUP)
        resort._thread.join(10)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended.empty()


def test_what_was_never_armed_ends_nothing() -> None:
    ended = Queue[int]()
    with LastResort(0.0, ended.put) as resort:
        pass
    resort._thread.join(10)
    assert not resort._thread.is_alive()
    assert ended.empty()


# A journal that does not answer, as people are told of it.


def test_a_journal_that_is_silent_is_told_after_a_while_and_is_over_when_it_answers(house: Serving) -> None:
    began = house.clock.now()

    def watched(problem: str | None, **later: float) -> list[tuple[str, str]]:
        now = began + timedelta(**later)
        house.events.journal_seen(problem, now)
        house.events.watch(now)
        return house.standing()

    assert watched("It says nothing at all.") == []
    assert watched("It says nothing at all.", seconds=39) == []
    assert house.board.now.journal_silent_since == began
    assert watched("It is locked.", seconds=40) == [("no-journal", "")]
    (standing,) = house.alerts.begun()
    assert "has not answered since" in standing.text
    assert "It is locked." in standing.text
    assert "See that its database runs" in standing.text
    assert house.metric("cardwarden_journal_silent") == 1
    assert "the journal has not answered since" in house.shown.not_ready()[0]
    assert watched(None, seconds=55) == []
    assert house.shown.not_ready() == []
    assert house.metric("cardwarden_journal_silent") == 0
    assert watched("It is locked.", seconds=70) == [], "a new silence is counted from its own beginning"


def test_a_koha_that_hangs_is_no_silent_journal(house: Serving) -> None:
    house.koha.faults.add(parse_fault("error=503"))
    house.tick()
    house.events.journal_seen(None, house.clock.now())
    house.events.watch(house.clock.now() + timedelta(minutes=3))
    assert house.standing() == []
