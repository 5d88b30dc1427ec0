"""The plugin's own tables: what they hold and no more, and how version 1.0's become these."""

import pytest

from tests.live.client import Client
from tests.live.target import Login

from .koha import Koha

CREDITS = "koha_plugin_dk_cardwarden_credits"
ANSWERS = "koha_plugin_dk_cardwarden_answers"
NOTICES = "koha_plugin_dk_cardwarden_notices"
RELEASES = "koha_plugin_dk_cardwarden_releases"
OLDER = """
CREATE TABLE koha_plugin_dk_cardwarden_types (
    code varchar(50) NOT NULL, registered_at bigint NOT NULL, registered_by int(11) DEFAULT NULL, PRIMARY KEY (code)
);
CREATE TABLE koha_plugin_dk_cardwarden_payments (
    borrowernumber int(11) NOT NULL, paid_at bigint NOT NULL, paid_by int(11) DEFAULT NULL,
    paid_line int(11) DEFAULT NULL, credit_type varchar(80) DEFAULT NULL, interface varchar(16) DEFAULT NULL,
    settled_at bigint DEFAULT NULL, PRIMARY KEY (borrowernumber), KEY paid_at (paid_at),
    FOREIGN KEY (borrowernumber) REFERENCES borrowers (borrowernumber) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO koha_plugin_dk_cardwarden_types VALUES ('CW_DEBT', 1795000000, 2);
INSERT INTO restriction_types (code, display_text) VALUES ('CW_DEBT', 'Debt');
INSERT INTO accountlines (accountlines_id, borrowernumber, date, amount, amountoutstanding, credit_type_code,
    debit_type_code, interface) VALUES
    (11, 1, FROM_UNIXTIME(1795000100), -5, 0, 'PAYMENT', NULL, 'api'),
    (12, 2, FROM_UNIXTIME(1795000200), -5, 0, 'PAYMENT', NULL, 'api'),
    (21, 3, FROM_UNIXTIME(1795000300), -5, 0, 'PAYMENT', NULL, 'api'),
    (22, 3, FROM_UNIXTIME(1795000400), -5, 0, 'PAYMENT', NULL, 'api'),
    (23, 3, FROM_UNIXTIME(1795000450), 5, 5, NULL, 'OVERDUE', 'api'),
    (24, 3, FROM_UNIXTIME(1795000500), -5, 0, 'PAYMENT', NULL, 'api'),
    (25, 3, FROM_UNIXTIME(1795000550), -1, 0, 'PAYMENT', NULL, 'api'),
    (26, 3, FROM_UNIXTIME(1795000600), -1, 0, 'PAYMENT', NULL, 'api'),
    (27, 5, FROM_UNIXTIME(1795000950), -5, 0, 'PAYMENT', NULL, 'api'),
    (28, 5, FROM_UNIXTIME(1795000900), -1, 0, 'PAYMENT', NULL, 'api'),
    (31, 4, FROM_UNIXTIME(1795000800), -5, 0, 'PAYMENT', NULL, 'api');
INSERT INTO koha_plugin_dk_cardwarden_payments VALUES
    (1, 1795000100, 2, 11, 'PAYMENT', 'api', 1795000100),
    (2, 1795000200, 2, 12, 'PAYMENT', 'api', NULL),
    (3, 1795000600, 2, 26, 'PAYMENT', 'api', 1795000500),
    (4, 1795000800, 2, 31, 'PAYMENT', 'api', 1795000700),
    (5, 1795000900, 2, 28, 'PAYMENT', 'api', 1795000950);
INSERT INTO plugin_data VALUES ('Koha::Plugin::Dk::Cardwarden', 'installation_id', 'the same');
"""
"""Version 1.0's tables: one who settled by the last payment, one who never did, one by an earlier payment, one
by a payment whose line Koha has purged, and one who settled just before the clock was put back."""

MOMENTS = {
    1: (1795000100, 1795000100),
    2: (None, 1795000200),
    3: (1795000500, 1795000600),
    4: (1795000700, 1795000800),
    5: (1795000950, 1795000900),
}


def moments(client: Client) -> dict[int, tuple[int | None, int | None]]:
    patrons = client.look_up(patron_ids=sorted(MOMENTS))["patrons"]
    return {one["patron_id"]: (one["settled_at"], one["paid_at"]) for one in patrons}


def columns(koha: Koha) -> set[tuple[str, str]]:
    rows = koha.sql(
        "SELECT table_name, column_name FROM information_schema.columns "
        f"WHERE table_schema = '{koha.name}' AND table_name LIKE 'koha\\_plugin%'"
    )
    return {(table.removeprefix("koha_plugin_dk_cardwarden_"), column) for table, column in rows}


KEPT = {
    ("types", "code"),
    ("walk", "borrowernumber"),
    *(("credits", column) for column in ("borrowernumber", "credit_id", "at", "settled")),
    *(("answers", column) for column in ("borrowernumber", "as_of", "body", "stored_at")),
    *(("releases", column) for column in ("id", "borrowernumber", "type", "rule", "staff", "photo_id", "reason")),
    *(("notices", column) for column in ("borrowernumber", "key", "code", "message_id", "queued_at", "status")),
    ("notices", "status_at"),
    *(("releases", column) for column in ("at", "rows", "taken_at")),
}


def test_nothing_is_kept_that_no_purpose_needs(koha: Koha) -> None:
    assert columns(koha) == KEPT


def test_installing_again_changes_nothing(koha: Koha) -> None:
    before = koha.sql("SELECT * FROM plugin_data")
    koha.sql("INSERT INTO koha_plugin_dk_cardwarden_types VALUES ('CW_DEBT')")
    koha.sql(f"INSERT INTO {CREDITS} VALUES (1, 5, 1795000000, 1)")
    for method in ("install", "upgrade"):
        koha.method(method)
    assert koha.sql("SELECT * FROM plugin_data") == before
    assert koha.sql("SELECT * FROM koha_plugin_dk_cardwarden_types") == [["CW_DEBT"]]
    assert koha.sql(f"SELECT * FROM {CREDITS}") == [["1", "5", "1795000000", "1"]]


@pytest.mark.parametrize("times", [1, 2])
def test_an_upgrade_from_1_0_loses_nothing_and_keeps_nothing_needless(bare: Koha, times: int) -> None:
    bare.sql(OLDER)
    for _ in range(times):
        bare.method("upgrade")
    assert columns(bare) == KEPT
    assert bare.sql(f"SELECT borrowernumber, credit_id, at, settled FROM {CREDITS} ORDER BY borrowernumber, at") == [
        ["1", "11", "1795000100", "1"],
        ["2", "12", "1795000200", "0"],
        ["3", "24", "1795000500", "1"],
        ["3", "26", "1795000600", "0"],
        ["4", "0", "1795000700", "1"],
        ["4", "31", "1795000800", "0"],
        ["5", "28", "1795000900", "0"],
        ["5", "27", "1795000950", "1"],
    ]
    with bare.served():
        client = Client(bare.url, Login("service-id", "service-secret"), "first")
        assert moments(client) == MOMENTS
        status = client.status()
        assert status["installation_id"] == "the same"
        assert [one["type"] for one in status["types"]] == ["CW_DEBT"]
        client.close()


def test_an_upgrade_that_was_cut_off_is_finished_by_the_next(bare: Koha) -> None:
    bare.sql(OLDER)
    bare.sql("ALTER TABLE koha_plugin_dk_cardwarden_types DROP COLUMN registered_at, DROP COLUMN registered_by")
    bare.method("upgrade")
    assert columns(bare) == KEPT
    assert len(bare.sql(f"SELECT * FROM {CREDITS}")) == 8


def test_what_the_plugin_noted_goes_with_its_patron(koha: Koha) -> None:
    koha.sql(f"INSERT INTO {CREDITS} VALUES (3, 5, 1795000000, 1), (4, 6, 1795000000, 1)")
    koha.sql(f"INSERT INTO {ANSWERS} VALUES (3, 1, '{{}}', 1), (4, 1, '{{}}', 1)")
    koha.sql(f"INSERT INTO {RELEASES} VALUES (1, 3, 'CW_PIN', 'pin', 2, 1, '', 1, '', NULL)")
    koha.sql(f"INSERT INTO {RELEASES} VALUES (2, 4, 'CW_PIN', 'pin', 3, 1, '', 1, '', NULL)")
    koha.sql("DELETE FROM borrowers WHERE borrowernumber = 3")
    for table in (CREDITS, ANSWERS, RELEASES):
        assert koha.sql(f"SELECT borrowernumber FROM {table}") == [["4"]]
    assert koha.sql(f"SELECT staff FROM {RELEASES}") == [["NULL"]], "a release outlives the record of who made it"


def test_an_upgrade_from_1_1_brings_the_tables_and_the_permission(koha: Koha) -> None:
    koha.sql(f"DROP TABLE {ANSWERS}; DROP TABLE {RELEASES}; DROP TABLE {NOTICES}; DELETE FROM permissions")
    koha.sql(f"INSERT INTO {CREDITS} VALUES (1, 5, 1795000000, 1)")
    koha.method("upgrade")
    assert columns(koha) == KEPT
    assert koha.sql(f"SELECT * FROM {CREDITS}") == [["1", "5", "1795000000", "1"]]
    assert koha.sql("SELECT module_bit, code FROM permissions") == [["19", "cardwarden_release"]]


def test_uninstalling_leaves_neither_tables_nor_the_permission(koha: Koha) -> None:
    koha.sql("INSERT INTO permissions VALUES (19, 'tool', 'Use tool plugins')")
    koha.method("uninstall")
    assert columns(koha) == set()
    assert koha.sql("SELECT code FROM permissions") == [["tool"]]
