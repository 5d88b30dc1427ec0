"""Letters that Cardwarden asks for: into Koha's queue once, by the patron's language and transport; and what became of
them, though the queue is purged."""

import pytest

from tests.live.client import NOBODY, Client, Json
from tests.live.people import People
from tests.live.staff import PAGE, Staff

from .koha import Koha

CODE = "CW_COLLECTION"
QUEUE = "SELECT subject, message_transport_type, status FROM message_queue ORDER BY message_id"
LANGUAGES = "SELECT DISTINCT lang FROM letter ORDER BY lang"
NOTICES = "koha_plugin_dk_cardwarden_notices"
ENGLISH, DANISH = (
    "Your debt to the library will be sent to collection",
    "Din gæld til biblioteket bliver sendt til inddrivelse",
)


def ask(client: Client, *keys: tuple[int, str], **more: object) -> Json:
    """What a request that asks for these is answered."""
    notices = [{"patron_id": patron, "code": CODE, "key": key} for patron, key in keys]
    answer = client.change(notices=notices, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def told(client: Client, patron: int) -> list[tuple[str, str]]:
    return [(one["key"], one["status"]) for one in client.facts(patron)["notices"]]


@pytest.fixture
def letter(staff: Staff) -> None:
    """The letter as the plugin's page makes it."""
    assert staff.page("cud-letter") == "cardwarden-done"


class TestTheLetter:
    def test_the_page_makes_it_in_danish_and_english_for_every_transport(self, served: Koha, staff: Staff) -> None:
        assert "cardwarden-no-letters" in staff._get("/plugins/run.pl", **PAGE)
        assert staff.page("cud-letter") == "cardwarden-done"
        assert served.sql(LANGUAGES) == [["da"], ["default"], ["en"]]
        assert len(served.sql("SELECT id FROM letter")) == 9
        titles = dict(served.sql("SELECT lang, title FROM letter WHERE message_transport_type = 'email'"))
        assert titles == {"da": DANISH, "default": DANISH, "en": ENGLISH}, "the first language of the OPAC is Danish"
        assert "email, print, sms" in staff._get("/plugins/run.pl", **PAGE)

    def test_danish_has_koha_s_usual_code_where_koha_does_not_speak_it_yet(self, served: Koha, staff: Staff) -> None:
        served.sql("UPDATE systempreferences SET value = 'en' WHERE variable IN ('OPACLanguages', 'language')")
        staff.page("cud-letter")
        assert served.sql(LANGUAGES) == [["da-DK"], ["default"], ["en"]]
        assert served.sql("SELECT DISTINCT title FROM letter WHERE lang = 'default'") == [[ENGLISH]]

    @pytest.mark.usefixtures("letter")
    def test_what_staff_wrote_is_never_written_over(self, served: Koha, staff: Staff) -> None:
        served.sql("UPDATE letter SET title = 'Ours'; DELETE FROM letter WHERE lang = 'en'")
        staff.page("cud-letter")
        assert served.sql("SELECT title, COUNT(*) FROM letter GROUP BY title ORDER BY title") == [
            ["Ours", "6"], [ENGLISH, "3"]
        ]  # fmt: skip

    def test_without_it_a_notice_is_refused_with_what_to_do_and_the_rest_is_done(
        self, served: Koha, client: Client, people: People, staff: Staff
    ) -> None:
        patron = people.make()
        said = ask(client, (patron, "c:1"), taken_releases=[1])
        [refused] = said["notices_refused"]
        assert (refused["patron_id"], refused["key"], said["notices_queued"]) == (patron, "c:1", 0)
        assert refused["error"] == "Koha has no letter CW_COLLECTION: make it on the plugin's page in Koha (Configure)."
        assert told(client, patron) == [], "it may be asked for again"
        staff.page("cud-letter")
        assert ask(client, (patron, "c:1"))["notices_queued"] == 1

    @pytest.mark.parametrize("content", ["BROKEN", "   "])
    def test_a_letter_that_cannot_be_made_is_refused_and_spoils_no_other(
        self, served: Koha, client: Client, people: People, staff: Staff, letter: None, content: str
    ) -> None:
        bad, good = people.make(), people.make()
        served.sql(f"UPDATE letter SET content = '{content}' WHERE message_transport_type = 'print'")
        served.sql(f"UPDATE borrowers SET email = 'good@example.org' WHERE borrowernumber = {good}")
        said = ask(client, (bad, "c:1"), (good, "c:1"))
        assert said["notices_queued"] == 1
        assert [one["patron_id"] for one in said["notices_refused"]] == [bad]
        assert "could not make the letter CW_COLLECTION (print)" in said["notices_refused"][0]["error"]
        assert served.sql("SELECT borrowernumber FROM message_queue") == [[str(good)]]

    def test_a_queue_that_takes_nothing_is_said_and_leaves_nothing(
        self, served: Koha, client: Client, people: People, letter: None
    ) -> None:
        patron = people.make()
        served.sql("CREATE TRIGGER no BEFORE INSERT ON message_queue FOR EACH ROW SIGNAL SQLSTATE '45000'")
        [refused] = ask(client, (patron, "c:1"))["notices_refused"]
        assert refused["error"].startswith("The database refused")
        assert told(client, patron) == []

    def test_a_request_cannot_send_letters_of_koha_s_own(self, client: Client, people: People) -> None:
        notice = {"patron_id": people.make(), "code": "PASSWORD_RESET", "key": "c:1"}
        assert client.change(notices=[notice]).status_code == 400


@pytest.mark.usefixtures("letter")
class TestAsking:
    def test_a_notice_is_queued_once_however_often_it_is_asked_for(
        self, served: Koha, client: Client, people: People
    ) -> None:
        patron = people.make()
        for queued in (1, 0, 0):
            said = ask(client, (patron, "c:1"), (patron, "c:1"))
            assert (said["notices_queued"], said["notices_refused"]) == (queued, [])
        assert ask(client, (patron, "c:2"), (patron, "C:1"))["notices_queued"] == 2
        assert len(served.sql(QUEUE)) == 3
        assert served.sql("SELECT DISTINCT letter_code, borrowernumber FROM message_queue") == [[CODE, str(patron)]]

    def test_a_patron_who_does_not_exist_is_skipped(self, served: Koha, client: Client) -> None:
        said = ask(client, (NOBODY, "c:1"))
        assert (said["notices_queued"], said["notices_refused"], served.sql(QUEUE)) == (0, [], [])

    def test_none_is_queued_while_the_plugin_is_paused_or_for_another_writer(
        self, served: Koha, client: Client, people: People, staff: Staff
    ) -> None:
        notice = {"patron_id": people.make(), "code": CODE, "key": "c:1"}
        client.results(takeover=True)
        assert client.change(notices=[notice], instance="another").status_code == 409
        staff.pause(True)
        assert client.change(notices=[notice]).status_code == 503
        assert served.sql(QUEUE) == []

    def test_a_request_without_notices_says_nothing_of_them(self, client: Client) -> None:
        assert "notices_queued" not in client.change().json()

    @pytest.mark.parametrize(
        ("translated", "lang", "title"),
        [("1", "en", ENGLISH), ("1", "da", DANISH), ("1", "fr", DANISH), ("0", "en", DANISH)],
    )
    def test_it_is_in_the_patron_s_language_if_koha_translates_notices(
        self, served: Koha, client: Client, people: People, translated: str, lang: str, title: str
    ) -> None:
        served.sql(f"REPLACE INTO systempreferences VALUES ('TranslateNotices', '{translated}')")
        ask(client, (people.make(lang=lang), "c:1"))
        assert served.sql(QUEUE) == [[title, "print", "pending"]]

    @pytest.mark.parametrize(
        ("chosen", "email", "number", "transport"),
        [
            ([], "", "", "print"),
            ([], "a@example.org", "+45", "email"),
            (["print"], "a@example.org", "", "print"),
            (["sms"], "a@example.org", "+45", "sms"),
            (["sms"], "a@example.org", "", "email"),
            (["email"], "", "", "print"),
            (["phone"], "a@example.org", "", "email"),
            (["email", "print", "print"], "a@example.org", "", "print"),
        ],
    )
    def test_it_goes_by_what_the_patron_chose_as_far_as_that_reaches(
        self, served: Koha, client: Client, people: People, chosen: list[str], email: str, number: str, transport: str
    ) -> None:
        patron = people.make()
        served.sql(
            "REPLACE INTO systempreferences VALUES ('EnhancedMessagingPreferences', '1'), ('SMSSendDriver', 'Test');"
            f"UPDATE borrowers SET email = '{email}', smsalertnumber = '{number}' WHERE borrowernumber = {patron}"
        )
        for place, one in enumerate(chosen, 100 * patron):
            served.sql(f"INSERT INTO borrower_message_preferences VALUES ({place}, {patron}, 1)")
            served.sql(f"INSERT INTO borrower_message_transport_preferences VALUES ({place}, '{one}')")
        ask(client, (patron, "c:1"))
        assert [row[1] for row in served.sql(QUEUE)] == [transport]

    def test_choices_count_only_where_koha_offers_them(self, served: Koha, client: Client, people: People) -> None:
        patron = people.make()
        served.sql(
            f"INSERT INTO borrower_message_preferences VALUES (1, {patron}, 1);"
            "INSERT INTO borrower_message_transport_preferences VALUES (1, 'print');"
            f"UPDATE borrowers SET email = 'a@example.org' WHERE borrowernumber = {patron};"
            "REPLACE INTO systempreferences VALUES ('EnhancedMessagingPreferences', '0')"
        )
        ask(client, (patron, "c:1"))
        assert [row[1] for row in served.sql(QUEUE)] == ["email"]

    def test_a_letter_of_the_library_s_own_goes_to_its_patrons(
        self, served: Koha, client: Client, people: People
    ) -> None:
        served.sql(
            "INSERT INTO letter (module, code, branchcode, title, content, message_transport_type) "
            "VALUES ('members', 'CW_COLLECTION', 'NORTH', 'From the north', 'x', 'print')"
        )
        ask(client, (people.make(library_id="NORTH"), "c:1"), (people.make(library_id="MAIN"), "c:1"))
        assert [row[0] for row in served.sql(QUEUE)] == ["From the north", DANISH]


@pytest.mark.usefixtures("letter")
class TestWhatBecameOfIt:
    @pytest.mark.parametrize("status", ["sent", "failed", "deleted", "pending"])
    def test_it_is_what_the_queue_says_since_the_queue_says_it(
        self, served: Koha, client: Client, people: People, status: str
    ) -> None:
        patron = people.make()
        ask(client, (patron, "c:1"))
        [before] = client.facts(patron)["notices"]
        assert (before["status"], before["code"], before["at"]) == ("pending", CODE, before["queued_at"])
        served.sql(f"UPDATE message_queue SET status = '{status}', updated_on = FROM_UNIXTIME(1795500000)")
        [after] = client.facts(patron)["notices"]
        at = before["at"] if status == "pending" else 1795500000
        assert after == before | {"status": status, "at": at}

    def test_it_is_remembered_when_the_queue_is_purged(self, served: Koha, client: Client, people: People) -> None:
        sent, failed, waits = people.make(), people.make(), people.make()
        ask(client, (sent, "c:1"), (failed, "c:1"), (waits, "c:1"))
        served.sql(
            "UPDATE message_queue SET status = 'sent', updated_on = FROM_UNIXTIME(1795500000) "
            f"WHERE borrowernumber = {sent};"
            f"UPDATE message_queue SET status = 'failed' WHERE borrowernumber = {failed}"
        )
        client.status()
        before = client.facts(sent)["notices"]
        served.sql("DELETE FROM message_queue")
        assert told(client, waits) == [("c:1", "deleted")], "what was purged while it waited was not sent"
        client.status()
        assert client.facts(sent)["notices"] == before
        assert (told(client, failed), told(client, waits)) == ([("c:1", "failed")], [("c:1", "deleted")])
        assert ask(client, (sent, "c:1"), (waits, "c:1"))["notices_queued"] == 0

    def test_a_moment_that_was_seen_stays_though_the_row_is_touched_again(
        self, served: Koha, client: Client, people: People
    ) -> None:
        patron = people.make()
        ask(client, (patron, "c:1"))
        served.sql("UPDATE message_queue SET status = 'sent', updated_on = FROM_UNIXTIME(1795500000)")
        client.status()
        served.sql("UPDATE message_queue SET subject = 'x', updated_on = FROM_UNIXTIME(1795600000)")
        client.status()
        assert client.facts(patron)["notices"][0]["at"] == 1795500000

    def test_one_that_staff_send_again_waits_again(self, served: Koha, client: Client, people: People) -> None:
        patron = people.make()
        ask(client, (patron, "c:1"))
        for status in ("failed", "pending", "sent"):
            served.sql(f"UPDATE message_queue SET status = '{status}'")
            client.status()
            assert told(client, patron) == [("c:1", status)]

    def test_another_letter_that_got_the_number_of_a_purged_one_is_not_taken_for_it(
        self, served: Koha, client: Client, people: People
    ) -> None:
        patron, other = people.make(), people.make()
        ask(client, (patron, "c:1"))
        served.sql(f"UPDATE message_queue SET borrowernumber = {other}, status = 'sent'")
        assert told(client, patron) == [("c:1", "deleted")]
        served.sql(f"UPDATE message_queue SET borrowernumber = {patron}, letter_code = 'HOLD'")
        assert told(client, patron) == [("c:1", "deleted")]

    def test_a_page_says_it_too_and_the_etag_does_not_move(self, client: Client, people: People) -> None:
        patron = people.owing(5)
        etag = client.facts(patron)["etag"]
        ask(client, (patron, "c:1"))
        [shown] = [one for one in client.walk() if one["patron_id"] == patron]
        assert ([one["key"] for one in shown["notices"]], shown["etag"]) == (["c:1"], etag)

    def test_it_is_let_go_after_a_year_and_with_its_patron(self, served: Koha, client: Client, people: People) -> None:
        old, gone = people.make(), people.make()
        ask(client, (old, "c:1"), (gone, "c:1"))
        day = 86400
        served.sql(f"UPDATE {NOTICES} SET queued_at = UNIX_TIMESTAMP() - 364 * {day} WHERE borrowernumber = {old}")
        client.status()
        assert len(told(client, old)) == 1
        served.sql(f"UPDATE {NOTICES} SET queued_at = queued_at - 2 * {day} WHERE borrowernumber = {old}")
        served.sql(f"DELETE FROM borrowers WHERE borrowernumber = {gone}")
        client.status()
        assert served.sql(f"SELECT * FROM {NOTICES}") == []
