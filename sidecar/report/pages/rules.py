"""The rules and the money: what each rule holds before and after, and what is owed behind it."""

from collections.abc import Callable, Iterator
from typing import Final

from sidecar.core.cards import Blocked
from sidecar.core.verdict import Standing
from sidecar.cycle.findings import Findings
from sidecar.language import _, gettext_noop, ngettext, whole
from sidecar.report.counted.cards import NO_STEP, WITHOUT_RULE, Step
from sidecar.report.counted.summary import RuleCounts, Summary
from sidecar.report.pages.charts import rule_key
from sidecar.report.pages.sections import Cell, Column, Section, Table
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import amount

Cells = tuple[str, ...]

_STANDINGS: Final[tuple[tuple[str, Standing, str, Callable[[RuleCounts], int]], ...]] = (
    (gettext_noop("Announced"), Standing.ANNOUNCED, "announced", lambda each: each.announced),
    (gettext_noop("Staff lifted"), Standing.OVERRIDDEN, "overrides", lambda each: each.overridden),
    (gettext_noop("Undecided"), Standing.UNDECIDED, "undecided", lambda each: each.undecided),
)
"""Columns that are there only if a card is."""


def rules(findings: Findings, summary: Summary, _view: View) -> Section:
    """Cards by rule, before and after, and all cards, of which each counts once."""
    seen = findings.status.writable
    standings = [each for each in _STANDINGS if any(each[3](rule) for rule in summary.rules)]
    amended = seen and any(rule.to_amend for rule in summary.rules)
    headings = [
        *_step_headings(findings),
        *([_("New texts")] if amended else []),
        *(_(name) for name, *_rest in standings),
    ]
    rows: list[Cells] = []
    for each in summary.rules:
        numbers = _step(summary.cards.steps.get(each.rule, NO_STEP), each.rule, seen=seen)
        numbers += (Cell(whole(each.to_amend), about="changes"),) if amended else ()
        numbers += tuple(Cell(whole(count(each)), about=about) for _name, _standing, about, count in standings)
        rows.append((_rule_name(each), *numbers))
    if WITHOUT_RULE in summary.cards.steps and seen:
        without = _step(summary.cards.steps[WITHOUT_RULE], WITHOUT_RULE, seen=seen)
        rows.append((_("no rule"), *without, *[""] * (len(headings) - len(without))))
    several = len(rows) > 1
    if several:
        numbers = _step(summary.cards.step, None, seen=seen)
        numbers += (Cell(whole(sum(rule.to_amend for rule in summary.rules)), about="changes"),) if amended else ()
        numbers += tuple(
            Cell(whole(_cards_of(findings, standing)), about=about) for _name, standing, about, _count in standings
        )
        rows.append((_("all cards"), *numbers))
    columns = (Column(_("Rule")), *(Column(heading, numeric=True) for heading in headings))
    return Section(
        "rules",
        _("Cards by rule"),
        tuple(_notes(findings, summary, several=several)),
        Table(columns, tuple(rows), has_total=several),
    )


def _step_headings(findings: Findings) -> list[str]:
    if not findings.status.writable:
        return [_("Would be blocked if free")]
    if findings.applied:
        return [_("Before"), _("Blocked"), _("Freed"), _("Now")]
    return [_("Now"), _("To block"), _("To free"), _("Then")]


def _step(step: Step, rule: str | None, *, seen: bool) -> Cells:
    """The numbers, each with the key of the patrons behind it."""
    numbers = {"before": step.before, "blocked": step.blocked, "freed": step.freed, "after": step.after}
    shown = numbers if seen else {"after": step.after}
    return tuple(Cell(whole(number), about=rule_key(rule, which)) for which, number in shown.items())


def _notes(findings: Findings, summary: Summary, *, several: bool) -> Iterator[str]:
    if not findings.status.writable:
        yield _("Without the plugin no block can be seen, so this is what each rule would do to a free card.")
    elif summary.held_back and not findings.applied:
        yield _("Then: once all changes are made, what would be held back included.")
    if several:
        yield _("A card that several rules block counts once among all cards.")


def _cards_of(findings: Findings, standing: Standing) -> int:
    return sum(any(each.standing is standing for each in decision.verdicts) for decision in findings.decisions)


def _rule_name(each: RuleCounts) -> str:
    return _("{rule} (retired)", rule=each.rule) if each.retired else each.rule


def money(findings: Findings, summary: Summary, _view: View) -> Section:
    """What is owed, by all and by those whose cards are blocked."""
    owed, cards, currency = summary.money, summary.cards, findings.policy.currency
    columns = (
        Column(_("Money, before credit is set off")),
        Column(_("Patrons"), numeric=True),
        Column(_("Sum"), numeric=True),
    )

    def row(name: str, of: Blocked, which: str) -> Cells:
        return name, Cell(whole(of.cards), about=rule_key(None, which)), amount(of.owed, currency)

    rows: list[Cells] = [
        (_("owed by those examined"), Cell(whole(owed.patrons_owing), about="owing"), amount(owed.owed, currency))
    ]
    if not cards.seen:
        rows.append(row(_("owed by those who would be blocked if free"), cards.planned, "after"))
    elif findings.applied:
        rows += [
            row(_("owed by those blocked before"), cards.before, "before"),
            row(_("owed by those blocked now"), cards.now, "after"),
        ]
    else:
        now, then = _("owed by those blocked now"), _("owed by those blocked once all changes are made")
        rows += [row(now, cards.now, "before"), row(then, cards.planned, "after")]
    rows.append((_("unapplied credit"), "", amount(owed.credit, currency)))
    unknown = owed.patrons_unknown
    sentence = ngettext(
        "The charges of {number} patron are not known and not in these sums.",
        "The charges of {number} patrons are not known and not in these sums.",
        unknown,
    )
    return Section("money", _("Money"), (sentence,) if unknown else (), Table(columns, tuple(rows)))
