"""`POST /changes` of the plugin: the order of its checks, what it writes, and whom it refuses as a whole."""

from datetime import date, timedelta
from typing import Any

import pytest

from adapters.standin.library.library import Library
from tests.standin.client import JOURNAL, PLUGIN, Client

STALE = "0" * 64
DEBT = {"type": "CW_DEBT", "comment": "Kortet er spærret."}


def rows(library: Library, patron: int, kind: str = "CW_DEBT") -> list[tuple[str, date | None]]:
    return [(row.comment, row.expiration) for row in library.patron(patron).restrictions if row.type == kind]


class TestWriting:
    def test_a_row_is_added_once(self, client: Client, library: Library, patron: int) -> None:
        first = client.outcome(patron, set=[DEBT])
        assert (first["status"], first["written"], "error" in first) == (201, True, False)
        assert first["etag"] == client.facts(patron)["etag"]
        again = client.outcome(patron, set=[DEBT])
        assert (again["status"], again["written"], again["etag"]) == (200, False, first["etag"])
        assert rows(library, patron) == [(DEBT["comment"], None)]
        assert library.patron(patron).debarred == date(9999, 12, 31)
        assert library.patron(patron).debarred_comment == DEBT["comment"]

    def test_what_is_already_as_asked_is_200_whatever_the_etag(self, client: Client, patron: int) -> None:
        client.outcome(patron, set=[DEBT])
        answer = client.change({"patron_id": patron, "etag": STALE, "set": [DEBT]}).json()["results"][0]
        assert (answer["status"], answer["written"]) == (200, False)

    def test_the_short_comment_counts_as_already_there(self, client: Client, library: Library, patron: int) -> None:
        library.staff_restricts(patron, "CW_DEBT", "short")
        outcome = client.outcome(patron, set=[{**DEBT, "short_comment": "short"}])
        assert (outcome["status"], outcome["written"]) == (200, False)

    def test_an_in_force_row_keeps_its_end_and_gets_the_comment(
        self, client: Client, library: Library, patron: int
    ) -> None:
        end = library.today() + timedelta(days=20)
        library.staff_restricts(patron, "CW_DEBT", "staff wrote this", end)
        outcome = client.outcome(patron, set=[DEBT])
        assert (outcome["status"], outcome["written"]) == (200, True)
        assert rows(library, patron) == [(DEBT["comment"], end)]

    def test_several_rows_collapse_into_the_one_that_lasts_longest(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.staff_restricts(patron, "CW_DEBT", "a", library.today() + timedelta(days=5))
        library.staff_restricts(patron, "CW_DEBT", "b")
        library.staff_restricts(patron, "CW_DEBT", "c")
        assert client.outcome(patron, set=[DEBT])["status"] == 200
        assert rows(library, patron) == [(DEBT["comment"], None)]

    def test_a_row_no_longer_in_force_is_replaced_by_an_endless_one(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.staff_restricts(patron, "CW_DEBT", DEBT["comment"], library.today())
        outcome = client.outcome(patron, set=[DEBT])
        assert (outcome["status"], outcome["written"]) == (201, True)
        assert rows(library, patron) == [(DEBT["comment"], None)]

    def test_remove_deletes_all_rows_of_the_type_and_no_other(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.staff_restricts(patron, "CW_DEBT", "a")
        library.staff_restricts(patron, "CW_DEBT", "b", library.today())
        library.staff_restricts(patron, "CW_PIN", "c")
        library.staff_restricts(patron, "MANUAL", "staff's")
        outcome = client.outcome(patron, remove=["CW_DEBT"])
        assert (outcome["status"], outcome["written"]) == (200, True)
        assert [row.type for row in library.patron(patron).restrictions] == ["CW_PIN", "MANUAL"]
        assert client.outcome(patron, remove=["CW_DEBT"])["written"] is False

    def test_a_counter_above_0_is_reset(self, client: Client, library: Library, patron: int) -> None:
        library.wrong_pin(patron, 5)
        library.staff_restricts(patron, "CW_PIN", "c")
        outcome = client.outcome(patron, remove=["CW_PIN"], reset_pin=True)
        assert (outcome["status"], outcome["written"]) == (200, True)
        assert library.patron(patron).attempts == 0

    def test_an_administrators_lock_is_left(self, client: Client, library: Library, patron: int) -> None:
        library.set_attempts(patron, -1)
        assert client.outcome(patron, reset_pin=True)["written"] is False
        assert library.patron(patron).attempts == -1

    def test_a_flag_beside_its_rows_is_recomputed(self, client: Client, library: Library, patron: int) -> None:
        library.set_flag(patron, date(9999, 12, 31), "phantom")
        outcome = client.outcome(patron, remove=["CW_DEBT"])
        assert (outcome["status"], outcome["written"]) == (200, True)
        assert library.patron(patron).debarred is None

    def test_staffs_rows_are_never_written(self, client: Client, library: Library, patron: int) -> None:
        library.staff_restricts(patron, "SUSPENSION", "staff's", library.today() + timedelta(days=3))
        before = [row for row in library.rows(foreign=True) if row["borrowernumber"] == patron]
        client.outcome(patron, set=[DEBT])
        client.outcome(patron, remove=["CW_DEBT"])
        assert [row for row in library.rows(foreign=True) if row["borrowernumber"] == patron] == before


class TestRefusingAnItem:
    @pytest.mark.parametrize(
        ("item", "status"),
        [
            ({"set": [{"type": "MANUAL", "comment": "x"}]}, 403),
            ({"remove": ["SUSPENSION"]}, 403),
            ({"set": [DEBT], "remove": ["CW_NOT_REGISTERED"]}, 403),
        ],
    )
    def test_a_type_that_is_not_ours_is_403_and_nothing_of_the_item_is_done(
        self, client: Client, library: Library, patron: int, item: dict[str, Any], status: int
    ) -> None:
        library.staff_restricts(patron, "SUSPENSION", "staff's")
        outcome = client.outcome(patron, **item)
        assert (outcome["status"], outcome["written"], outcome["etag"]) == (status, False, None)
        assert [row.type for row in library.patron(patron).restrictions] == ["SUSPENSION"]

    def test_an_unknown_patron_is_404_before_all_else(self, client: Client) -> None:
        item = {"patron_id": 999_999, "etag": STALE, "set": [{"type": "MANUAL", "comment": "x"}]}
        assert client.change(item).json()["results"][0]["status"] == 404

    def test_a_registered_type_that_koha_lost_is_409(self, client: Client, library: Library, patron: int) -> None:
        library.register_type("CW_GONE")
        library.delete_restriction_type("CW_GONE")
        try:
            assert client.outcome(patron, set=[{"type": "CW_GONE", "comment": "x"}])["status"] == 409
            assert client.outcome(patron, remove=["CW_GONE"])["status"] == 409
        finally:
            library.unregister_type("CW_GONE")

    def test_facts_that_moved_are_412(self, client: Client, library: Library, patron: int) -> None:
        etag = client.facts(patron)["etag"]
        library.charge(patron, "OVERDUE", "5.00")
        outcome = client.change({"patron_id": patron, "etag": etag, "set": [DEBT]}).json()["results"][0]
        assert outcome == {
            "patron_id": patron, "status": 412, "error": "The patron's facts moved.", "etag": None, "written": False,
        }  # fmt: skip
        assert rows(library, patron) == []

    def test_one_bad_item_spoils_no_other_and_answers_come_in_order(
        self, client: Client, library: Library, patron: int
    ) -> None:
        other = library.create_patron()
        answer = client.change(
            {"patron_id": other, "etag": client.facts(other)["etag"], "set": [DEBT]},
            {"patron_id": 999_999, "etag": STALE},
            {"patron_id": patron, "etag": STALE, "set": [DEBT]},
        )
        results = answer.json()["results"]
        assert [one["patron_id"] for one in results] == [other, 999_999, patron]
        assert [one["status"] for one in results] == [201, 404, 412]
        assert answer.json()["as_of"] == pytest.approx(library.now(), abs=2)
        library.delete_patron(other)


class TestTheFlagHolds255Characters:
    def test_with_staffs_comment_too_long_for_both_the_short_comment_is_taken(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.staff_restricts(patron, "MANUAL", "m" * 200)
        outcome = client.outcome(patron, set=[{"type": "CW_DEBT", "comment": "x" * 55, "short_comment": "kort"}])
        assert outcome["status"] == 201
        assert rows(library, patron) == [("kort", None)]

    def test_exactly_255_fit(self, client: Client, library: Library, patron: int) -> None:
        library.staff_restricts(patron, "MANUAL", "m" * 200)
        client.outcome(patron, set=[{"type": "CW_DEBT", "comment": "ø" * 54, "short_comment": "kort"}])
        assert rows(library, patron) == [("ø" * 54, None)]
        assert len(library.patron(patron).debarred_comment or "") == 255

    @pytest.mark.parametrize(("short", "length"), [("kort", 257), (None, 308)])
    def test_if_even_that_is_too_long_nothing_is_written_and_the_length_is_told(
        self, client: Client, library: Library, patron: int, short: str | None, length: int
    ) -> None:
        library.staff_restricts(patron, "MANUAL", "m" * 252)
        wanted = {"type": "CW_DEBT", "comment": "x" * 55} | ({"short_comment": short} if short else {})
        outcome = client.outcome(patron, set=[wanted])
        assert (outcome["status"], outcome["length"], outcome["written"]) == (422, length, False)
        assert rows(library, patron) == []

    def test_a_text_that_fits_already_is_not_written_again(self, client: Client, library: Library, patron: int) -> None:
        library.staff_restricts(patron, "CW_DEBT", "kort")
        debt = {"type": "CW_DEBT", "comment": "lang", "short_comment": "kort"}
        outcome = client.outcome(patron, set=[debt, {"type": "CW_PIN", "comment": "pin"}])
        assert outcome["status"] == 201
        assert (rows(library, patron), rows(library, patron, "CW_PIN")) == ([("kort", None)], [("pin", None)])

    def test_all_take_their_short_comments_if_need_be(self, client: Client, library: Library, patron: int) -> None:
        library.staff_restricts(patron, "CW_DEBT", "l" * 200)
        debt = {"type": "CW_DEBT", "comment": "l" * 200, "short_comment": "kort"}
        assert client.outcome(patron, set=[debt, {"type": "CW_PIN", "comment": "p" * 200}])["status"] == 201
        assert rows(library, patron) == [("kort", None)]

    def test_where_no_comment_is_written_the_length_is_not_judged(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.staff_restricts(patron, "MANUAL", "m" * 300)
        library.staff_restricts(patron, "CW_DEBT", "x")
        library.staff_restricts(patron, "CW_DEBT", "x", library.today())
        assert client.outcome(patron, set=[{"type": "CW_DEBT", "comment": "x"}])["status"] == 200
        assert rows(library, patron) == [("x", None)]

    def test_a_removal_is_never_held_up_by_long_comments(self, client: Client, library: Library, patron: int) -> None:
        library.staff_restricts(patron, "MANUAL", "m" * 300)
        library.staff_restricts(patron, "CW_DEBT", "x")
        assert client.outcome(patron, remove=["CW_DEBT"])["status"] == 200
        assert rows(library, patron) == []


class TestRefusingTheRequest:
    @pytest.mark.parametrize(
        "items",
        [
            [{"patron_id": 1, "etag": None}],
            [{"patron_id": 1, "etag": "short"}],
            [{"patron_id": 1}],
            [{"etag": STALE}],
            [{"patron_id": "1", "etag": STALE}],
            [{"patron_id": 1, "etag": STALE, "zzz": 1}],
            [{"patron_id": 1, "etag": STALE, "set": [{"type": "CW_DEBT"}]}],
            [{"patron_id": 1, "etag": STALE, "set": [{"type": "CW_DEBT", "comment": ""}]}],
            [{"patron_id": 1, "etag": STALE}, {"patron_id": 1, "etag": STALE}],
            [{"patron_id": 1, "etag": STALE, "set": [DEBT], "remove": ["CW_DEBT"]}],
            [{"patron_id": number, "etag": STALE} for number in range(1, 502)],
        ],
        ids=[
            "null etag",
            "short etag",
            "no etag",
            "no patron",
            "text",
            "extra",
            "no comment",
            "empty comment",
            "twice",
            "set and removed",
            "501",
        ],
    )
    def test_a_bad_request_is_400_as_a_whole(self, client: Client, items: list[dict[str, Any]]) -> None:
        assert client.change(*items).status_code == 400

    def test_another_journal_is_409_until_it_takes_over(self, client: Client, library: Library, patron: int) -> None:
        answer = client.change(instance="journal-2")
        assert answer.status_code == 409
        assert answer.json() == {
            "error": "Another journal wrote last.", "error_code": "other_writer", "writer": JOURNAL,
        }  # fmt: skip
        assert client.change(instance="journal-2", takeover=True).json()["results"] == []
        assert client.get(f"{PLUGIN}/status").json()["writer"] == "journal-2"
        assert client.change(instance=JOURNAL).status_code == 409

    def test_the_first_writer_needs_no_takeover(self, client: Client, library: Library) -> None:
        library.writer = None
        assert client.change(instance="journal-9").status_code == 200
        assert library.writer == "journal-9"

    def test_while_paused_nothing_is_written(self, client: Client, library: Library, patron: int) -> None:
        library.pause_plugin()
        item = {"patron_id": patron, "etag": client.facts(patron)["etag"], "set": [DEBT]}
        answer = client.change(item)
        assert (answer.status_code, answer.json()["error_code"]) == (503, "paused")
        assert client.get(f"{PLUGIN}/status").json()["paused"] is True
        assert rows(library, patron) == []

    def test_without_the_permissions_nothing_is_written(self, low: Client, patron: int) -> None:
        assert low.change({"patron_id": patron, "etag": STALE, "set": [DEBT]}).status_code == 403
