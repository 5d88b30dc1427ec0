"""What the daemon answers over HTTP, and to whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.errors import JournalError, SettingsError
from sidecar.ports import CycleOutcome, Mode
from sidecar.serve.pages.server import build_pages, listening
from sidecar.serve.pages.showing.overview import SHOWN
from sidecar.serve.state import State, limits_of, local
from sidecar.settings import ListenSettings
from tests.serve.house import Serving, serving

TOKEN = "a-token-of-some-length"
PAGES = ("/", "/healthz", "/readyz", "/metrics")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One daemon whose first plan waits for approval."""
    with StandinKoha(build_library(120)) as koha, serving(tmp_path_factory.mktemp("pages"), koha) as house:
        house.tick(3)
        yield house


@contextmanager
def answering(house: Serving, token: str | None = None) -> Iterator[str]:
    with listening(build_pages(house.shown, token), ListenSettings(port=0)) as port:
        yield f"http://127.0.0.1:{port}"


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=10)


def test_the_page_says_what_waits_and_which_command_lets_it_go(shared: Serving) -> None:
    with answering(shared) as url:
        page = get(url)
    digest = shared.board.now.waiting[0].digest
    assert page.status_code == 200
    assert f"cardwarden approve {digest[:12]}" in page.text
    assert "This needs you" in page.text
    assert "2 quick cycles that found nothing to do" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_loads_itself_anew_only_for_whoever_asked_for_it(shared: Serving) -> None:
    with answering(shared) as url:
        page, kept = get(url).text, get(f"{url}/?current=1").text
    assert 'http-equiv="refresh"' not in page
    assert 'href="./?current=1"' in page
    assert '<meta http-equiv="refresh" content="60; url=./?current=1">' in kept


@pytest.mark.parametrize(
    ("accepted", "language", "said"),
    [
        ("da-DK,da;q=0.9,en;q=0.8", "da", "Dette kræver dig"),
        ("de", "de", "Das braucht Sie"),
        ("fi,sv;q=0.5", "sv", "Detta kräver dig"),
        ("fi", "en", "This needs you"),
    ],
)
def test_the_page_is_in_the_language_that_the_browser_asks_for(
    shared: Serving, accepted: str, language: str, said: str
) -> None:
    with answering(shared) as url:
        page = get(url, **{"Accept-Language": accepted})
        assert get(f"{url}/readyz", **{"Accept-Language": accepted}).json()["status"] == "ready"
    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in page.text
    assert said in page.text
    assert "cardwarden approve" in page.text


def test_the_page_and_the_alerts_are_in_the_language_of_the_settings(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more='[report]\nlanguage = "da"') as house, answering(house) as url:
        house.tick()
        page = get(url)
    assert page.headers["Content-Language"] == "da"
    assert "Sådan står det til" in page.text
    (alert,) = (one.alert for one in house.alerts.begun())
    assert "første spærringer af en regel er holdt tilbage" in alert.summary
    assert alert.remedy.startswith("Se `cardwarden reconcile`; for at lade dem gå: cardwarden approve ")
    assert alert.summary in page.text


def test_the_page_names_nobody(shared: Serving) -> None:
    library: Library = shared.library
    with answering(shared) as url:
        shown = "".join(get(f"{url}{path}").text for path in PAGES)
    assert not [one.id for one in library.patrons.values() if one.card_number in shown or one.surname in shown]


def test_the_page_escapes_what_it_is_given(shared: Serving) -> None:
    before = shared.board.now
    shared.board.note(lambda state: replace(state, policy_refused="policy.toml:3: <b>&"))
    try:
        with answering(shared) as url:
            assert "policy.toml:3: &lt;b&gt;&amp;" in get(url).text
    finally:
        shared.board.note(lambda _state: before)


def test_all_is_well_when_nothing_needs_anybody(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house:
        house.tick(2)
        with answering(house) as url:
            page = get(url).text
            assert "All is well" in page
            assert "dry-run: nothing is written" in page
            assert get(f"{url}/readyz").json() == {"status": "ready", "reasons": []}


def test_a_pause_is_on_the_page_at_once_and_then_all_is_not_well(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house, answering(house) as url:
        house.tick(2)
        since = house.clock.now()
        house.journal.pause(since)
        page = get(url).text
        assert "All is well" not in page
        assert "<title>Cardwarden: needs you</title>" in page
        assert "Writing is paused" in page
        assert get(f"{url}/readyz").status_code == 200
        house.tick(hours=5)
        house.events.watch(house.clock.now())
        page = get(url).text
        assert "Writing is paused" not in page
        assert f"Writing has been paused since {local(since, house.configuration.policy.policy.time_zone)}" in page
        house.journal.resume()
        house.tick()
        page = get(url).text
        assert "All is well" in page
        assert page.index("Over in the last seven days") < page.index("Writing has been paused since")


def test_cycles_that_are_alike_are_one_line_and_the_one_of_the_night_is_still_there(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha) as house, answering(house) as url:

        def ended(kind: str, outcome: CycleOutcome, error: str | None = None, **counts: int) -> int:
            cycle = house.journal.begin_cycle(kind, Mode.APPLY, "x", house.clock.now())
            keys = {key.replace("_", "."): number for key, number in counts.items()}
            house.journal.end_cycle(cycle, outcome, house.clock.now(), counts=keys, error=error)
            return cycle

        night = ended("full", CycleOutcome.FAILED, "no answer")
        for number in range(SHOWN + 5):
            ended("quick", CycleOutcome.PENDING, planned_add=5, done=1, held=2 + number % 2)
        for _ in range(28):
            ended("quick", CycleOutcome.FAILED, "no answer")
        page = get(url).text
        assert page.count("no answer") == 2
        assert "failed 28 times from 2" in page
        assert f'>{night}</td><td data-label="Kind">full, apply</td>' in page
        assert page.count("5 to block, 1 done, 2 held back, 2 not done") == SHOWN // 2
        for _ in range(SHOWN):
            ended("quick", CycleOutcome.PENDING, planned_add=7, held=7)
        page = get(url).text
        assert page.count("7 to block, 7 held back") == 1
        assert f"{SHOWN} times from 2" in page


def test_the_page_says_that_the_last_full_cycle_failed_when_and_why(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house, answering(house) as url:
        house.tick()
        koha.faults.add(parse_fault("error=503"))
        house.worker.scheduled()
        koha.faults.clear()
        page = get(url).text
        assert "Last full cycle</th><td>failed at " in page
        assert str(house.board.now.last_error) in page


def test_a_journal_that_cannot_be_read_is_said(
    koha: StandinKoha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_limit: int) -> None:
        raise JournalError("The journal is locked.")

    with serving(tmp_path, koha, mode="dry-run") as house, answering(house) as url:
        house.tick()
        monkeypatch.setattr(house.journal, "cycles", locked)
        page = get(url).text
        assert "The journal cannot be read: The journal is locked." in page
        assert "None yet" not in page
        assert "All is well" not in page


def test_before_the_first_good_cycle_it_is_alive_and_not_ready(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house, answering(house) as url:
        assert get(f"{url}/healthz").status_code == 200
        ready = get(f"{url}/readyz")
        assert ready.status_code == 503
        assert ready.json()["reasons"] == ["no full cycle has come to its end yet"]


def test_it_is_not_ready_when_the_last_full_cycle_is_too_old_or_cycles_fail(shared: Serving) -> None:
    state = shared.board.now
    assert state.last_full is not None
    limits, zone = limits_of(shared.configuration.loaded.settings), ZoneInfo("Europe/Copenhagen")

    def reasons(now: State, hours: int) -> list[str]:
        assert state.last_full is not None
        return now.not_ready(state.last_full + timedelta(hours=hours), limits, zone)

    old = replace(state, overdue_after=None)
    assert reasons(old, 26) == []
    (reason,) = reasons(old, 27)
    assert reason == f"the last good full cycle ended at {local(state.last_full, zone)}"
    for _ in range(3):
        assert reasons(state, 0) == []
        state = state.with_failure("full", shared.clock.now(), "no answer")
    assert "no answer" in reasons(state, 0)[0]


def test_with_a_token_only_who_brings_it_reads(shared: Serving) -> None:
    with answering(shared, TOKEN) as url:
        for path in ("/", "/metrics"):
            refused = get(f"{url}{path}")
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Basic")
            assert get(f"{url}{path}", Authorization="Bearer nonsense").status_code == 401
            assert get(f"{url}{path}", Authorization="Basic ***").status_code == 401
            assert get(f"{url}{path}", Authorization=f"Bearer {TOKEN}").status_code == 200
            assert requests.get(f"{url}{path}", auth=("anyone", TOKEN), timeout=10).status_code == 200
            assert requests.get(f"{url}{path}", auth=(TOKEN, "æøå"), timeout=10).status_code == 401


def test_the_probes_ask_for_no_token_and_then_say_one_word(shared: Serving) -> None:
    with answering(shared, TOKEN) as url:
        assert get(f"{url}/healthz").json() == {"status": "ok"}
        assert get(f"{url}/readyz").json() == {"status": "ready"}
        assert "policy_digest" in get(f"{url}/healthz", Authorization=f"Bearer {TOKEN}").json()


def test_it_is_only_ever_read(shared: Serving) -> None:
    with answering(shared) as url:
        assert requests.post(url, timeout=10).status_code == 405


def test_an_address_that_is_taken_is_said(shared: Serving) -> None:
    with answering(shared) as url:
        taken = listening(build_pages(shared.shown, None), ListenSettings(port=int(url.rpartition(":")[2])))
        with pytest.raises(SettingsError, match="cannot be listened on"):
            taken.__enter__()


def test_the_metrics_count_cycles_and_what_waits(shared: Serving) -> None:
    assert shared.metric('cardwarden_cycles_total{kind="full",outcome="pending"}') == 1
    assert shared.metric('cardwarden_cycles_total{kind="quick",outcome="done"}') == 2
    assert shared.metric('cardwarden_held_changes{brake="first_cycle"}') == shared.board.now.pending
    assert shared.metric('cardwarden_alerts{cause="held-back"}') == 1
    assert shared.metric("cardwarden_policy_refused") == 0
    assert (shared.metric('cardwarden_last_success_timestamp_seconds{kind="full"}') or 0) > 1e9
