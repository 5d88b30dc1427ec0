"""Staff at the desk when the database does not play along, and what is left in the log of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.client import Client, Json, row
from tests.live.desk import CIRCULATION, RELEASE, Desk, hire
from tests.live.people import People
from tests.live.staff import Staff
from tests.live.test_desk import Blocked, block, tell

from .koha import Koha

REFUSES = """
DELIMITER $$
CREATE TRIGGER no BEFORE {when} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'$$
"""
HOLDS = """
use Koha::Database;
my $dbh = Koha::Database::dbh();
$dbh->begin_work;
$dbh->do("UPDATE borrowers SET firstname = 'held' WHERE borrowernumber = {patron}");
print "held\\n"; STDOUT->flush; my $told = <STDIN>;
$dbh->commit;
"""
RELEASES = "koha_plugin_dk_cardwarden_releases"
ANSWERS = "koha_plugin_dk_cardwarden_answers"
BUSY = "problem: Somebody else is working on this patron just now. Please try again. Nothing was changed."


@pytest.fixture
def blocked(staff: Staff, client: Client, people: People) -> Blocked:
    staff.register("CW_PIN")
    return block(client, people, "CW_PIN")


@pytest.fixture
def desk(served: Koha, staff: Staff, client: Client, people: People, blocked: Blocked) -> Iterator[Desk]:
    login = hire(staff, client, people, *CIRCULATION, f"plugins:{RELEASE}")
    someone = Desk(served.url, login, "23.05.04.000")
    someone.learn_token(blocked.patron)
    yield someone
    someone.close()


def state(served: Koha) -> list[list[list[str]]]:
    tables = ("borrower_debarments", RELEASES, ANSWERS)
    return [
        *(served.sql(f"SELECT * FROM {table}") for table in tables),
        served.sql("SELECT borrowernumber, debarred, debarredcomment, login_attempts FROM borrowers"),
    ]


@pytest.mark.parametrize("when", ["DELETE ON borrower_debarments", f"INSERT ON {RELEASES}", f"UPDATE ON {ANSWERS}"])
def test_what_the_database_refuses_on_the_way_is_undone_whole(
    served: Koha, desk: Desk, blocked: Blocked, when: str
) -> None:
    before = state(served)
    served.sql(REFUSES.format(when=when))
    assert desk.release(blocked.patron, blocked.offer, photo_id="1") == BUSY
    assert state(served) == before
    served.sql("DROP TRIGGER no")
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")


def test_a_patron_whom_another_program_holds_is_not_waited_for_long(served: Koha, desk: Desk, blocked: Blocked) -> None:
    with served.talking(HOLDS.format(patron=blocked.patron)) as other:
        assert other.heard() == "held"
        assert desk.release(blocked.patron, blocked.offer, photo_id="1") == BUSY
        other.say("let go")
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")


def test_a_refusal_is_in_the_log_by_numbers_only(
    served: Koha, desk: Desk, client: Client, people: People, blocked: Blocked
) -> None:
    desk.release(blocked.patron, blocked.offer)
    desk.release("x'; DROP TABLE", blocked.offer, photo_id="1")
    desk.release(blocked.patron, blocked.offer | {"rule": "a name of somebody"}, photo_id="1", reason="a reason")
    said = served.log.read_text()
    assert re.findall(r"a release for patron (\w+) by staff \d+ was refused: (\w+)", said) == [
        (str(blocked.patron), "photo_id"),
        ("unknown", "number"),
        (str(blocked.patron), "gone"),
    ]
    card = client.look_up(patron_ids=[blocked.patron], names=True)["patrons"][0]["cardnumber"]
    for never in (people.surname, card, "a name of somebody", "a reason", "DROP"):
        assert never not in said


def test_answers_that_the_database_refuses_do_not_undo_the_changes_of_the_request(
    served: Koha, client: Client, people: People, blocked: Blocked
) -> None:
    patron = people.make()
    served.sql(REFUSES.format(when=f"INSERT ON {ANSWERS}"))
    answer: Json = {"blocked": True, "texts": {"en": {"headline": "x", "paragraphs": []}}, "releases": []}
    item = {"patron_id": patron, "etag": client.facts(patron)["etag"], "set": [row("CW_PIN")]}
    said = client.change(item, answers=[{"patron_id": patron, "as_of": 1, "answer": answer}]).json()
    assert [one["status"] for one in said["results"]] == [201]
    assert (said["answers_kept"], said["releases_taken"]) == (0, 0)
    assert "the answers of a request were not kept" in served.log.read_text()


def test_of_several_blocks_each_is_released_by_its_own_form(
    served: Koha, desk: Desk, client: Client, staff: Staff, blocked: Blocked
) -> None:
    debt = blocked.offer | {"rule": "debt", "type": "CW_DEBT", "photo_id": False, "reset_pin": False}
    client.result(blocked.patron, set=[row("CW_DEBT")])
    tell(client, blocked.patron, blocked.offer, debt)
    assert len(desk.shown(blocked.patron)["forms"]) == 2
    assert desk.release(blocked.patron, debt).startswith("done")
    assert [one["type"] for one in client.rows(blocked.patron)] == ["CW_PIN"]
    assert client.facts(blocked.patron)["login_attempts"] > 0
    assert [one["rule"] for one in desk.shown(blocked.patron)["forms"]] == ["pin"]
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")
    assert [one["rule"] for one in client.facts(blocked.patron)["staff_releases"]] == ["debt", "pin"]


def test_what_was_taken_is_let_go_after_thirty_days_and_what_was_not_is_kept(
    served: Koha, client: Client, desk: Desk, blocked: Blocked
) -> None:
    desk.release(blocked.patron, blocked.offer, photo_id="1")
    served.sql(f"UPDATE {RELEASES} SET at = 1")
    client.status()
    (release,) = client.facts(blocked.patron)["staff_releases"]
    client.change(taken_releases=[release["id"]])
    for days, left in ((29, "1"), (31, "0")):
        served.sql(f"UPDATE {RELEASES} SET taken_at = UNIX_TIMESTAMP() - 86400 * {days}")
        client.status()
        assert served.sql(f"SELECT COUNT(*) FROM {RELEASES}") == [[left]]


def test_the_panel_s_files_are_those_that_the_plugin_names(served: Koha, desk: Desk) -> None:
    page = desk._get("/circ/circulation.pl", borrowernumber=1)
    (script,) = re.findall(r'<script src="([^"]+)" defer></script>', page)
    for name in (script, script.replace(".js", ".css")):
        got = desk.session.get(served.url + name)
        assert got.status_code == 200
        assert got.text == Path(served.plugin, "Koha/Plugin/Dk/Cardwarden/desk", name.rsplit("/", 1)[1]).read_text()
