"""A full cycle of Cardwarden, approval included, on the suite's own patrons; all other rows stay as they were."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.ports import CycleOutcome
from tests.live.client import Client, Json
from tests.live.conftest import Hands
from tests.live.marked import Cardwarden, cardwarden
from tests.live.people import People
from tests.live.target import Target

POLICY = """
[policy]
name      = "The live suite"
currency  = "DKK"
languages = ["en"]
time_zone = "Europe/Copenhagen"

[rules.debt]
kind             = "debt"
block_at         = 225.00
restriction_type = "{debt}"
message.en       = "Blocked by the suite: debt."

[rules.failed_pin]
kind             = "failed_pin"
block_at         = 2
restriction_type = "{pin}"
message.en       = "Blocked by the suite: PIN."
"""


@pytest.fixture
def cast(koha: Client, people: People) -> dict[str, int]:
    """One patron of each sort that the policy tells apart."""
    cast = {
        "owes the limit": people.owing(200, 25),
        "owes one øre less": people.owing(224.99),
        "owes much": people.owing(900),
        "has credit": people.owing(),
        "mistyped": people.make(),
        "mistyped once": people.make(),
        "both": people.owing(300),
        "clean": people.make(),
    }
    people.pay(cast["has credit"], 100)
    people.charge(cast["has credit"], 300)
    people.mistype(cast["mistyped"], 2)
    people.mistype(cast["mistyped once"])
    people.mistype(cast["both"], 3)
    return cast


@pytest.fixture
def program(
    target: Target, instance: str, cast: dict[str, int], kinds: tuple[str, str], tmp_path: Path
) -> Iterator[Cardwarden]:
    policy = POLICY.format(debt=kinds[0], pin=kinds[1])
    with cardwarden(target, instance, policy, list(cast.values()), tmp_path) as program:
        yield program


def rows_of_others(koha: Client, mine: set[int], everyone: int = 0) -> list[str]:
    """Every row that the plugin shows: of others all of them and the flag, of mine those that are not ours."""
    shown = []
    for patron in koha.walk(everyone=everyone):
        number = patron["patron_id"]
        rows = [one for one in patron["restrictions"] if number not in mine or not one["ours"]]
        shown += [f"{number} {json.dumps(one, sort_keys=True)}" for one in rows]
        if number not in mine:
            shown.append(f"{number} {patron['debarred']} {patron['flag_matches']} {patron['login_attempts']}")
    return shown


def blocked(koha: Client, cast: dict[str, int]) -> set[tuple[str, str]]:
    """Who has which rows of ours, with each row once."""
    found = [(name, one["type"]) for name, patron in cast.items() for one in koha.rows(patron) if one["ours"]]
    assert len(found) == len(set(found))
    return set(found)


def test_a_first_day_from_a_dry_run_to_nothing_left_to_do(
    koha: Client, people: People, cast: dict[str, int], program: Cardwarden, kinds: tuple[str, str]
) -> None:
    debt, pin = kinds
    due = {("owes the limit", debt), ("owes much", debt), ("mistyped", pin), ("both", debt), ("both", pin)}
    before = rows_of_others(koha, set(cast.values()), everyone=1)

    dry = program.dry_run()
    assert len(list(dry.plan.changes())) == len(due)
    unapproved = program.apply()
    assert unapproved.done() == []
    assert blocked(koha, cast) == set()

    first = program.apply(approve=unapproved.kept_digest)
    assert len(first.done()) == len(due)
    assert blocked(koha, cast) == due
    assert {one["comment"] for one in koha.rows(cast["owes much"])} == {"Blocked by the suite: debt."}

    quiet = program.apply()
    assert list(quiet.plan.changes()) == []
    assert program.world.journal.cycles(1)[0].outcome is CycleOutcome.DONE

    people.pay(cast["owes much"])
    people.pay(cast["owes the limit"], 224)
    people.pay(cast["both"])
    freed = program.apply()
    assert len(freed.done()) == 2
    assert blocked(koha, cast) == {("owes the limit", debt), ("mistyped", pin), ("both", pin)}
    assert list(program.apply().plan.changes()) == []

    assert rows_of_others(koha, set(cast.values()), everyone=1) == before
    for patron in cast.values():
        assert koha.facts(patron)["flag_matches"] is True


def test_a_payment_between_the_plan_and_the_write_is_seen(
    koha: Client, people: People, cast: dict[str, int], program: Cardwarden, kinds: tuple[str, str]
) -> None:
    digest = program.dry_run().kept_digest
    people.pay(cast["owes much"])
    program.apply(approve=digest)
    assert ("owes much", kinds[0]) not in blocked(koha, cast)
    assert ("owes the limit", kinds[0]) in blocked(koha, cast)


def test_staffs_own_restrictions_are_the_same_after_a_cycle(
    koha: Client, staff: Hands, people: People, cast: dict[str, int], program: Cardwarden, kinds: tuple[str, str]
) -> None:
    for name in ("owes the limit", "clean", "both"):
        staff.restrict(cast[name], comment=f"By hand: {name}.")
    mine = set(cast.values())
    before = rows_of_others(koha, mine)
    intranet = {patron: staff.shown(patron, "By hand") for patron in mine}
    assert sum(map(len, intranet.values())) == 3

    program.apply(approve=program.dry_run().kept_digest)
    assert ("owes the limit", kinds[0]) in blocked(koha, cast)
    people.pay(cast["owes the limit"])
    people.pay(cast["both"])
    program.apply()
    assert ("owes the limit", kinds[0]) not in blocked(koha, cast)

    assert rows_of_others(koha, mine) == before
    assert {patron: staff.shown(patron, "By hand") for patron in mine} == intranet


def test_what_staff_lift_stays_lifted(
    koha: Client, staff: Hands, cast: dict[str, int], program: Cardwarden, kinds: tuple[str, str]
) -> None:
    program.apply(approve=program.dry_run().kept_digest)
    program.apply()
    [ours] = koha.rows(cast["mistyped"])
    staff.lift(cast["mistyped"], ours["id"])
    for _ in range(2):
        program.apply()
        assert ("mistyped", kinds[1]) not in blocked(koha, cast)


def test_other_patrons_are_in_the_pull_and_out_of_reach(
    koha: Client, people: People, program: Cardwarden, cast: dict[str, int]
) -> None:
    outsider: Json = koha.facts(people.owing(500))
    program.apply(approve=program.dry_run().kept_digest)
    assert koha.facts(outsider["patron_id"]) == outsider
