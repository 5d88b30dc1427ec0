"""Who is logged in on the daemon's page, for how long, and which forms are theirs."""

from pathlib import Path

import requests

from adapters.standin.http.server import StandinKoha
from tests.serve.house import Serving, serving
from tests.serve.people import BEHIND, ORDERS, TOKEN, Somebody, is_in, known, paged, with_login
from tests.serve.provider import Provider


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
