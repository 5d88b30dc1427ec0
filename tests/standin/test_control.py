"""The control routes: everything that happens in a library, by HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from adapters.standin.control.acts import ACTS
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from tests.standin.client import PLUGIN, Client


class Desk:
    def __init__(self, koha: StandinKoha) -> None:
        self.url = f"{koha.url}/standin"
        self.session = requests.Session()

    def get(self, path: str, **query: str | int) -> Any:
        answer = self.session.get(f"{self.url}/{path}", params=query, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: object) -> requests.Response:
        return self.session.post(f"{self.url}/{path}", json=body, timeout=5)

    def act(self, path: str, **body: object) -> Any:
        answer = self.post(path, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]


@pytest.fixture
def desk(koha: StandinKoha) -> Iterator[Desk]:
    desk = Desk(koha)
    yield desk
    desk.session.close()


def test_the_routes_are_listed_with_what_they_take(desk: Desk) -> None:
    listing = desk.get("")
    assert set(listing["POST"]) == {f"/standin/{name}" for name in ACTS}
    assert listing["POST"]["/standin/pay"]["takes"] == {"patron_id": "", "amount": "optional"}


def test_somebody_is_charged_and_pays(desk: Desk, patron: int) -> None:
    desk.act("charge", patron_id=patron, type="LOST", amount=149.5, item_id=7)
    desk.act("charge", patron_id=patron, amount="20.00")
    assert desk.get(f"patrons/{patron}")["balance"] == "169.500000"
    desk.act("pay", patron_id=patron, amount=19.5)
    assert desk.get(f"patrons/{patron}")["balance"] == "150.000000"
    desk.act("pay", patron_id=patron)
    assert desk.get(f"patrons/{patron}")["balance"] == "0.000000"


def test_somebody_mistypes_and_staff_help(desk: Desk, patron: int) -> None:
    assert desk.act("wrong-pin", patron_id=patron, times=7) == 5
    assert desk.act("right-pin", patron_id=patron) is False
    desk.act("reset-pin", patron_id=patron)
    assert desk.act("right-pin", patron_id=patron) is True
    desk.act("set-attempts", patron_id=patron, attempts=-1)
    assert desk.get(f"patrons/{patron}")["attempts"] == -1


def test_staff_restrict_edit_and_lift(desk: Desk, patron: int) -> None:
    row = desk.act("staff-restricts", patron_id=patron, comment="Spørg", expiration="2030-01-01")
    desk.act("staff-edits", row_id=row, comment="Spørg igen", expiration=None)
    mine = [one for one in desk.get("restrictions", foreign=1) if one["borrowernumber"] == patron]
    assert [(one["comment"], one["expiration"], one["type"]) for one in mine] == [("Spørg igen", None, "MANUAL")]
    assert set(mine[0]) == {
        "borrower_debarment_id", "borrowernumber", "expiration", "type", "comment", "manager_id", "created", "updated",
    }  # fmt: skip
    assert desk.act("staff-lifts", patron_id=patron, restriction="MANUAL") == 1
    desk.act("staff-restricts", patron_id=patron, type="CW_DEBT")
    assert not any(one["borrowernumber"] == patron for one in desk.get("restrictions", foreign=1))
    ours = next(one for one in desk.get("restrictions") if one["borrowernumber"] == patron)
    assert desk.act("staff-lifts", patron_id=patron, restriction=ours["borrower_debarment_id"]) == 1


def test_records_change(desk: Desk, library: Library) -> None:
    patron = desk.act("create-patron", category="CHILD", born="2016-02-03")
    desk.act("change-patron", patron_id=patron, category="YOUNG", library="VIBY", born=None, expires="2031-01-01")
    row = library.patron(patron)
    assert (row.category_id, row.library_id, row.born, str(row.expires)) == ("YOUNG", "VIBY", None, "2031-01-01")
    desk.act("card-lost", patron_id=patron)
    assert library.patron(patron).card_lost is True
    desk.act("card-lost", patron_id=patron, lost=False)
    desk.act("set-flag", patron_id=patron, debarred="9999-12-31")
    assert desk.get(f"patrons/{patron}")["restricted"] is True
    desk.act("hide-patron", patron_id=patron)
    desk.act("delete-patron", patron_id=patron)
    assert patron not in library.patrons


def test_the_system_changes(desk: Desk, library: Library) -> None:
    desk.act("add-restriction-type", type="CW_TRIAL")
    desk.act("register-type", type="CW_TRIAL")
    assert desk.act("delete-restriction-type", type="CW_TRIAL") == 0
    desk.act("unregister-type", type="CW_TRIAL")
    assert "CW_TRIAL" not in library.registered
    desk.act("set-preference", name="RestrictionBlockRenewing", value="1")
    assert library.preferences["RestrictionBlockRenewing"] == "1"
    before = library.now()
    assert desk.act("advance", seconds=90) - before in {90, 91}
    desk.act("pause-plugin")
    assert library.paused is True
    known = library.installation_id
    desk.act("replace-installation", installation_id="another")
    assert library.installation_id == "another"
    library.replace_installation(known)


def test_a_payment_is_voided_and_a_credit_paid_out(desk: Desk, patron: int) -> None:
    desk.act("charge", patron_id=patron, amount="20.00")
    payment = desk.act("pay", patron_id=patron, amount="30.00")
    assert desk.get(f"patrons/{patron}")["settled_at"] == desk.get(f"patrons/{patron}")["paid_at"] is not None
    assert desk.act("pay-out", patron_id=patron, line_id=payment) > payment
    assert desk.get(f"patrons/{patron}")["balance"] == "0.000000"
    assert desk.act("void", patron_id=patron, line_id=payment) > payment
    shown = desk.get(f"patrons/{patron}")
    assert (shown["balance"], shown["settled_at"], shown["paid_at"]) == ("30.000000", None, None)


def test_records_are_merged(desk: Desk, library: Library, patron: int) -> None:
    other = desk.act("create-patron")
    desk.act("charge", patron_id=other, amount="20.00")
    desk.act("merge-patrons", patron_id=patron, other_id=other)
    assert desk.get(f"patrons/{patron}")["balance"] == "20.000000"
    assert other not in library.patrons


def test_a_database_is_restored_and_a_clock_goes_wrong(desk: Desk, library: Library, patron: int) -> None:
    desk.act("back-up", name="night")
    desk.act("charge", patron_id=patron, amount="20.00")
    before = library.now()
    assert desk.act("step-clock", seconds=-86_400) - before + 86_400 in {0, 1}
    desk.act("restore", name="night")
    assert desk.get(f"patrons/{patron}")["balance"] == "0.000000"
    assert desk.act("set-clock-right") - before in {0, 1}


def test_what_a_policy_may_name_is_added_and_deleted(desk: Desk, client: Client) -> None:
    def status() -> Any:
        return client.get(f"{PLUGIN}/status").json()

    tables = ("libraries", "charge_types", "item_types", "patron_attributes")
    before = status()
    desk.act("set-category", id="GUEST", type="A", fines_limit="20", guarantors_limit=7.5)
    for table in tables:
        desk.act("add-name", table=table, code="NEW")
    there = status()
    [guest] = [one for one in there["categories"] if one["id"] == "GUEST"]
    assert guest == {
        "id": "GUEST", "type": "A", "fines_limit": "20.00", "guarantees_limit": None, "guarantors_limit": "7.50",
    }  # fmt: skip
    assert all(set(there[table]) - set(before[table]) == {"NEW"} for table in tables)
    desk.act("delete-category", id="GUEST")
    for table in tables:
        desk.act("delete-name", table=table, code="NEW")
    after = status()
    assert [after[key] for key in (*tables, "categories")] == [before[key] for key in (*tables, "categories")]


def test_the_plugin_changes_its_version(desk: Desk, client: Client) -> None:
    desk.act("speak-contract", version=1)
    assert client.get(f"{PLUGIN}/status").json()["api_version"] == 1
    desk.act("speak-contract", version=3)
    assert client.get(f"{PLUGIN}/status").json()["api_version"] == 3


def test_subjects_are_picked_by_what_they_owe(desk: Desk, library: Library) -> None:
    found = desk.get("patrons", owes_at_least="225", owes_at_most="225", restricted="0", limit=3)
    assert library.subjects["owes_exactly_the_limit"] in [one["patron_id"] for one in found]
    assert {one["balance"] for one in found} == {"225.000000"}
    assert desk.get("subjects") == library.subjects


def test_faults_are_turned_on_and_off(desk: Desk, koha: StandinKoha) -> None:
    assert desk.post("faults", fault="latency=0.01").json()["result"] == ["latency"]
    assert desk.get("faults")[0]["seconds"] == 0.01
    assert desk.session.delete(f"{desk.url}/faults", timeout=5).status_code == 204
    assert koha.faults.standing() == []


@pytest.mark.parametrize(
    ("path", "body", "status", "why"),
    [
        ("pay", {"patron_id": 999_999}, 404, "there is no patron 999999"),
        ("pay", {}, 400, "patron_id"),
        ("pay", {"patron_id": 1, "amount": "0"}, 400, "more than 0"),
        ("pay", {"patron_id": 1, "zzz": 1}, 400, "zzz"),
        ("staff-restricts", {"patron_id": 1, "type": "NOPE"}, 404, "there is no restriction NOPE"),
        ("register-type", {"type": "MANUAL"}, 400, "CW_"),
        ("void", {"patron_id": 1, "line_id": 1}, 400, "no credit"),
        ("restore", {"name": "never"}, 400, "no backup never"),
        ("delete-category", {"id": "ADULT"}, 400, "there are patrons"),
        ("add-name", {"table": "patrons", "code": "X"}, 400, "table"),
        ("speak-contract", {"version": 4}, 400, "versions 1 to 3"),
        ("faults", {"fault": "nonsense"}, 400, "cannot read the fault"),
    ],
)
def test_what_cannot_be_done_says_why(desk: Desk, path: str, body: dict[str, object], status: int, why: str) -> None:
    answer = desk.post(path, **body)
    assert (answer.status_code, why in answer.json()["error"]) == (status, True)


@pytest.mark.parametrize("query", ["owes_at_least=much", "limit=x", "name=Jensen"])
def test_a_bad_filter_says_why(desk: Desk, query: str) -> None:
    answer = desk.session.get(f"{desk.url}/patrons?{query}", timeout=5)
    assert answer.status_code == 400


def test_a_patron_who_is_not_there(desk: Desk) -> None:
    assert desk.session.get(f"{desk.url}/patrons/999999", timeout=5).status_code == 404
