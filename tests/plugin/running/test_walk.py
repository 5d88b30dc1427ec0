"""Which patrons a page is about: the list that a walk keeps, who moved, and hours that come twice."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.live.client import Client
from tests.live.people import People

from .koha import Koha

KEPT = "SELECT borrowernumber FROM koha_plugin_dk_cardwarden_walk ORDER BY borrowernumber"


def numbers(page: dict[str, object]) -> list[int]:
    patrons = page["patrons"]
    assert isinstance(patrons, list)
    return [one["patron_id"] for one in patrons]


@pytest.fixture
def owing(served: Koha, people: People) -> list[int]:
    """Four who owe, and what Koha keeps of somebody who was deleted."""
    served.sql("INSERT INTO accountlines (amountoutstanding, interface) VALUES (5, 'api')")
    return [people.owing(5) for _ in range(4)]


class TestAWalk:
    def test_a_first_page_that_holds_all_keeps_nothing(self, served: Koha, client: Client, owing: list[int]) -> None:
        assert numbers(client.page(limit=4)) == owing
        assert served.sql(KEPT) == []

    def test_a_first_page_of_several_keeps_everybody_who_can_matter(
        self, served: Koha, client: Client, owing: list[int]
    ) -> None:
        page = client.page(limit=2)
        assert (numbers(page), page["next_after"]) == (owing[:2], owing[1])
        assert served.sql(KEPT) == [[str(one)] for one in owing]

    def test_the_next_page_takes_up_there_with_the_facts_of_now(
        self, served: Koha, client: Client, people: People, owing: list[int]
    ) -> None:
        client.page(limit=2)
        newcomer = people.owing(7)
        people.pay(owing[2])
        page = client.page(limit=10, after=owing[1])
        assert numbers(page) == owing[2:], "a newcomer is for the next walk"
        assert page["patrons"][0]["charges"] == []
        assert newcomer > owing[3]

    def test_a_list_of_a_quarter_of_an_hour_ago_is_made_anew(
        self, served: Koha, client: Client, people: People, owing: list[int]
    ) -> None:
        client.page(limit=2)
        newcomer = people.owing(7)
        for age, found in ((890, owing[2:]), (901, [*owing[2:], newcomer])):
            served.sql(f"UPDATE plugin_data SET plugin_value = UNIX_TIMESTAMP() - {age} WHERE plugin_key = 'walk_at'")
            assert numbers(client.page(limit=10, after=owing[1])) == found

    def test_whoever_was_deleted_since_is_left_out(self, served: Koha, client: Client, owing: list[int]) -> None:
        client.page(limit=2)
        served.sql(f"DELETE FROM borrowers WHERE borrowernumber = {owing[2]}")
        assert numbers(client.page(limit=10, after=owing[1])) == [owing[3]]

    def test_a_new_walk_replaces_the_list_of_the_one_before(
        self, served: Koha, client: Client, people: People, owing: list[int]
    ) -> None:
        client.page(limit=2)
        people.pay(owing[0])
        client.page(limit=2)
        assert served.sql(KEPT) == [[str(one)] for one in owing[1:]]

    def test_a_list_that_cannot_be_kept_is_a_warning(self, served: Koha, client: Client, owing: list[int]) -> None:
        served.sql("RENAME TABLE koha_plugin_dk_cardwarden_walk TO gone")
        assert numbers(client.page(limit=2)) == owing[:2]
        served.sql("RENAME TABLE gone TO koha_plugin_dk_cardwarden_walk")
        assert "could not keep its list of patrons" in served.log.read_text()
        assert served.sql("SELECT COUNT(*) FROM plugin_data WHERE plugin_key = 'walk_at'") == [["0"]]

    def test_whoever_can_matter_is_found_by_each_reason_and_nobody_else(
        self, served: Koha, client: Client, people: People
    ) -> None:
        reasons = [
            "UPDATE borrowers SET login_attempts = -1 WHERE borrowernumber = {}",
            "UPDATE borrowers SET lost = 1 WHERE borrowernumber = {}",
            "UPDATE borrowers SET debarred = '2001-01-01' WHERE borrowernumber = {}",
            "INSERT INTO borrower_debarments (borrowernumber, type, expiration) VALUES ({}, 'MANUAL', '2001-01-01')",
            "INSERT INTO accountlines (borrowernumber, amountoutstanding, interface) VALUES ({}, 0.000001, 'api')",
            "INSERT INTO accountlines (borrowernumber, amountoutstanding, interface) VALUES ({}, -1, 'api')",
        ]
        others = [
            "UPDATE borrowers SET lost = NULL WHERE borrowernumber = {}",
            "INSERT INTO accountlines (borrowernumber, amountoutstanding, interface) VALUES ({}, 0, 'api')",
            "INSERT INTO accountlines (borrowernumber, amountoutstanding, interface) VALUES ({}, NULL, 'api')",
        ]
        matter = [people.make() for _ in reasons]
        for patron, reason in zip(matter, reasons, strict=True):
            served.sql(reason.format(patron))
        for other in others:
            served.sql(other.format(people.make()))
        assert numbers(client.page(limit=100)) == matter


class TestAWalkByTheLibrarysOwnIndex:
    """The library may make an index on what is outstanding and of whom. It changes nothing but the time it takes."""

    @staticmethod
    @contextmanager
    def index(koha: Koha, columns: str) -> Iterator[None]:
        koha.sql(f"CREATE INDEX `open lines` ON accountlines ({columns})")
        yield
        koha.sql("DROP INDEX `open lines` ON accountlines")

    @staticmethod
    def walk(client: Client, limit: int) -> list[dict[str, object]]:
        pages, after = [], 0
        while after is not None:
            pages.append(client.page(limit=limit, after=after))
            after = pages[-1]["next_after"]
        return [patron for page in pages for patron in page["patrons"]]

    def test_every_page_says_the_same_with_it_and_without(
        self, served: Koha, client: Client, people: People, owing: list[int]
    ) -> None:
        people.pay(owing[1], 12)  # more than was owed: an open line below nothing
        people.pay(owing[2])
        served.sql(f"UPDATE borrowers SET lost = 1 WHERE borrowernumber = {owing[2]}")
        without = self.walk(client, 1)
        with self.index(served, "amountoutstanding, borrowernumber"):
            assert self.walk(client, 1) == without
        assert [one["patron_id"] for one in without] == owing
        assert [(len(one["charges"]), one["credit"]) for one in without] == [
            (1, "0.000000"), (0, "7.000000"), (0, "0.000000"), (1, "0.000000"),
        ]  # fmt: skip

    def test_later_pages_have_the_facts_of_now_too(
        self, served: Koha, client: Client, people: People, owing: list[int]
    ) -> None:
        with self.index(served, "amountoutstanding, borrowernumber"):
            client.page(limit=2)
            people.pay(owing[2])
            people.charge(owing[3], 3)
            charges = [one["charges"] for one in client.page(limit=10, after=owing[1])["patrons"]]
        assert [[one["outstanding"] for one in each] for each in charges] == [[], ["5.000000", "3.000000"]]

    @pytest.mark.parametrize("columns", ["amountoutstanding", "borrowernumber, amountoutstanding", "amount"])
    def test_another_index_is_not_taken_for_it(
        self, served: Koha, client: Client, owing: list[int], columns: str
    ) -> None:
        with self.index(served, columns):
            assert [one["patron_id"] for one in self.walk(client, 1)] == owing


class TestWhoMoved:
    @pytest.fixture
    def autumn(self, served: Koha, people: People) -> dict[str, int]:
        """Patrons who moved in the hour that Danish clocks show twice: 00:30 and 01:30 of world time."""
        moved = {when: people.make() for when in ("00:30", "01:30")}
        served.sql("SET time_zone = '+00:00';" + "".join(self.at(patron, when) for when, patron in moved.items()))
        return moved

    @staticmethod
    def at(patron: int, when: str) -> str:
        return f"UPDATE borrowers SET updated_on = '2026-10-25 {when}:00' WHERE borrowernumber = {patron};"

    @pytest.mark.parametrize(
        ("since", "found"),
        [
            (1792888200, ["00:30", "01:30"]),
            (1792888201, ["01:30"]),
            (1792891800, ["01:30"]),
            (1792891801, []),
        ],
    )
    def test_an_hour_that_comes_twice_is_told_apart(
        self, served: Koha, client: Client, autumn: dict[str, int], since: int, found: list[str]
    ) -> None:
        served.sql("UPDATE borrowers SET updated_on = '2026-01-01 12:00:00' WHERE borrowernumber <= 5")
        assert numbers(client.page(changed_since=since)) == [autumn[when] for when in found]

    @pytest.mark.parametrize(
        "move",
        [
            "UPDATE accountlines SET timestamp = {at} WHERE borrowernumber = {patron}",
            "UPDATE borrowers SET updated_on = {at} WHERE borrowernumber = {patron}",
            "UPDATE borrower_debarments SET created = {at} WHERE borrowernumber = {patron}",
            "UPDATE borrower_debarments SET created = created, updated = {at} WHERE borrowernumber = {patron}",
            "INSERT INTO koha_plugin_dk_cardwarden_credits VALUES ({patron}, 1, 1793000000, 0)",
        ],
    )
    def test_each_table_that_moves_is_asked(self, served: Koha, client: Client, people: People, move: str) -> None:
        patron, other = people.owing(5), people.owing(5)
        served.sql(
            f"INSERT INTO borrower_debarments (borrowernumber, type) VALUES ({patron}, 'MANUAL'), ({other}, 'MANUAL');"
            "UPDATE accountlines SET timestamp = '2026-01-01'; UPDATE borrower_debarments SET created = '2026-01-01';"
            "UPDATE borrowers SET updated_on = '2026-01-01';"
        )
        served.sql(move.format(patron=patron, at="FROM_UNIXTIME(1793000000)"))
        assert numbers(client.page(changed_since=1793000000)) == [patron]
        assert numbers(client.page(changed_since=1793000000, after=patron)) == []
        assert numbers(client.page(changed_since=1793000001)) == []


def test_dates_of_nought_that_old_databases_hold_are_none(served: Koha, client: Client, people: People) -> None:
    patron = people.owing(5)
    served.sql(
        "SET sql_mode = '';"
        f"UPDATE borrowers SET dateofbirth = '0000-00-00', dateexpiry = '0000-00-00', debarred = '0000-00-00' "
        f"WHERE borrowernumber = {patron}; UPDATE accountlines SET date = '0000-00-00' WHERE borrowernumber = {patron}"
    )
    facts = client.facts(patron)
    assert (facts["date_of_birth"], facts["expiry_date"], facts["debarred"]) == (None, None, None)
    assert [line["date"] for line in facts["charges"]] == [None]
    assert facts["flag_matches"] is True


def test_names_are_read_only_when_asked_for(client: Client, people: People) -> None:
    patron = people.make()
    [named] = client.look_up(patron_ids=[patron], names=True)["patrons"]
    assert named["surname"] == people.surname
    assert "surname" not in client.facts(patron)
    assert all("cardnumber" in one for one in client.page(everyone=1, names=1)["patrons"])
