"""The plugin's page: nothing is done without the form's own token, and types are registered by rules."""

from collections.abc import Iterator

import pytest

from tests.live.client import Client, row
from tests.live.people import People
from tests.live.staff import PAGE, Staff
from tests.live.target import Login

from .koha import Koha

RUN = "/plugins/run.pl"
FORMS = [
    pytest.param({"op": "cud-register", "code": "CW_NEW", "display_text": "New"}, id="register"),
    pytest.param({"op": "cud-forget", "code": "CW_DEBT"}, id="forget"),
    pytest.param({"op": "cud-lift", "code": "CW_DEBT", "is_debt_type": "1"}, id="lift"),
    pytest.param({"op": "cud-pause"}, id="pause"),
    pytest.param({"op": "cud-resume"}, id="resume"),
]
NEWER = """
ALTER TABLE restriction_types ADD lift_after_payment tinyint(1) NOT NULL DEFAULT 0, ADD fee_limit decimal(28,6);
"""


def state(koha: Koha) -> list[list[str]]:
    """All that the page may change."""
    return [
        *koha.sql("SELECT * FROM restriction_types ORDER BY code"),
        *koha.sql("SELECT * FROM koha_plugin_dk_cardwarden_types ORDER BY code"),
        *koha.sql("SELECT * FROM plugin_data ORDER BY plugin_key"),
    ]


@pytest.fixture
def another(served: Koha) -> Iterator[Staff]:
    """The same person in another session."""
    someone = Staff(served.url, Login("desk", "desk-pw"), "23.05.04.000")
    yield someone
    someone.close()


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_did_not_come_from_the_page_does_nothing(
    served: Koha, staff: Staff, another: Staff, form: dict[str, str]
) -> None:
    served.sql(NEWER)
    if form["op"] == "cud-resume":
        staff.pause(True)
    before = state(served)
    theirs = another._token(RUN, **PAGE)
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "nonsense"}, {"csrf_token": theirs}):
        assert 'id="cardwarden-problem"' in staff._post(RUN, PAGE | form | token)
    assert state(served) == before


@pytest.mark.parametrize("form", FORMS)
def test_an_address_with_a_good_token_does_nothing(served: Koha, staff: Staff, form: dict[str, str]) -> None:
    served.sql(NEWER)
    if form["op"] == "cud-resume":
        staff.pause(True)
    before = state(served)
    token = staff._token(RUN, **PAGE)
    assert 'id="cardwarden-problem"' in staff._get(RUN, **PAGE, **form, csrf_token=token)
    assert state(served) == before


@pytest.mark.parametrize("form", FORMS)
def test_the_same_form_with_its_token_is_done(served: Koha, staff: Staff, form: dict[str, str]) -> None:
    served.sql(NEWER)
    if form["op"] == "cud-resume":
        staff.pause(True)
    before = state(served)
    assert staff.page(**form) == "cardwarden-done"
    assert state(served) != before


def test_whoever_may_not_configure_plugins_sees_no_page(served: Koha) -> None:
    with pytest.raises(AssertionError, match="did not let the user in"):
        Staff(served.url, Login("nobody", "no password"), "23.05.04.000")
    served.sql("DELETE FROM double_permissions WHERE module = 'plugins'")
    someone = Staff(served.url, Login("desk", "desk-pw"), "23.05.04.000")
    assert 'name="csrf_token"' not in someone._get(RUN, **PAGE)
    someone.close()


@pytest.mark.parametrize(
    ("sql", "code", "text", "problem"),
    [
        ("", "CW_", "A text", "capital letters"),
        ("", "MANUAL", "A text", "capital letters"),
        ("", "CW_X\nMANUAL", "A text", "capital letters"),
        ("", "CW_" + "X" * 48, "A text", "capital letters"),
        ("", "CW_NEW", "", "needs a text"),
        ("", "CW_NEW", "   ", "needs a text"),
        ("", "CW_NEW", "Manual", "has that text already"),
        ("INSERT INTO restriction_types VALUES ('CW_SYSTEM', 'x', 1, 0)", "CW_SYSTEM", "A text", "system types"),
        ("INSERT INTO restriction_types VALUES ('CW_USUAL', 'x', 0, 1)", "CW_USUAL", "A text", "default type"),
        ("", "CW_DEBT", "A text", "registered already"),
    ],
)
def test_a_type_that_is_not_to_be_registered_is_refused_with_the_reason(
    served: Koha, staff: Staff, sql: str, code: str, text: str, problem: str
) -> None:
    served.sql(sql or "SELECT 1")
    before = state(served)
    token = staff._token(RUN, **PAGE)
    form = PAGE | {"op": "cud-register", "code": code, "display_text": text, "csrf_token": token}
    assert problem in staff._post(RUN, form)
    assert state(served) == before


def test_a_type_that_koha_has_is_registered_with_its_own_text_and_spaces_around_are_nothing(
    served: Koha, staff: Staff
) -> None:
    served.sql("INSERT INTO restriction_types VALUES ('CW_OLD', 'Its own text', 0, 0)")
    assert staff.page("cud-register", code="  CW_OLD ", display_text="") == "cardwarden-done"
    assert served.sql("SELECT display_text FROM restriction_types WHERE code = 'CW_OLD'") == [["Its own text"]]
    assert ["CW_OLD"] in served.sql("SELECT code FROM koha_plugin_dk_cardwarden_types")


def test_a_type_that_cannot_be_made_is_not_registered(served: Koha, staff: Staff) -> None:
    served.sql(
        "CREATE TRIGGER no BEFORE INSERT ON koha_plugin_dk_cardwarden_types FOR EACH ROW SIGNAL SQLSTATE '45000'"
    )
    token = staff._token(RUN, **PAGE)
    form = PAGE | {"op": "cud-register", "code": "CW_NEW", "display_text": "New", "csrf_token": token}
    answer = staff.session.post(f"{staff.url}/cgi-bin/koha{RUN}", data=form, timeout=20)
    assert answer.status_code == 500
    assert served.sql("SELECT COUNT(*) FROM restriction_types WHERE code = 'CW_NEW'") == [["0"]]


def test_a_type_with_restrictions_stays_registered(served: Koha, staff: Staff, client: Client, people: People) -> None:
    patron = people.make()
    client.result(patron, set=[row("CW_DEBT")])
    token = staff._token(RUN, **PAGE)
    form = PAGE | {"op": "cud-forget", "code": "CW_DEBT", "csrf_token": token}
    assert "Restrictions of that type exist" in staff._post(RUN, form)
    client.result(patron, remove=["CW_DEBT"])
    assert staff.forget("CW_DEBT") == "cardwarden-done"


def test_types_with_quotes_in_their_names_are_names(served: Koha, staff: Staff) -> None:
    for op in ("cud-forget", "cud-lift"):
        staff.page(op, code="x' OR '1'='1", is_debt_type="1")
    assert served.sql("SELECT code FROM koha_plugin_dk_cardwarden_types") == [["CW_DEBT"]]


def test_only_newer_koha_lifts_by_itself_and_only_registered_types(served: Koha, staff: Staff) -> None:
    assert staff.page("cud-lift", code="CW_DEBT", is_debt_type="1") == "cardwarden-problem"
    assert "is_debt_type" not in staff._get(RUN, **PAGE)
    served.sql(NEWER)
    lifted = "SELECT code, lift_after_payment, fee_limit FROM restriction_types WHERE code IN ('CW_DEBT', 'MANUAL')"
    assert staff.page("cud-lift", code="MANUAL", is_debt_type="1") == "cardwarden-problem"
    assert staff.page("cud-lift", code="CW_DEBT", is_debt_type="1") == "cardwarden-done"
    assert served.sql(lifted) == [["CW_DEBT", "1", "0.000000"], ["MANUAL", "0", "NULL"]]
    assert 'checked="checked"' in staff._get(RUN, **PAGE)
    assert staff.page("cud-lift", code="CW_DEBT") == "cardwarden-done"
    assert served.sql(lifted)[0] == ["CW_DEBT", "0", "0.000000"]
    assert 'checked="checked"' not in staff._get(RUN, **PAGE)


def test_before_anybody_was_here_the_page_shows_the_types_all_the_same(served: Koha, staff: Staff) -> None:
    shown = staff._get(RUN, **PAGE)
    assert "<td>never</td>" in shown
    assert "<code>CW_DEBT</code>" in shown
    assert "cardwarden-no-types" not in shown


def test_the_page_shows_who_was_here_and_escapes_what_others_wrote(
    served: Koha, staff: Staff, client: Client, people: People
) -> None:
    patron = people.make()
    assert "never" in staff._get(RUN, **PAGE).lower() or served.sql(
        "SELECT 1 FROM plugin_data WHERE plugin_key = 'contact_at'"
    )
    client.results(instance="<script>alert(1)</script>")
    client.instance = "<script>alert(1)</script>"
    client.result(patron, set=[row("CW_DEBT")])
    shown = staff._get(RUN, **PAGE)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "by patron 1" in shown
    assert "cannot be uninstalled now" in shown
    assert client.status()["installation_id"] in shown
    client.result(patron, remove=["CW_DEBT"])
    assert "can be uninstalled" in staff._get(RUN, **PAGE)


class TestUninstalling:
    def test_it_is_refused_with_a_page_while_restrictions_of_ours_exist(
        self, served: Koha, staff: Staff, client: Client, people: People
    ) -> None:
        client.result(people.make(), set=[row("CW_DEBT")])
        shown = staff._get("/plugins/plugins-uninstall.pl")
        assert 'id="cardwarden-refused"' in shown
        assert "files are deleted" not in shown
        assert len(served.sql("SHOW TABLES LIKE 'koha_plugin_dk_cardwarden%'")) == 6

    def test_outside_the_staff_interface_it_ends_with_what_to_do(
        self, served: Koha, staff: Staff, client: Client, people: People
    ) -> None:
        client.result(people.make(), set=[row("CW_DEBT")])
        with pytest.raises(AssertionError, match="cardwarden retire --all --apply"):
            served.method("uninstall")
        assert len(served.sql("SHOW TABLES LIKE 'koha_plugin_dk_cardwarden%'")) == 6

    def test_staff_s_own_restrictions_are_no_reason(self, served: Koha, staff: Staff, people: People) -> None:
        staff.restrict(people.make())
        assert "files are deleted" in staff._get("/plugins/plugins-uninstall.pl")
        assert served.sql("SHOW TABLES LIKE 'koha_plugin_dk_cardwarden%'") == []
        served.method("install")
