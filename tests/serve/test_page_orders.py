"""Who sees persons on the daemon's page, and who orders what there: approve, pause, resume, accept drift, by name."""

from pathlib import Path

import pytest
import requests

from adapters.standin.http.server import StandinKoha
from sidecar.errors import JournalError
from sidecar.ports import PersonalAct
from tests.serve.house import Serving, serving
from tests.serve.people import BEHIND, ORDERS, Somebody, known, paged, with_login
from tests.serve.provider import Provider
from tests.serve.running import blocked


def test_without_a_configured_login_nothing_of_it_is_there(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house, paged(house) as url:
        house.tick(2)
        page = requests.get(url, timeout=10)
        assert "<form" not in page.text
        assert "Log in" not in page.text
        assert "cardwarden approve" in page.text
        for path in (*BEHIND, "/login", "/signed-in"):
            assert requests.get(f"{url}{path}", timeout=10).status_code == 404
        for path in (*ORDERS, "/patron", "/logout"):
            assert requests.post(f"{url}{path}", timeout=10).status_code == 404
        assert (house.board.held, house.board.report) == ((), None), "nobody's number is kept for nobody"


def test_who_did_not_log_in_sees_nobody_and_no_form(there: tuple[Serving, str]) -> None:
    house, url = there
    somebody = Somebody(url)
    page = somebody.get("/").text
    assert 'href="login"' in page
    assert "<form" not in page
    for path in BEHIND:
        answer = somebody.get(path)
        assert answer.status_code == 403
        assert "Log in first" in answer.text
        assert "<form" not in answer.text
    for path in (*ORDERS, "/patron", "/logout"):
        assert somebody.post(path).status_code == 403
    assert house.journal.paused_since is None


def test_who_may_act_sees_who_is_held_back_and_the_forms(there: tuple[Serving, str], provider: Provider) -> None:
    house, url = there
    somebody = known(url, provider, "ab")
    page = somebody.get("/held").text
    assert house.board.held
    for held in house.board.held:
        assert f'name="patron" value="{held.change.patron}"' in page
    assert "first additions of the rule here" in page
    assert 'action="approve"' in page
    assert 'action="pause"' in somebody.get("/").text


def test_who_may_look_sees_the_same_without_forms_and_cannot_act(
    there: tuple[Serving, str], provider: Provider
) -> None:
    house, url = there
    somebody = known(url, provider, "cd")
    page = somebody.get("/held").text
    assert f'name="patron" value="{house.board.held[0].change.patron}"' in page
    assert 'action="approve"' not in page
    assert 'action="pause"' not in somebody.get("/").text
    digest = house.board.now.waiting[0].digest
    for path in ORDERS:
        answer = somebody.order(path, digest=digest)
        assert answer.status_code == 403
        assert "You may look, but not act" in answer.text
    assert house.journal.acts(1) == []
    assert house.journal.paused_since is None


def test_neither_probes_nor_metrics_nor_the_page_of_those_outside_name_anybody(
    there: tuple[Serving, str], provider: Provider
) -> None:
    house, url = there
    known(url, provider, "ab")
    held = {one.change.patron for one in house.board.held}
    assert held
    health = requests.get(f"{url}/healthz", timeout=10).json()
    assert {"held", "report"}.isdisjoint(health)
    seen = [requests.get(f"{url}{path}", timeout=10).text for path in ("/", "/readyz", "/metrics")]
    assert 'name="patron"' not in "".join(seen)


def test_a_journal_that_cannot_be_read_is_said_on_these_pages_too(
    there: tuple[Serving, str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_arguments: object, **_named: object) -> None:
        raise JournalError("The journal is locked.")

    house, url = there
    somebody = known(url, provider, "ab")
    for name in ("kept_keys", "acts", "approve"):
        monkeypatch.setattr(house.journal, name, locked)
    for path in ("/held", "/history"):
        page = somebody.get(path).text
        assert "The journal cannot be read: The journal is locked." in page
        assert 'action="approve"' not in page
    answer = somebody.order("/approve", digest=house.board.now.waiting[0].digest)
    assert (answer.status_code, "The journal is locked." in answer.text) == (409, True)


def test_what_waits_in_no_kept_plan_is_not_offered_for_approval(
    there: tuple[Serving, str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, url = there
    kept = house.journal.kept_keys(house.board.now.waiting[0].digest)
    somebody = known(url, provider, "ab")
    monkeypatch.setattr(house.journal, "kept_keys", lambda _digest: frozenset(sorted(kept)[:3]))
    page = somebody.get("/held").text
    assert "Approve 3 changes" in page
    assert f"{len(kept) - 3} more changes are held back and not in this plan" in page
    monkeypatch.setattr(house.journal, "kept_keys", lambda _digest: frozenset())
    page = somebody.get("/held").text
    assert 'action="approve"' not in page
    assert "Nothing: none of what waits is in a plan that is kept any more" in page


def test_a_report_that_cannot_be_made_fails_no_cycle(
    koha: StandinKoha, tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sidecar.serve.events.last_report", breaks)
    with with_login(tmp_path, koha, provider) as (house, url):
        assert house.tick() == "full pending"
        assert house.board.now.failures == {}
        assert known(url, provider, "cd").get("/report").status_code == 404


def test_an_approval_a_pause_and_a_resume_are_by_name_and_reach_the_next_cycle(
    koha: StandinKoha, tmp_path: Path, provider: Provider
) -> None:
    with with_login(tmp_path, koha, provider) as (house, url):
        house.tick(2)
        somebody = known(url, provider, "ab")
        (plan,) = house.board.now.waiting
        paused = somebody.order("/pause")
        assert paused.status_code == 200
        assert "Paused: nothing is written" in paused.text
        assert 'action="resume"' in paused.text
        done = somebody.order("/approve", digest=plan.digest)
        assert "Approved: the next cycle" in done.text
        house.tick(minutes=1)
        assert blocked(koha.library) == set(), "a pause holds what was approved"
        assert "Resumed" in somebody.order("/resume").text
        house.tick(minutes=1)
        assert len(blocked(koha.library)) == plan.changes
        assert somebody.get("/held").text.count("Nothing is held back") == 1
        acts = [(one.act, one.staff) for one in house.journal.acts(10)]
        assert acts == [(PersonalAct.RESUME, "ab"), (PersonalAct.APPROVE, "ab"), (PersonalAct.PAUSE, "ab")]
        history = somebody.get("/history").text
        assert f"approved a plan: {plan.digest[:12]}" in history
        assert "paused writing" in history


def test_a_plan_that_does_not_wait_cannot_be_approved(there: tuple[Serving, str], provider: Provider) -> None:
    house, url = there
    somebody = known(url, provider, "ab")
    for digest in ("", "0" * 64, house.board.now.waiting[0].digest[:12]):
        answer = somebody.order("/approve", digest=digest)
        assert answer.status_code == 409
        assert "does not wait any more" in answer.text
    assert house.journal.acts(1) == []


def test_drift_is_accepted_by_name(koha: StandinKoha, tmp_path: Path, provider: Provider) -> None:
    with with_login(tmp_path, koha, provider) as (house, url):
        house.tick(2)
        house.approve()
        house.tick(2)
        assert len(blocked(koha.library)) > 10
        koha.library.delete_restriction_type("CW_DEBT")
        koha.library.add_restriction_type("CW_DEBT")
        house.worker.scheduled()
        somebody = known(url, provider, "ab")
        assert 'action="drift-accept"' in somebody.get("/held").text
        assert "Accepted: the blocks that vanished" in somebody.order("/drift-accept").text
        house.tick(minutes=1)
        assert "drift" not in {cause for cause, _subject in house.standing()}
        (act,) = house.journal.acts(1)
        assert (act.act, act.staff) == (PersonalAct.DRIFT_ACCEPT, "ab")
        assert blocked(koha.library) == set()
