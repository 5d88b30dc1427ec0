"""Writing when the database does not play along: what is refused is undone whole, and spoils nothing else."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live.client import Client, Json, row
from tests.live.people import People
from tests.live.staff import Staff

from .koha import Koha

REFUSES = """
DELIMITER $$
CREATE TRIGGER no BEFORE {when} ON borrower_debarments FOR EACH ROW
    IF {row}.comment = 'refuse me' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF$$
"""


@pytest.fixture
def types(staff: Staff) -> tuple[str, str]:
    """Two registered types."""
    staff.register("CW_PIN")
    return "CW_DEBT", "CW_PIN"


def item(client: Client, patron: int, **more: object) -> Json:
    return {"patron_id": patron, "etag": client.facts(patron)["etag"], **more}


def test_an_item_that_the_database_refuses_is_undone_whole_and_spoils_no_other(
    served: Koha, client: Client, people: People, types: tuple[str, str]
) -> None:
    debt, pin = types
    patrons = [people.make() for _ in range(3)]
    people.mistype(patrons[1], 3)
    client.result(patrons[1], set=[row(pin)])
    before = client.facts(patrons[1])
    served.sql(REFUSES.format(when="INSERT", row="NEW"))
    results = client.results(
        item(client, patrons[0], set=[row(debt)]),
        item(client, patrons[1], set=[row(debt, "refuse me")], remove=[pin], reset_pin=True),
        item(client, patrons[2], set=[row(debt)]),
    )
    assert [one["status"] for one in results] == [201, 500, 201]
    assert [one["written"] for one in results] == [True, False, True]
    assert results[1]["etag"] is None
    assert results[1]["error"] == "The database refused the change; nothing of it was written."
    assert client.facts(patrons[1]) == before
    assert [[one["type"] for one in client.rows(patron)] for patron in patrons] == [[debt], [pin], [debt]]
    said = served.log.read_text()
    assert "tried again item by item" in said
    assert f"the change for patron {patrons[1]} failed" in said


def test_what_was_removed_before_a_refusal_is_back(
    served: Koha, client: Client, people: People, types: tuple[str, str]
) -> None:
    debt, pin = types
    patron = people.make()
    client.result(patron, set=[row(debt), row(pin)])
    before = client.facts(patron)
    served.sql(REFUSES.format(when="DELETE", row="OLD"))
    served.sql(f"UPDATE borrower_debarments SET comment = 'refuse me' WHERE type = '{pin}'")
    [result] = client.results(item(client, patron, remove=[debt, pin]))
    assert result["status"] == 500
    assert [one["id"] for one in client.rows(patron)] == [one["id"] for one in before["restrictions"]]


def test_after_a_refusal_the_same_connection_writes_on(
    served: Koha, client: Client, people: People, types: tuple[str, str]
) -> None:
    patron = people.make()
    served.sql(REFUSES.format(when="INSERT", row="NEW"))
    for _ in range(4):
        assert client.result(patron, set=[row(types[0], "refuse me")])["status"] == 500
    served.sql("DROP TRIGGER no")
    for _ in range(4):
        client.result(patron, set=[row(types[0])])
    assert [one["type"] for one in client.rows(patron)] == [types[0]]
    assert served.sql("SELECT COUNT(*) FROM borrower_debarments") == [["1"]]


def test_more_than_a_group_is_written_and_answered_in_the_order_asked(
    served: Koha, client: Client, people: People, types: tuple[str, str]
) -> None:
    patrons = [people.make() for _ in range(110)][::-1]
    facts = {one["patron_id"]: one["etag"] for one in client.look_up(patron_ids=patrons)["patrons"]}
    wanted = [{"patron_id": patron, "etag": facts[patron], "set": [row(types[0])]} for patron in patrons]
    results = client.results(*wanted)
    assert [(one["patron_id"], one["status"]) for one in results] == [(patron, 201) for patron in patrons]
    assert served.sql("SELECT COUNT(*), COUNT(DISTINCT borrowernumber) FROM borrower_debarments") == [["110", "110"]]


HOLDS = """
use Koha::Database;
my $dbh = Koha::Database::dbh();
$dbh->begin_work;
$dbh->do("UPDATE borrowers SET firstname = 'held' WHERE borrowernumber = $_") for ({patrons});
print "held\\n"; STDOUT->flush; my $told = <STDIN>;
$dbh->commit;
"""
"""Another program in a transaction that has these patrons."""


def test_a_patron_whom_another_program_holds_is_given_up_and_the_others_are_written(
    served: Koha, client: Client, people: People, types: tuple[str, str]
) -> None:
    free, held = people.make(), people.make()
    items = [item(client, patron, set=[row(types[0])]) for patron in (held, free)]
    with served.talking(HOLDS.format(patrons=held)) as other:
        assert other.heard() == "held"
        results = client.results(*items)
        other.say("let go")
    assert [one["status"] for one in results] == [500, 201]
    assert client.result(held, set=[row(types[0])])["status"] == 201


def test_after_three_waits_in_vain_the_rest_of_a_request_is_given_up_at_once(
    served: Koha, client: Client, people: People, types: tuple[str, str]
) -> None:
    held = [people.make() for _ in range(6)]
    items = [item(client, patron, set=[row(types[0])]) for patron in held]
    with served.talking(HOLDS.format(patrons=", ".join(map(str, held)))) as other:
        assert other.heard() == "held"
        served.sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1")
        results = client.results(*items)
        served.sql("SET GLOBAL general_log = 0")
        other.say("let go")
    assert [one["status"] for one in results] == [500] * 6
    tries = "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE 'SELECT borrowernumber FROM borrowers FORCE%'"
    assert served.sql(tries) == [["3"]]
    assert "locks were waited for in vain 3 times" in served.log.read_text()
    assert client.result(held[5], set=[row(types[0])])["status"] == 201


def test_names_with_quotes_are_names(served: Koha, client: Client, people: People, types: tuple[str, str]) -> None:
    patron = people.make()
    comment = "'; DROP TABLE borrowers; -- \" \\ % ? æøå"
    client.results(takeover=True, instance="a ' journal \" \\")
    client.instance = "a ' journal \" \\"
    assert client.status()["writer"] == client.instance
    assert client.result(patron, set=[row(types[0], comment)])["status"] == 201
    assert [one["comment"] for one in client.rows(patron)] == [comment]
    assert client.look_up(cardnumber="' OR '1'='1")["patrons"] == []
    assert client.result(patron, set=[row("x' OR '1'='1")])["status"] == 403
    assert client.result(patron, remove=["CW_DEBT' OR '1'='1"])["status"] == 403
    assert len(client.rows(patron)) == 1


def test_the_pause_is_off_only_where_it_is_off(served: Koha, client: Client, staff: Staff, people: People) -> None:
    patron = people.make()
    staff.pause(True)
    assert client.change(item(client, patron, set=[row("CW_DEBT")])).status_code == 503
    assert client.change(instance="another", takeover=True).json()["error_code"] == "paused"
    assert served.sql("SELECT plugin_value FROM plugin_data WHERE plugin_key = 'writer'") == [[""]]
    staff.pause(False)
    assert client.result(patron, set=[row("CW_DEBT")])["status"] == 201


def test_of_two_journals_that_come_to_a_koha_without_a_writer_the_second_waits_and_is_refused(
    served: Koha, client: Client
) -> None:
    code = """
        use Koha::Database; use Koha::Plugin::Dk::Cardwarden::Settings;
        my $dbh = Koha::Database::dbh();
        $dbh->begin_work;
        my $other = Koha::Plugin::Dk::Cardwarden::Settings->claim( $dbh, 'quicker', 0 );
        print defined $other ? $other : 'claimed', "\\n"; STDOUT->flush; my $told = <STDIN>;
        $dbh->commit;
    """
    with served.talking(code) as other, ThreadPoolExecutor(1) as pool:
        assert other.heard() == "claimed"
        answer = pool.submit(client.change)
        while served.sql("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") == [["0"]]:
            assert not answer.done(), "it did not wait"
            time.sleep(0.2)  # InnoDB renews this table only if nobody has read it for 0.1 s
        other.say("go on")
        assert (answer.result().status_code, answer.result().json()["writer"]) == (409, "quicker")


def test_without_its_writer_s_row_the_plugin_takes_the_first_that_comes(
    served: Koha, client: Client, people: People
) -> None:
    served.sql("DELETE FROM plugin_data WHERE plugin_key = 'writer'")
    assert client.results() == []
    assert client.change(instance="second").status_code == 409
