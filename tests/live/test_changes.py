"""`POST /changes`: what an item leaves behind, and what its answer says."""

from tests.live.client import NOBODY, STALE, Client, row
from tests.live.people import People


def outcome(result: dict[str, object]) -> tuple[object, object]:
    return result["status"], result["written"]


def comments(koha: Client, patron: int) -> dict[str, str]:
    """Each type's comment; fails if a type has two rows."""
    rows = koha.rows(patron)
    found = {one["type"]: one["comment"] for one in rows}
    assert len(found) == len(rows)
    return found


def test_setting_adds_one_endless_row_and_the_flag(koha: Client, patron: int, kind: str) -> None:
    assert outcome(koha.result(patron, set=[row(kind, "Blocked.")])) == (201, True)
    facts = koha.facts(patron)
    [restriction] = facts["restrictions"]
    assert (restriction["type"], restriction["comment"], restriction["expiration"]) == (kind, "Blocked.", None)
    assert (facts["debarred"], facts["flag_matches"]) == ("9999-12-31", True)


def test_setting_twice_leaves_one_row_and_writes_once(koha: Client, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind)])
    before = koha.rows(patron)
    assert outcome(koha.result(patron, set=[row(kind)])) == (200, False)
    assert koha.rows(patron) == before


def test_another_comment_amends_the_same_row(koha: Client, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind, "One text.")])
    [before] = koha.rows(patron)
    assert outcome(koha.result(patron, set=[row(kind, "Another.")])) == (200, True)
    [after] = koha.rows(patron)
    assert (after["id"], after["comment"]) == (before["id"], "Another.")


def test_the_short_text_will_do(koha: Client, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind, "Short.")])
    assert outcome(koha.result(patron, set=[row(kind, "A long text.", "Short.")])) == (200, False)
    assert comments(koha, patron) == {kind: "Short."}


def test_removing_deletes_the_row_and_the_flag(koha: Client, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind)])
    assert outcome(koha.result(patron, remove=[kind])) == (200, True)
    facts = koha.facts(patron)
    assert (facts["restrictions"], facts["debarred"], facts["flag_matches"]) == ([], None, True)


def test_removing_what_is_not_there_writes_nothing(koha: Client, patron: int, kind: str) -> None:
    assert outcome(koha.result(patron, remove=[kind])) == (200, False)


def test_one_item_may_set_remove_and_reset(koha: Client, people: People, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    koha.result(patron, set=[row(one)])
    people.mistype(patron, 3)
    assert outcome(koha.result(patron, set=[row(two, "Instead.")], remove=[one], reset_pin=True)) == (201, True)
    assert comments(koha, patron) == {two: "Instead."}
    assert koha.facts(patron)["login_attempts"] == 0


def test_two_types_stand_beside_each_other(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    assert outcome(koha.result(patron, set=[row(one, "One."), row(two, "Two.")])) == (201, True)
    assert comments(koha, patron) == {one: "One.", two: "Two."}
    assert outcome(koha.result(patron, remove=[one])) == (200, True)
    facts = koha.facts(patron)
    assert comments(koha, patron) == {two: "Two."}
    assert (facts["debarred"], facts["flag_matches"]) == ("9999-12-31", True)


def test_an_item_that_asks_nothing_writes_nothing(koha: Client, patron: int) -> None:
    assert outcome(koha.result(patron)) == (200, False)
    assert outcome(koha.result(patron, set=[], remove=[], reset_pin=False)) == (200, False)


def test_a_counter_is_reset_once(koha: Client, people: People, patron: int) -> None:
    people.mistype(patron, 2)
    assert outcome(koha.result(patron, reset_pin=True)) == (200, True)
    assert koha.facts(patron)["login_attempts"] == 0
    assert outcome(koha.result(patron, reset_pin=True)) == (200, False)


def test_a_counter_that_is_not_to_be_reset_stays(koha: Client, people: People, patron: int, kind: str) -> None:
    people.mistype(patron, 2)
    koha.result(patron, set=[row(kind)], reset_pin=False)
    koha.result(patron, remove=[kind])
    assert koha.facts(patron)["login_attempts"] == 2


def test_an_administrators_lock_is_not_lifted(koha: Client, people: People, patron: int) -> None:
    people.set_attempts(patron, -1)
    assert outcome(koha.result(patron, reset_pin=True)) == (200, False)
    assert koha.facts(patron)["login_attempts"] == -1


def test_the_card_itself_is_left_alone(koha: Client, people: People, kind: str) -> None:
    patron = people.owing(250, firstname="Ægir")
    before = koha.good("GET", f"/api/v1/patrons/{patron}")
    koha.result(patron, set=[row(kind)])
    koha.result(patron, remove=[kind])
    after = koha.good("GET", f"/api/v1/patrons/{patron}")
    assert after | {"updated_on": None} == before | {"updated_on": None}
    assert [line["outstanding"] for line in koha.facts(patron)["charges"]] == ["250.000000"]


def test_results_come_in_the_order_of_the_items_and_a_bad_one_spoils_no_other(
    koha: Client, people: People, kind: str
) -> None:
    free, moved, full, blocked = (people.make() for _ in range(4))
    koha.result(blocked, set=[row(kind)])
    etags = {one["patron_id"]: one["etag"] for one in koha.look_up(patron_ids=[free, moved, full, blocked])["patrons"]}
    results = koha.results(
        {"patron_id": full, "etag": etags[full], "set": [row(kind, "x" * 300)]},
        {"patron_id": blocked, "etag": etags[blocked], "remove": [kind]},
        {"patron_id": NOBODY, "etag": STALE, "remove": [kind]},
        {"patron_id": moved, "etag": STALE, "set": [row(kind)]},
        {"patron_id": free, "etag": etags[free], "set": [row(kind)]},
    )
    assert [one["patron_id"] for one in results] == [full, blocked, NOBODY, moved, free]
    assert [one["status"] for one in results] == [422, 200, 404, 412, 201]
    assert [one["written"] for one in results] == [False, True, False, False, True]
    assert [bool(koha.rows(one)) for one in (full, blocked, moved, free)] == [False, False, False, True]
    for one in results:
        assert ("error" in one) == (one["etag"] is None) == (one["status"] >= 400)


def test_five_hundred_items_are_taken(koha: Client, patron: int, kind: str) -> None:
    etag = koha.facts(patron)["etag"]
    items = [{"patron_id": NOBODY + number, "etag": STALE, "remove": [kind]} for number in range(499)]
    results = koha.results(*items[:250], {"patron_id": patron, "etag": etag, "set": [row(kind)]}, *items[250:])
    assert [one["status"] for one in results] == [404] * 250 + [201] + [404] * 249
    assert comments(koha, patron).keys() == {kind}


def test_no_items_are_no_results(koha: Client) -> None:
    assert koha.results() == []
