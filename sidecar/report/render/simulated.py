"""A simulation for machines (schema `cardwarden.simulation/1`, docs/simulation.md), as lists, and as files."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from sidecar.core.model import Patron
from sidecar.core.simulation import By, Differences, Effect, RuleProspect, Simulation, Tallies, Tried
from sidecar.language import _, gettext_noop
from sidecar.report.pages.simulation import simulation_page
from sidecar.report.pages.view import View
from sidecar.report.render.csvfiles import COMMA, Cell, Code, Dialect, to_csv, who, who_heading
from sidecar.report.render.evidence import Json, amount_json, instant
from sidecar.report.render.files import LONGEST_LIST, text_of_page, write_files
from sidecar.report.render.html import page_html
from sidecar.report.render.structured import Document, as_text, patron_json

SCHEMA: Final = "cardwarden.simulation/1"

_COUNTED: Final = {
    Effect.IN_FORCE: (gettext_noop("in_force"), gettext_noop("owed_in_force")),
    Effect.TO_BLOCK: (gettext_noop("to_block"), gettext_noop("owed_to_block")),
    Effect.FREED: (gettext_noop("freed"), gettext_noop("owed_freed")),
    Effect.BLOCKED: (gettext_noop("blocked"), gettext_noop("owed_blocked")),
    Effect.ANNOUNCED: (gettext_noop("announced"), gettext_noop("owed_announced")),
    Effect.ANEW: (gettext_noop("if_all_began_today"), gettext_noop("owed_if_all_began_today")),
}
"""The columns of each effect: cards, and what is owed on them."""


def simulation_json(found: Simulation, *, show_names: bool) -> str:
    """The whole simulation as JSON text."""
    return as_text(
        {
            "schema": SCHEMA,
            "as_of": instant(found.as_of),
            "currency": found.present.policy.currency.code,
            "examined": len(found.patrons),
            "key": found.key,
            "present": _tried(found.present),
            "tried": [
                {**_tried(each), "differences": _differences(each.differences, found, show_names=show_names)}
                for each in found.tried
            ],
            "gaps": list(found.gaps),
        }
    )


def write_simulation(found: Simulation, directory: Path, *, show_names: bool, dialect: Dialect = COMMA) -> list[Path]:
    """Write the simulation into a folder, which is made if it is not there. Files there are replaced. Raises
    CardwardenError if it cannot be written."""
    view = View(show_names=show_names, limit=LONGEST_LIST, rest=_("see simulation_patrons.csv"))
    page = simulation_page(found, view, in_full=True)
    contents = {
        "simulation.html": page_html(page),
        "simulation.txt": text_of_page(page),
        "simulation.json": simulation_json(found, show_names=show_names) + "\n",
        "simulation.csv": simulation_csv(found, dialect),
        "simulation_patrons.csv": simulation_patrons_csv(found, show_names=show_names, dialect=dialect),
    }
    return write_files(directory, contents)


def simulation_csv(found: Simulation, dialect: Dialect = COMMA) -> str:
    """A line for each policy and group of cards, everything first."""
    columns = (
        gettext_noop("policy"),
        gettext_noop("value"),
        gettext_noop("digest"),
        gettext_noop("by"),
        gettext_noop("group"),
        gettext_noop("currency"),
    )
    return to_csv((*columns, *(name for effect in Effect for name in _COUNTED[effect])), _lines(found), dialect)


def _lines(found: Simulation) -> Iterator[tuple[Cell, ...]]:
    for tried in (found.present, *found.tried):
        currency = tried.policy.currency
        head = (tried.label, _value(tried), tried.policy.digest[:12])
        groups = [("", "", tried.prospect.everyone)]
        groups += [(by.value, group.name, group.tallies) for by in By for group in tried.prospect.groups[by]]
        for by, name, tallies in groups:
            counts = (
                cell for effect in Effect for cell in (tallies[effect].cards, currency.major(tallies[effect].owed))
            )
            yield (*head, by, Code(name), currency.code, *counts)


def _value(tried: Tried) -> Decimal | None:
    return None if tried.value is None else Decimal(tried.value)


def simulation_patrons_csv(found: Simulation, *, show_names: bool, dialect: Dialect = COMMA) -> str:
    """Whom each policy treats otherwise than the present one, and how."""
    heading = (
        gettext_noop("policy"),
        gettext_noop("value"),
        gettext_noop("difference"),
        *who_heading(show_names=show_names),
        gettext_noop("library"),
        gettext_noop("category"),
        gettext_noop("rule_or_type"),
    )

    def rows() -> Iterator[tuple[Cell, ...]]:
        for tried in found.tried:
            for name in Differences.__slots__:
                for number, what in getattr(tried.differences, name):
                    patron = found.patrons.get(number) or Patron(number)
                    shown = who(patron, show_names=show_names)
                    codes = (Code(patron.library), Code(patron.category))
                    yield (tried.label, _value(tried), name, *shown, *codes, what)

    return to_csv(heading, rows(), dialect)


def _tried(tried: Tried) -> Document:
    policy, prospect = tried.policy, tried.prospect

    def tallies(counted: Tallies) -> Document:
        return {
            effect.value: {
                "cards": counted[effect].cards,
                "owed": amount_json(counted[effect].owed, policy.currency),
            }
            for effect in Effect
        }

    groups: dict[str, Json] = {
        by.value: [{"name": group.name or None, **tallies(group.tallies)} for group in prospect.groups[by]] for by in By
    }
    return {
        "label": tried.label,
        "value": tried.value,
        "policy": {"name": policy.name, "digest": policy.digest},
        "planned": {kind.value: number for kind, number in prospect.planned.items()},
        "cards": tallies(prospect.everyone),
        "by": groups,
        "rules": [_rule(each) for each in prospect.rules],
    }


def _rule(each: RuleProspect) -> Document:
    return {
        "rule": each.rule,
        "in_force": each.in_force,
        "planned": {kind.value: number for kind, number in each.planned.items()},
        "verdicts": {standing.value: number for standing, number in each.standing.items()},
        "if_all_began_today": each.anew,
    }


def _differences(found: Differences, simulation: Simulation, *, show_names: bool) -> Document:
    def entry(number: str, what: str, name: str) -> Json:
        patron = simulation.patrons.get(number) or Patron(number)
        about = "restriction_type" if name == "orphaned" else "rule"
        return {**patron_json(patron, show_names=show_names), about: what}

    return {
        name: [entry(number, what, name) for number, what in getattr(found, name)] for name in Differences.__slots__
    }
