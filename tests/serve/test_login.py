"""Who may see persons on the daemon's page and who may act there: over real HTTP, with a real provider on loopback."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from joserfc.jwk import RSAKey

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.errors import JournalError
from sidecar.ports import PersonalAct
from sidecar.serve.pages.showing.patron import Wanted
from tests.conftest import Command
from tests.serve.house import Serving, serving
from tests.serve.people import WHO, Somebody, oidc, paged, with_login
from tests.serve.provider import Provider, a_provider
from tests.serve.running import blocked

BEHIND = ("/held", "/history", "/report", "/patron")
ORDERS = ("/approve", "/pause", "/resume", "/drift-accept")
TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with a_provider(ab=["it", "desk"], cd=["desk"], ef=["readers"]) as provider:
        yield provider


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[tuple[Serving, str]]:
    """A daemon whose first plan waits for an approval."""
    with (
        StandinKoha(build_library(120)) as koha,
        with_login(tmp_path_factory.mktemp("login"), koha, provider) as (house, url),
    ):
        house.tick(2)
        yield house, url


@pytest.fixture
def straight(provider: Provider) -> Iterator[Provider]:
    """The provider, put right again afterwards."""
    before = dict(vars(provider))
    yield provider
    for name, value in before.items():
        setattr(provider, name, value)


def known(url: str, provider: Provider, who: str) -> Somebody:
    somebody = Somebody(url)
    answer = somebody.log_in(provider, who)
    assert answer.status_code == 200, answer.text
    return somebody


def is_in(somebody: Somebody) -> bool:
    return somebody.get("/held").status_code == 200


# Without a login.


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


# Logging in.


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


def test_who_is_known_and_may_nothing_is_told_so(there: tuple[Serving, str], provider: Provider) -> None:
    somebody = Somebody(there[1])
    answer = somebody.log_in(provider, "ef")
    assert answer.status_code == 403
    assert "You are known, but may not see this page" in answer.text
    assert not is_in(somebody)


def test_whom_the_provider_does_not_know_is_not_let_in(there: tuple[Serving, str], provider: Provider) -> None:
    somebody = Somebody(there[1])
    assert somebody.log_in(provider, "nobody").status_code == 403
    assert not is_in(somebody)


def test_a_name_that_could_be_a_card_number_is_not_taken_for_the_journal(
    there: tuple[Serving, str], straight: Provider
) -> None:
    straight.wrong = {"preferred_username": "0101901234"}
    answer = Somebody(there[1]).log_in(straight, "ab")
    assert answer.status_code == 403
    assert "could be a card number" in answer.text


def test_groups_that_only_the_userinfo_has_are_asked_for_there(
    koha: StandinKoha, tmp_path: Path, straight: Provider
) -> None:
    straight.without, straight.userinfo = {"groups"}, {"sub": "subject of cd", "groups": ["desk"]}
    with with_login(tmp_path, koha, straight) as (_house, url):
        assert is_in(known(url, straight, "cd"))
        straight.userinfo = {"sub": "subject of ab", "groups": ["desk"]}
        assert Somebody(url).log_in(straight, "cd").status_code == 403, "what it says of another"


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(
    koha: StandinKoha, tmp_path: Path, straight: Provider
) -> None:
    straight.takes = "client_secret_post"
    with with_login(tmp_path, koha, straight) as (_house, url):
        assert is_in(known(url, straight, "cd"))


# What a forged or stale answer of the provider's is.


@pytest.mark.parametrize(
    ("wrong", "without"),
    [
        ({"nonce": "another"}, set()),
        ({}, {"nonce"}),
        ({"aud": "another client"}, set()),
        ({"aud": ["cardwarden", "another"], "azp": "another"}, set()),
        ({"iss": "https://another.example.org"}, set()),
        ({"exp": 1_000_000}, set()),
        ({}, {"exp"}),
        ({}, {"sub"}),
        ({}, {"preferred_username"}),
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_lets_nobody_in(
    there: tuple[Serving, str], straight: Provider, wrong: dict[str, object], without: set[str]
) -> None:
    straight.wrong, straight.without = wrong, without
    somebody = Somebody(there[1])
    assert somebody.log_in(straight, "ab").status_code == 403
    assert not is_in(somebody)


def test_a_signature_by_another_key_lets_nobody_in(there: tuple[Serving, str], straight: Provider) -> None:
    straight.published = straight.key
    straight.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
    somebody = Somebody(there[1])
    assert somebody.log_in(straight, "ab").status_code == 403
    assert not is_in(somebody)


def test_an_answer_without_a_signature_lets_nobody_in(there: tuple[Serving, str], straight: Provider) -> None:
    straight.header = {"alg": "none"}
    somebody = Somebody(there[1])
    assert somebody.log_in(straight, "ab").status_code == 403
    assert not is_in(somebody)


def test_a_key_that_the_provider_changed_is_asked_for_anew(there: tuple[Serving, str], straight: Provider) -> None:
    known(there[1], straight, "ab")
    straight.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    straight.header = {"alg": "RS256", "kid": "second"}
    assert is_in(known(there[1], straight, "ab"))


def test_a_provider_that_is_down_is_said(koha: StandinKoha, tmp_path: Path, straight: Provider) -> None:
    straight.is_down = True
    with with_login(tmp_path, koha, straight) as (_house, url):
        answer = Somebody(url).get("/login")
        assert answer.status_code == 403
        assert "cannot be asked" in answer.text


def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    koha: StandinKoha, tmp_path: Path, straight: Provider
) -> None:
    straight.wrong = {"discovered": "https://another.example.org"}
    with with_login(tmp_path, koha, straight) as (_house, url):
        assert Somebody(url).get("/login").status_code == 403


# What a forged or stale way back is.


def test_a_state_is_good_once_and_in_the_browser_that_went(there: tuple[Serving, str], provider: Provider) -> None:
    url = there[1]
    thief, victim = Somebody(url), Somebody(url)
    back = thief.at_the_provider(provider, "ab", thief.sent_to())
    assert victim.jar.get(back, timeout=10).status_code == 403, "another's login is not put upon somebody"
    assert thief.jar.get(back, timeout=10).status_code == 403, "it was used up by that"
    somebody = Somebody(url)
    back = somebody.at_the_provider(provider, "ab", somebody.sent_to())
    assert somebody.jar.get(back, timeout=10).status_code == 200
    assert Somebody(url).jar.get(back, timeout=10).status_code == 403
    replayed = somebody.jar.get(back, timeout=10)
    assert replayed.status_code == 403
    assert "was used already" in replayed.text


def test_a_state_that_nobody_was_given_is_refused(there: tuple[Serving, str], provider: Provider) -> None:
    somebody = Somebody(there[1])
    asked = somebody.sent_to()
    assert somebody.get(f"/signed-in?code=x&state={'x' * 43}").status_code == 403
    assert somebody.get("/signed-in").status_code == 403
    assert somebody.jar.get(somebody.at_the_provider(provider, "ab", asked), timeout=10).status_code == 200


def test_an_answer_of_another_provider_is_refused(there: tuple[Serving, str], provider: Provider) -> None:
    somebody = Somebody(there[1])
    back = somebody.at_the_provider(provider, "ab", somebody.sent_to())
    assert somebody.jar.get(f"{back}&iss=https://another.example.org", timeout=10).status_code == 403


def test_who_takes_too_long_begins_again(there: tuple[Serving, str], provider: Provider) -> None:
    house, url = there
    somebody = Somebody(url)
    asked = somebody.sent_to()
    before = house.clock.ahead
    house.tick(times=0, minutes=11)
    answer = somebody.jar.get(somebody.at_the_provider(provider, "ab", asked), timeout=10)
    house.clock.ahead = before
    assert answer.status_code == 403
    assert "took too long" in answer.text


# Sessions.


def test_a_session_ends_with_its_time(there: tuple[Serving, str], provider: Provider) -> None:
    house, url = there
    somebody = known(url, provider, "ab")
    token, before = somebody.token(), house.clock.ahead
    house.tick(times=0, hours=9)
    try:
        assert somebody.get("/held").status_code == 403
        assert somebody.post("/pause", token=token).status_code == 403
    finally:
        house.clock.ahead = before
    assert house.journal.paused_since is None


def test_a_session_ends_with_a_logout_also_for_whoever_copied_its_cookie(
    there: tuple[Serving, str], provider: Provider
) -> None:
    somebody, thief = known(there[1], provider, "ab"), Somebody(there[1])
    thief.jar.cookies.update(somebody.jar.cookies)
    assert is_in(thief)
    assert somebody.order("/logout").status_code == 200
    assert not is_in(somebody)
    assert not is_in(thief)


def test_a_cookie_that_somebody_made_up_is_nobody_s(there: tuple[Serving, str]) -> None:
    somebody = Somebody(there[1])
    somebody.jar.cookies.set("cardwarden", "x" * 43, domain="127.0.0.1")
    assert not is_in(somebody)


def test_cookies_are_for_this_site_s_own_requests_and_no_script(there: tuple[Serving, str], provider: Provider) -> None:
    url = there[1]
    away = requests.get(f"{url}/login", allow_redirects=False, timeout=10)
    somebody = Somebody(url)
    back = somebody.at_the_provider(provider, "ab", somebody.sent_to())
    home = somebody.jar.get(back, allow_redirects=False, timeout=10)
    assert (home.status_code, home.headers["Location"]) == (303, "./")
    for answer in (away, home):
        cookie = answer.headers["Set-Cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert answer.headers["Cache-Control"] == "no-store"


def test_behind_https_cookies_are_sent_over_https_only(koha: StandinKoha, tmp_path: Path, provider: Provider) -> None:
    more = f'''[login]
issuer = "{provider.url}"
client_id = "cardwarden"
client_secret = "a client's secret"
address = "https://cardwarden.example.org"
act = ["ab"]'''
    with serving(tmp_path, koha, more=more) as house, paged(house) as url:
        answer = requests.get(
            f"{url}/login", headers={"Host": "cardwarden.example.org"}, allow_redirects=False, timeout=10
        )
    assert answer.status_code == 302
    assert "redirect_uri=https%3A%2F%2Fcardwarden.example.org%2Fsigned-in" in answer.headers["Location"]
    assert answer.headers["Set-Cookie"].startswith("__Host-cardwarden-way=")
    assert "; Secure" in answer.headers["Set-Cookie"]


# Forms.


def test_a_form_of_somebody_else_s_is_refused(there: tuple[Serving, str], provider: Provider) -> None:
    house, url = there
    somebody, other = known(url, provider, "ab"), known(url, provider, "ab")
    for path in (*ORDERS, "/patron", "/logout"):
        assert somebody.post(path, digest="x").status_code == 403, "no token"
        assert somebody.post(path, token="0" * 64).status_code == 403, "an invented one"
        assert somebody.post(path, token=other.token()).status_code == 403, "that of another session"
        for site in ("cross-site", "same-site"):
            answer = somebody.post(path, token=somebody.token(), headers={"Sec-Fetch-Site": site})
            assert answer.status_code == 403, "from a page elsewhere"
    for path in ORDERS:
        assert somebody.get(f"{path}?token={somebody.token()}").status_code == 405, "an address does nothing"
    assert house.journal.paused_since is None
    assert house.journal.acts(1) == []
    assert is_in(somebody)


def test_what_is_no_form_or_too_large_is_refused(there: tuple[Serving, str], provider: Provider) -> None:
    somebody = known(there[1], provider, "ab")
    token = somebody.token()
    as_json = somebody.jar.post(f"{there[1]}/pause", json={"token": token}, timeout=10)
    as_text = somebody.jar.post(
        f"{there[1]}/pause", data=f"token={token}", headers={"Content-Type": "text/plain"}, timeout=10
    )
    assert (as_json.status_code, as_text.status_code) == (400, 400)
    assert somebody.post("/pause", token=token, more="x" * 5000).status_code == 400
    assert there[0].journal.paused_since is None


def test_another_host_name_is_refused_also_with_a_session(there: tuple[Serving, str], provider: Provider) -> None:
    somebody = known(there[1], provider, "ab")
    token = somebody.token()
    for path in ("/", *BEHIND, "/login", "/signed-in"):
        assert somebody.get(path, Host="evil.example.net").status_code == 421
    assert somebody.post("/pause", token=token, headers={"Host": "evil.example.net"}).status_code == 421
    assert there[0].journal.paused_since is None


def test_every_page_says_what_may_be_loaded_and_that_nothing_is_kept(
    there: tuple[Serving, str], provider: Provider
) -> None:
    somebody = known(there[1], provider, "ab")
    pages = [somebody.get(path) for path in ("/", "/style.css", *BEHIND)]
    pages += [somebody.post("/pause"), somebody.order("/patron", by="number", patron="1")]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script" not in page.text


# Acting.


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


# Finding a card.


def test_a_card_is_explained_by_its_number_or_its_patron_s_and_the_card_number_stays_nowhere(
    koha: StandinKoha, tmp_path: Path, provider: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    with with_login(tmp_path, koha, provider) as (house, url):
        house.tick()
        somebody = known(url, provider, "cd")
        patron = koha.library.patrons[koha.library.subjects["owes_much"]]
        by_card = somebody.order("/patron", by="card", patron=patron.card_number)
        by_number = somebody.order("/patron", by="number", patron=str(patron.id))
        for page in (by_card, by_number):
            assert page.status_code == 200
            assert f"Patron {patron.id}" in page.text
            assert "What would change it" in page.text or "blocks at" in page.text
            assert patron.card_number not in page.text
            assert patron.surname not in page.text
        journal = (tmp_path / "journal.db").read_bytes() + (tmp_path / "journal.db-wal").read_bytes()
        assert patron.card_number.encode() not in journal
    said = capfd.readouterr()
    assert patron.card_number not in said.out + said.err


@pytest.mark.parametrize(
    ("by", "given", "said"),
    [
        ("number", "0101901234", "at most nine digits"),
        ("number", "x", "at most nine digits"),
        ("number", "999999999", "Koha has no patron with borrowernumber 999999999"),
        ("card", "no such card", "Koha has no patron with that card number"),
        ("card", "", "Koha has no patron with that card number"),
        ("card", "<b>\n", "Koha has no patron with that card number"),
    ],
)
def test_whom_nobody_is_found_by_is_said_in_a_sentence(
    there: tuple[Serving, str], provider: Provider, by: str, given: str, said: str
) -> None:
    answer = known(there[1], provider, "cd").order("/patron", by=by, patron=given)
    assert answer.status_code == 200
    assert said in answer.text
    assert "<b>" not in answer.text


def test_where_the_settings_tell_the_staff_s_koha_a_card_is_linked_to_it(
    koha: StandinKoha, tmp_path: Path, provider: Provider
) -> None:
    more = f'{WHO}[koha]\nstaff_url = "https://staff.example.org"\n'
    with with_login(tmp_path, koha, provider, more) as (house, url):
        house.tick()
        page = known(url, provider, "cd").order("/patron", by="number", patron="2").text
    (link,) = re.findall(r'href="(https://staff\.example\.org/[^"]*)"', page)
    assert link.endswith("borrowernumber=2")


def test_a_mistake_of_ours_tells_no_more_than_where_it_is(
    there: tuple[Serving, str], provider: Provider, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def breaks(_shown: object, wanted: Wanted) -> None:
        raise KeyError(wanted.given)

    monkeypatch.setattr("sidecar.serve.pages.rooms.explained", breaks)
    answer = known(there[1], provider, "cd").order("/patron", by="card", patron="a card number")
    assert answer.status_code == 500
    assert "a mistake in Cardwarden" in answer.text
    said = capfd.readouterr()
    assert "a page broke" in said.out + said.err
    assert "a card number" not in answer.text + said.out + said.err


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


def test_config_check_tries_the_provider_and_says_what_is_believed(
    koha: StandinKoha, tmp_path: Path, straight: Provider, cardwarden: Command
) -> None:
    with serving(tmp_path, koha, more=oidc(straight, 1), mode="dry-run"):
        said = cardwarden("config", "check", "--config", str(tmp_path / "sidecar.toml"))
        assert f"{straight.url} answers; nobody was logged in" in " ".join(said.out.split())
        straight.is_down = True
        said = cardwarden("config", "check", "--config", str(tmp_path / "sidecar.toml"))
        assert "cannot be asked" in " ".join(said.out.split())
    proxied = tmp_path / "proxied"
    proxied.mkdir()
    with serving(proxied, koha, more=PROXIED, mode="dry-run"):
        said = cardwarden("config", "check", "--config", str(proxied / "sidecar.toml"))
        assert "X-Remote-User is believed from 127.0.0.1, ::1" in " ".join(said.out.split())


# A token of the listener's.


def test_with_a_token_a_login_is_enough_for_people_and_machines_bring_the_token(
    koha: StandinKoha, tmp_path: Path, provider: Provider
) -> None:
    with with_login(tmp_path, koha, provider, token=TOKEN) as (house, url):
        house.tick()
        somebody = Somebody(url)
        first = somebody.get("/")
        assert first.status_code == 403
        assert 'href="login"' in first.text
        assert "How it stands" not in first.text
        assert somebody.log_in(provider, "cd").status_code == 200
        assert "How it stands" in somebody.get("/").text
        assert somebody.get("/metrics").status_code == 401
        assert requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).ok


# A proxy's header.

PROXIED = '[login]\nheader = "X-Remote-User"\ngroups_header = "X-Remote-Groups"\nact_groups = ["it"]\nlook = ["cd"]\n'


def test_a_proxy_on_this_machine_says_who_asks(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house) as url:
        house.tick(2)
        one = Somebody(url)
        assert one.get("/held").status_code == 403
        assert 'href="login"' not in one.get("/").text
        one.jar.headers.update({"X-Remote-User": "ab", "X-Remote-Groups": "staff, it"})
        assert one.get("/held").status_code == 200
        assert one.order("/pause").status_code == 200
        assert house.journal.acts(1)[0].staff == "ab"
        assert one.post("/resume", token="0" * 64).status_code == 403
        assert one.get("/login").status_code == 404
        other = Somebody(url)
        other.jar.headers["X-Remote-User"] = "cd"
        assert other.get("/held").status_code == 200
        assert other.order("/resume").status_code == 403
        assert other.post("/resume", token=one.token()).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Remote-User": ""},
        {"X-Remote-User": "zz"},
        {"X-Remote-User": "0101901234", "X-Remote-Groups": "it"},
        {"X-Remote-Groups": "it"},
        {"X-Remote-User": "zz", "X-Remote-Groups": "itx, x it"},
    ],
    ids=str,
)
def test_whom_the_proxy_does_not_name_or_nobody_let_in_is_nobody(
    koha: StandinKoha, tmp_path: Path, headers: dict[str, str]
) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house) as url:
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403


def test_a_header_that_stands_there_twice_is_nobody_s_word(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(
                b"GET /held HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: cd\r\nX-Remote-User: ab\r\n"
                b"Connection: close\r\n\r\n"
            )
            answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("claim", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_the_header_counts_from_the_proxy_s_address_only_whatever_a_request_claims(
    koha: StandinKoha, tmp_path: Path, claim: str
) -> None:
    elsewhere = f'{PROXIED}proxies = ["10.1.2.3"]\n'
    with serving(tmp_path, koha, more=elsewhere) as house, paged(house) as url:
        headers = {"X-Remote-User": "ab", "X-Remote-Groups": "it"}
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403
        headers[claim] = "for=10.1.2.3" if claim == "Forwarded" else "10.1.2.3"
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403
        assert requests.post(f"{url}/pause", headers=headers, timeout=10).status_code == 403


def test_with_a_token_the_proxy_has_to_bring_it_too(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house, token=TOKEN) as url:
        headers = {"X-Remote-User": "cd"}
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403
        headers["Authorization"] = f"Bearer {TOKEN}"
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 200
