"""The report as JSON keeps to its schema."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sidecar.core.brakes import Limit, Limits
from sidecar.ports import Mode, Result
from sidecar.report import report_json

from .build import DEBT, NOW, World, case, facts, fee, library, without_plugin

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))


def document(world: World, *, show_names: bool = False) -> Any:
    return json.loads(report_json(world.findings(), show_names=show_names))


def applied(**news: Any) -> World:
    world = library()
    world.mode = Mode.APPLY
    for name, value in news.items():
        setattr(world, name, value)
    return world


def vanished() -> World:
    many = [facts(str(number), charges=(fee("300.00"),)) for number in range(1, 41)]
    return World(many, {one.patron.id: {"debt": case(one.patron.id, DEBT)} for one in many})


@pytest.mark.parametrize(
    "world",
    [
        library(),
        applied(answers={"4711": Result.REFUSED, "4712": Result.UNANSWERED}),
        applied(limits=Limits(additions=Limit(0))),
        applied(more={"paused_since": NOW - timedelta(days=1)}),
        applied(more={"stopped": "Writing was paused."}),
        applied(mode=Mode.RELEASE_ONLY),
        vanished(),
        without_plugin(),
        World(),
    ],
)
@pytest.mark.parametrize("show_names", [False, True])
def test_real_findings_keep_to_the_schema(world: World, show_names: bool) -> None:
    errors = [
        error.message for error in Draft202012Validator(SCHEMA).iter_errors(document(world, show_names=show_names))
    ]
    assert not errors


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def names_in(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = set(schema.get("properties", {}))
        return own.union(*(names_in(value) for value in schema.values()), set())
    return set().union(*(names_in(each) for each in schema)) if isinstance(schema, list) else set()


def test_every_field_is_explained() -> None:
    told = (DOCS / "report-json.md").read_text(encoding="utf-8")
    assert not {name for name in names_in(SCHEMA) if name not in told}


def test_a_change_says_all_about_itself() -> None:
    (change, *_) = document(library())["changes"]
    assert change == {
        "patron": "4711",
        "rule": "debt",
        "change": "add",
        "restriction_type": "CW_DEBT",
        "reason": "reached",
        "sentence": "owes 312.00 DKK, blocks at 225.00",
        "evidence": {
            "counted": {"amount": "312.00", "minor": 31200},
            "owed": {"amount": "312.00", "minor": 31200},
            "credit": {"amount": "0.00", "minor": 0},
            "lines": ["1"],
            "attempts": None,
            "card_lost": None,
            "operator": "block_at",
            "threshold": {"amount": "225.00", "minor": 22500},
            "age": 36,
            "settled_at": None,
            "agency_paid_at": None,
            "unknown": [],
            "overdue": None,
            "flagged": None,
            "guarantees": [],
        },
        "paid": False,
        "state": "pending",
        "held_by": None,
        "outcome": None,
    }


def test_a_count_of_attempts_is_no_amount() -> None:
    changes = {change["rule"]: change for change in document(library())["changes"]}
    assert changes["pin"]["evidence"]["threshold"] == 5


def test_instants_are_utc_and_days_are_the_librarys() -> None:
    found = document(library())
    assert found["as_of"] == "2026-11-24T02:15:00Z"
    assert found["announced"][0]["blocks_on"] == "2026-12-01"


def test_what_waits_can_be_approved_by_its_whole_digest() -> None:
    world = applied(limits=Limits(additions=Limit(0)))
    approvable = document(world)["plan"]["approvable"]
    assert approvable["digest"] == world.findings().kept_digest
    assert approvable["commands"][0] == f"cardwarden approve {approvable['digest'][:12]}"


def test_names_come_whole_and_only_when_asked() -> None:
    assert "name" not in document(library())["changes"][0]
    named = document(library(), show_names=True)["changes"][0]
    assert (named["name"], named["card_number"]) == ("Jensen, Anna Planted 4711", "2611905678")


def test_outcomes_are_those_of_the_ils() -> None:
    changes = document(applied(answers={"4711": Result.MOVED}))["changes"]
    assert (changes[0]["state"], changes[0]["outcome"]["result"]) == ("skipped", "moved")
    assert (changes[1]["state"], changes[1]["outcome"]["result"]) == ("done", "written")
