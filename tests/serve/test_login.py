"""Logging in on the daemon's page: over real HTTP, with a real provider on loopback that may answer wrongly."""

from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from adapters.standin.http.server import StandinKoha
from tests.conftest import Command
from tests.serve.house import Serving, serving
from tests.serve.people import PROXIED, Somebody, is_in, known, oidc, with_login
from tests.serve.provider import Provider


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
