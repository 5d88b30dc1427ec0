"""The stand-in is held against what a real Koha 23.05.04 answered (`recorded/`, synthetic patrons).

Each recorded request is sent to the stand-in, on a patron brought into the same state. Status, content type and
refusals must be the recorded ones to the letter; the bodies of successes must have the same keys and JSON types, and
lists the same headers, with the first page's link spelled alike.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
import requests

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library

RECORDED = Path(__file__).parent / "recorded"
OPENAPI = Path(__file__).parents[3] / "shared" / "koha" / "openapi.json"
RECORDED_HOST = "https://koha.example.org"
HEADERS = ("X-Total-Count", "X-Base-Total-Count", "Link", "Location")
PLACES = {"CPL": "HB", "MPL": "VIBY", "FPL": "TILST", '"PT"': '"ADULT"', '"J"': '"CHILD"', '"S"': '"STAFF"'}
"""Libraries and categories of the recorded Koha, and ours in their place."""

Act = Callable[[Library], object]


class Case(NamedTuple):
    """A recorded exchange, with which key it is sent again, and what happens in the library before."""

    name: str
    key: str = "client"
    before: tuple[Act, ...] = ()


def charged(patron: int) -> Act:
    """As the recorded patrons 60, 120 and 240: five open lines, one of them partly paid, and one paid."""

    def act(library: Library) -> None:
        library.charge(patron, "OVERDUE", "2.00")
        library.pay(patron)
        library.charge(patron, "OVERDUE", "3.25", item_id=21, status="UNRETURNED")
        library.pay(patron, "1.25")
        for kind, amount in (("OVERDUE", "1.10"), ("LOST", "25.00"), ("PROCESSING", "4.50"), ("MANUAL", "7.77")):
            library.charge(patron, kind, amount)

    return act


def free_of_debt(patron: int) -> Act:
    def act(library: Library) -> None:
        library.patron(patron).lines.clear()

    return act


def mistyped(patron: int, times: int) -> Act:
    return lambda library: library.wrong_pin(patron, times)


def pin(patron: int, value: str) -> Act:
    return lambda library: library.reset_pin(patron, value)


def known_as(patron: int, card_number: str, userid: str) -> Act:
    def act(library: Library) -> None:
        row = library.patron(patron)
        row.card_number, row.other["userid"] = card_number, userid

    return act


SOMEBODY = known_as(503, "C0000501", "user501")

CASES = (
    Case("token_ok", "nobody"),
    Case("token_ok_basic", "client by password"),
    Case("token_bad_client", "nobody"),
    Case("token_bad_secret", "nobody"),
    Case("token_bad_grant", "nobody"),
    Case("token_no_grant", "nobody"),
    Case("token_json_body", "nobody"),
    Case("noauth", "nobody"),
    Case("badtoken", "nonsense"),
    Case("badbasic", "wrong password"),
    Case("perm403", "low"),
    Case("perm403_account", "low"),
    Case("own_patron", "low"),
    Case("own_account", "low"),
    Case("unknown_path"),
    Case("patch"),
    Case("patrons_default"),
    Case("patrons_p1"),
    Case("patrons_beyond"),
    Case("patrons_0"),
    Case("patrons_pp_abc"),
    Case("patrons_order_id"),
    Case("patrons_order_desc"),
    Case("patrons_order_bad"),
    Case("patron_count_only"),
    Case("q_and"),
    Case("q_or"),
    Case("q_in"),
    Case("q_in2"),
    Case("q_keyset"),
    Case("q_lock"),
    Case("q_login3"),
    Case("q_lost"),
    Case("q_lost1"),
    Case("q_updated"),
    Case("q_updated_sql"),
    Case("q_xkohaquery"),
    Case("q_body"),
    Case("q_restricted_param"),
    Case("q_match", before=(known_as(120, "C0000118", "user118"),)),
    Case("q_badcol"),
    Case("q_badjson"),
    Case("q_badop"),
    Case("q_debits"),
    Case("q_restricted_q"),
    Case("q_unknown_param"),
    Case("embed_account_balance", before=(charged(120),)),
    Case("embed_account_lines"),
    Case("embed_checkouts"),
    Case("embed_checkouts_count"),
    Case("embed_debarments"),
    Case("embed_extended_attributes"),
    Case("embed_library"),
    Case("embed_nonsense"),
    Case("embed_one_account_balance"),
    Case("embed_overdues_count"),
    Case("embed_restrictions"),
    Case("patron_one"),
    Case("patron_404"),
    Case("patron_badid"),
    Case("account_120", before=(free_of_debt(120), charged(120))),
    Case("account_none", before=(free_of_debt(3),)),
    Case("account_404"),
    Case("debits_120", before=(charged(120),)),
    Case("debits_120_q"),
    Case("debits_q_type", before=(charged(120),)),
    Case("credits_40", before=(charged(40),)),
    Case("debit_add"),
    Case("pay_ok", before=(charged(120),)),
    Case("pay_fifo", before=(charged(120),)),
    Case("pay_over"),
    Case("pay_over_account", before=(free_of_debt(60), charged(60), lambda library: library.pay(60, "500.00"))),
    Case("pay_badtype", before=(charged(120),)),
    Case("pay_neg"),
    Case("pay_zero"),
    Case("writeoff", before=(charged(240),)),
    Case("post_bad", "setup"),
    Case("post_badfield", "setup"),
    Case("put_minimal", "setup"),
    Case("put_ok_lost", "setup"),
    Case("put_login_attempts", "setup"),
    Case("put_login_attempts0", "setup"),
    Case("put_badtype", "setup"),
    Case("put_partial_missing", "setup"),
    Case("put_restricted", "setup"),
    Case("put_full_unmodified", "setup"),
    Case("unlock_put", "setup", (mistyped(503, 5),)),
    Case("set_password", "setup"),
    Case("set_password_locked", "setup", (mistyped(503, 5),)),
    Case("set_password_at_-1", "setup", (lambda library: library.set_attempts(502, -1),)),
    Case("pwval_ok", "setup", (SOMEBODY, pin(503, "PASSWORD"))),
    Case("pwval_fail_1", "setup", (SOMEBODY, pin(503, "another"))),
    Case("pwval_locked", "setup", (SOMEBODY, pin(503, "PASSWORD"), mistyped(503, 5))),
    Case("pwval_at_minus1", "setup", (SOMEBODY, pin(503, "PASSWORD"), lambda library: library.set_attempts(503, -1))),
    Case("pwval_both", "setup"),
    Case("pwval_unknown", "setup"),
    # what Koha itself answers for a plugin's routes, whichever plugin it is
    Case("plugin_extra_param"),
    Case("plugin_limit_abc"),
    Case("plugin_limit_bad"),
    Case("plugin_noauth", "nobody"),
    Case("plugin_badtoken", "nonsense"),
)


@pytest.fixture(scope="module")
def koha() -> Iterator[StandinKoha]:
    with StandinKoha(build_library(2_050, today=date(2026, 11, 23))) as koha:
        yield koha


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def recorded(name: str) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return exchange


def authorization(koha: StandinKoha, session: requests.Session, key: str) -> dict[str, str]:
    """The header of a key, or of one of those who have none."""
    if key == "nobody":
        return {}
    if key == "nonsense":
        return {"Authorization": "Bearer nonsense"}
    if key == "wrong password":
        return {"Authorization": requests.auth._basic_auth_str("somebody", "x")}
    known = koha.library.keys[key.partition(" ")[0]]
    if key.endswith("by password"):
        return {"Authorization": requests.auth._basic_auth_str(known.client_id, known.client_secret)}
    grant = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret}
    token = session.post(f"{koha.url}/api/v1/oauth/token", data=grant, timeout=5).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def again(koha: StandinKoha, session: requests.Session, case: Case) -> requests.Response:
    """Send a recorded request to the stand-in."""
    asked = recorded(case.name)["request"]
    headers = {name: value for name, value in asked["headers"] if name not in {"Host", "Authorization"}}
    body = asked["body"] or ""
    for theirs, ours in PLACES.items():
        body = body.replace(theirs, ours)
    if "bad_secret" not in case.name:
        body = body.replace("CLIENT-SECRET", koha.client_secret)
    body = body.replace("CLIENT-ID", koha.client_id)
    path = asked["path"].replace("contrib/rigprobe", "contrib/cardwarden")
    for act in case.before:
        act(koha.library)
    return session.request(
        asked["method"],
        koha.url + path,
        headers=headers | authorization(koha, session, case.key),
        data=body.encode() or None,
        timeout=5,
    )


def sent(name: str, header: str) -> list[str]:
    """A recorded header's values."""
    return [value for key, value in recorded(name)["response"]["headers"] if key == header]


def same_shape(ours: object, theirs: object, at: str = "") -> None:
    """The same keys and JSON types at every place; null fits all, and of lists the first members count."""
    if ours is None or theirs is None:
        return
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), at
        assert sorted(ours) == sorted(theirs), at
        for name, value in theirs.items():
            same_shape(ours[name], value, f"{at}/{name}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), at
        assert bool(ours) == bool(theirs), at
        if ours and theirs:
            same_shape(ours[0], theirs[0], f"{at}/0")
    elif isinstance(theirs, int | float) and not isinstance(theirs, bool):
        assert isinstance(ours, int | float), at
        assert not isinstance(ours, bool), at
    else:
        assert type(ours) is type(theirs), at


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recorded_request_is_answered_like_koha(koha: StandinKoha, session: requests.Session, case: Case) -> None:
    theirs = recorded(case.name)["response"]
    ours = again(koha, session, case)
    assert ours.status_code == theirs["status"], ours.text
    assert ours.headers["Content-Type"] == sent(case.name, "Content-Type")[0]
    if ours.status_code >= 400:
        assert ours.text == theirs["body"]
    elif theirs["body"]:
        same_shape(ours.json(), json.loads(theirs["body"]))
    assert [name for name in HEADERS if name in ours.headers] == [name for name in HEADERS if sent(case.name, name)]
    for link in ours.raw.headers.getlist("Link"):
        if 'rel="first"' in link:
            spelled = re.sub(r"HASH%28\w+%29", "HASH%280x56367fc58dd0%29", link.replace(koha.url, RECORDED_HOST))
            assert spelled in sent(case.name, "Link")


def test_a_plugin_that_is_not_ready_answers_as_recorded(koha: StandinKoha, session: requests.Session) -> None:
    koha.faults.add("no-plugin:1x")
    answer = session.get(f"{koha.url}/api/v1/contrib/cardwarden/patrons", timeout=5)
    theirs = recorded("plugin_before_restart")["response"]
    assert (answer.status_code, answer.text) == (theirs["status"], theirs["body"])


if OPENAPI.exists():
    SPECIFICATION = json.loads(OPENAPI.read_text())
    DESCRIBED = [
        case
        for case in CASES
        if recorded(case.name)["response"]["status"] < 400 and not case.name.startswith("plugin_")
    ]

    def described(method: str, path: str, status: int) -> dict[str, Any]:
        """What Koha's own document says of an answer."""
        for template, operations in SPECIFICATION["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method in operations:
                schema: dict[str, Any] = operations[method]["responses"][str(status)].get("schema", {})
                return schema
        raise LookupError(path)

    @pytest.mark.parametrize("case", DESCRIBED, ids=lambda case: case.name)
    def test_an_answer_fits_kohas_own_description(koha: StandinKoha, session: requests.Session, case: Case) -> None:
        answer = again(koha, session, case)
        asked = recorded(case.name)["request"]
        path = asked["path"].partition("?")[0].removeprefix("/api/v1")
        schema = described(asked["method"].lower(), path, answer.status_code)
        validator = jsonschema.Draft4Validator(schema | {"definitions": SPECIFICATION["definitions"]})
        validator.validate(answer.json())
