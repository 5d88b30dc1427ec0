"""What a restriction stops at each gate of a real Koha, and what Koha refuses by itself: what is said is what it did.

Skipped unless named: the SIP gate as for `test_gates.py`, `…_OPAC_URL`, an API key that may lend, renew and place holds
(`…_CIRCULATION_ID`, `…_CIRCULATION_SECRET`), and two items that may be lent (`…_BARCODES`). Tried on Koha 23.05.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pytest
import requests

from adapters.http import HttpApi
from adapters.koha.source import connect
from sidecar.core.decide import decide
from sidecar.core.policy import Policy, Scope, Stop
from sidecar.fitness.koha import koha_beside
from sidecar.fitness.limits import cards_refused
from sidecar.fitness.stops import Effect, KohaGate, stop_table, stops_fit
from sidecar.policy import parse_policy
from sidecar.ports import IlsStatus, Source
from tests.live.client import PATRONS, TIMEOUT, Client
from tests.live.conftest import Hands, Preference, named
from tests.live.people import People
from tests.live.selfcheck import SelfCheck
from tests.live.staff import Staff
from tests.live.target import Login, Target

PIN: Final = "Suite-4711-pin"
POLICY: Final = """
[policy]
name      = "The live suite"
currency  = "DKK"
time_zone = "Europe/Copenhagen"

[rules.debt]
kind     = "debt"
block_at = 225.00
"""


@dataclass(frozen=True)
class Loan:
    """A patron of the suite's with a loan, restricted afterwards."""

    patron: int
    user: str
    barcode: str
    other: str
    item: int
    biblio: int
    checkout: int
    pickup: str


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse_policy(POLICY).policy


@pytest.fixture(scope="module")
def source(target: Target) -> Iterator[Source]:
    with HttpApi(target.url, target.client.name, target.client.secret) as http:
        yield connect(http, plugin_expected=True).source


@pytest.fixture(scope="module")
def desk(staff: Hands) -> Staff:
    if not isinstance(staff, Staff):
        pytest.skip("the stand-in has no desk")
    return staff


@pytest.fixture(scope="module")
def circulation(target: Target) -> Iterator[Client]:
    """With a key that may lend, renew and place holds."""
    login = Login(named("CIRCULATION_ID"), named("CIRCULATION_SECRET"))
    client = Client(target.url, login, "")
    yield client
    client.close()


@pytest.fixture(scope="module")
def selfcheck() -> Iterator[SelfCheck]:
    gate = SelfCheck(named("SIP_HOST"), int(named("SIP_PORT", "6001")), named("SIP_USER"), named("SIP_PASSWORD"))
    yield gate
    gate.close()


@pytest.fixture(scope="module")
def barcodes() -> tuple[str, str]:
    one, other = named("BARCODES").split(",")
    return one, other


@dataclass(frozen=True)
class Gates:
    """All that can be asked."""

    desk: Staff
    selfcheck: SelfCheck
    circulation: Client
    koha: Client
    opac: str


@pytest.fixture(scope="module")
def gates(desk: Staff, selfcheck: SelfCheck, circulation: Client, koha: Client) -> Gates:
    return Gates(desk, selfcheck, circulation, koha, f"{named('OPAC_URL')}/cgi-bin/koha")


@pytest.fixture(scope="module")
def loan(people: People, gates: Gates, barcodes: tuple[str, str]) -> Iterator[Loan]:
    patron = people.make()
    gates.koha.good("POST", f"{PATRONS}/{patron}/password", json={"password": PIN, "password_2": PIN})
    user, (barcode, other) = people.userid(patron), barcodes
    lent, screen = gates.selfcheck.lend(user, barcode)
    assert lent, screen
    try:
        (checkout,) = gates.circulation.good("GET", "/api/v1/checkouts", params={"patron_id": patron})
        item = gates.circulation.good("GET", f"/api/v1/items/{checkout['item_id']}")
        gates.desk.restrict(patron, comment="By the suite.")
        yield Loan(
            patron, user, barcode, other, item["item_id"], item["biblio_id"], checkout["checkout_id"], people.library
        )
    finally:
        gates.selfcheck.take_back(barcode)


def at_the_desk(gates: Gates, loan: Loan) -> dict[Stop, bool]:
    gates.desk.lend(loan.patron, loan.other)
    loans = gates.circulation.good("GET", "/api/v1/checkouts", params={"patron_id": loan.patron})
    return {Stop.LOANS: len(loans) == 1, Stop.RENEWALS: not gates.desk.renew(loan.patron, loan.item)}


def at_the_web_page(gates: Gates, loan: Loan) -> tuple[dict[Stop, bool], bool]:
    """What the address behind the button does; and whether there is a button."""
    url = gates.opac
    with requests.Session() as session:
        session.trust_env = False
        login = {"userid": loan.user, "password": PIN, "koha_login_context": "opac"}
        page = session.post(f"{url}/opac-user.pl", data=login, timeout=TIMEOUT).text
        logged_in = 'id="userdebarred"' in page
        renewed = session.get(
            f"{url}/opac-renew.pl",
            params={"issue": loan.checkout, "borrowernumber": loan.patron},
            timeout=TIMEOUT,
            allow_redirects=False,
        ).headers["Location"]
        held = session.get(f"{url}/opac-reserve.pl", params={"biblionumber": loan.biblio}, timeout=TIMEOUT).text
    stopped = {
        Stop.RENEWALS: not renewed.endswith(f"renewed={loan.item}"),
        Stop.HOLDS: 'id="debarred"' in held and "place_reserve" not in held,
        Stop.DIGITAL: not logged_in,
    }
    return stopped, 'name="issue"' in page


def by_rest(gates: Gates, loan: Loan) -> dict[Stop, bool]:
    circulation = gates.circulation
    allowed = circulation.good("GET", f"/api/v1/checkouts/{loan.checkout}/allows_renewal")
    renewal = circulation.call("POST", f"/api/v1/checkouts/{loan.checkout}/renewal")
    assert (renewal.status_code == 201) is allowed["allows_renewal"]
    body = {"patron_id": loan.patron, "biblio_id": loan.biblio, "pickup_library_id": loan.pickup}
    hold = circulation.call("POST", "/api/v1/holds", json=body)
    if hold.status_code == 201:
        circulation.good("DELETE", f"/api/v1/holds/{hold.json()['hold_id']}", 204)
    login = {"userid": loan.user, "password": PIN}
    signed_in = gates.koha.call("POST", "/api/v1/auth/password/validation", json=login).status_code == 201
    return {
        Stop.RENEWALS: renewal.status_code != 201,
        Stop.HOLDS: hold.status_code != 201,
        Stop.DIGITAL: not signed_in,
    }


def by_ilsdi(gates: Gates, loan: Loan) -> dict[Stop, bool]:
    def asked(service: str, **query: object) -> str:
        return requests.get(f"{gates.opac}/ilsdi.pl", params={"service": service, **query}, timeout=TIMEOUT).text

    renewed = asked("RenewLoan", patron_id=loan.patron, item_id=loan.item)
    held = asked("HoldTitle", patron_id=loan.patron, bib_id=loan.biblio, request_location="127.0.0.1")
    known = asked("AuthenticatePatron", username=loan.user, password=PIN)
    return {
        Stop.RENEWALS: re.search(r"<success>1<", renewed) is None,
        Stop.HOLDS: "PatronRestricted" in held,
        Stop.DIGITAL: f"<id>{loan.patron}</id>" not in known,
    }


def at_the_self_check(gates: Gates, loan: Loan) -> dict[Stop, bool]:
    selfcheck = gates.selfcheck
    lent, _ = selfcheck.lend(loan.user, loan.other)
    renewed, _ = selfcheck.renew(loan.user, loan.barcode)
    refused = not selfcheck.shows_as_good(loan.user)
    return {Stop.LOANS: not lent, Stop.RENEWALS: not renewed, Stop.HOLDS: refused, Stop.DIGITAL: refused}


@pytest.mark.parametrize("blocks_renewing", ["0", "1"])
def test_each_gate_stops_what_the_table_says(
    source: Source, policy: Policy, gates: Gates, loan: Loan, preference: Preference, blocks_renewing: str
) -> None:
    preference("ILS-DI", "1")
    preference("RestrictionBlockRenewing", blocks_renewing)
    status = source.status()
    on_page, has_button = at_the_web_page(gates, loan)
    did = {
        KohaGate.DESK: at_the_desk(gates, loan),
        KohaGate.OPAC: on_page,
        KohaGate.REST: by_rest(gates, loan),
        KohaGate.ILSDI: by_ilsdi(gates, loan),
        KohaGate.SIP2: at_the_self_check(gates, loan),
    }
    table = stop_table(status)
    said = {
        gate: {stop: table[gate][stop].effect is Effect.STOPPED for stop in stopped} for gate, stopped in did.items()
    }
    assert did == said
    assert not has_button
    warnings = stops_fit(policy, status).warnings
    assert bool(warnings) is (blocks_renewing == "0")
    for gate, stopped in did.items():
        print(gate, {stop.value: "stopped" if is_so else "let through" for stop, is_so in stopped.items()})  # noqa: T201


def refused_by_limits(source: Source, policy: Policy, patron: int) -> tuple[IlsStatus, bool]:
    """What our own count says of that card."""
    status, pull = source.status(), source.read([str(patron)])
    now = datetime.now(tz=UTC)
    decisions = [decide(facts, {}, policy, now, Scope()) for facts in pull.facts]
    return status, bool(list(cards_refused(decisions, policy, status, now.date())))


@pytest.mark.parametrize(
    ("limit", "confirm", "harms"),
    [
        ("5", "0", ["noissuescharge is 5"]),
        ("", "0", ["noissuescharge is empty"]),
        ("100000", "0", []),
        ("100000", "1", ["AllFinesNeedOverride is on"]),
    ],
)
def test_what_koha_refuses_by_itself_is_told_before_and_counted(  # noqa: PLR0917 - fixtures are named
    source: Source,
    policy: Policy,
    people: People,
    selfcheck: SelfCheck,
    barcodes: tuple[str, str],
    preference: Preference,
    limit: str,
    confirm: str,
    harms: list[str],
) -> None:
    patron = people.owing(60)
    card = people.userid(patron)
    preference("noissuescharge", limit)
    preference("AllFinesNeedOverride", confirm)
    status, counted = refused_by_limits(source, policy, patron)
    told = koha_beside(policy, status).harms
    assert [known in harm for known, harm in zip(harms, told, strict=True)] == [True] * len(harms)
    lent, screen = selfcheck.lend(card, barcodes[1])
    if lent:
        selfcheck.take_back(barcodes[1])
    assert lent is not counted
    assert counted is bool(harms)
    assert selfcheck.shows_as_good(card) is (limit == "100000")
    print(f"noissuescharge {limit!r}, AllFinesNeedOverride {confirm}: lent {lent} {screen!r}")  # noqa: T201
