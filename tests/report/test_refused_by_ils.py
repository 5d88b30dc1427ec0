"""Cards that the policy calls clear and that Koha by its own limits lends nothing to: counted and listed."""

import json
from dataclasses import replace

from sidecar.cycle.findings import Findings
from sidecar.fitness.fitness import Fitness
from sidecar.report import report_json
from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.view import View

from .build import World, facts, fee

HARM = "Koha refuses loans above 5.00 (noissuescharge is 5)."


def findings(limit: str = "5") -> Findings:
    known = (
        facts("4711", charges=(fee("312.00"),)),
        facts("4712", charges=(fee("60.00"),)),
        facts("4713", charges=(fee("5.00"),)),
        facts("4714", charges=(fee("12.50"),)),
    )
    made = World(known, more={"fitness": Fitness(harms=(HARM,), notes=("Good to know.",))}).findings()
    return replace(made, status=replace(made.status, preferences={"noissuescharge": limit}))


def test_they_are_listed_with_what_they_owe_the_most_first() -> None:
    page = make_page(findings(), View(show_names=False))
    (section,) = (section for section in page.sections if section.key == "refused-by-ils")
    assert section.title == "Clear, but refused by Koha itself (2)"
    assert section.table is not None
    assert [row[1:] for row in section.table.rows] == [("60.00", "5"), ("12.50", "5")]
    assert "it may refuse some fewer" in " ".join(section.sentences)


def test_what_koha_does_is_a_warning_and_what_is_good_to_know_is_not() -> None:
    (section,) = (one for one in make_page(findings(), View(show_names=False)).sections if one.key == "warnings")
    assert section.sentences == (HARM,)


def test_machines_get_them_too() -> None:
    document = json.loads(report_json(findings(), show_names=False))
    assert document["refused_by_ils"] == [
        {"patron": "4712", "owed": {"amount": "60.00", "minor": 6000}, "limit": "5"},
        {"patron": "4714", "owed": {"amount": "12.50", "minor": 1250}, "limit": "5"},
    ]


def test_a_limit_above_the_policy_s_refuses_nobody() -> None:
    made = findings("100000")
    assert made.refused_by_ils() == []
    assert made.counts()["refused_by_ils"] == 0
    assert [one.key for one in make_page(made, View(show_names=False)).sections].count("refused-by-ils") == 0
