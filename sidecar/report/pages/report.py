"""Findings -> the report that a browser shows: the page, with figures, charts and the patrons behind every number."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sidecar.core.cards import Blocked
from sidecar.core.model import Currency
from sidecar.cycle.findings import Findings
from sidecar.language import _, ngettext, round_money, share, whole
from sidecar.policy.explain import policy_in_words
from sidecar.report.counted.cards import Cards
from sidecar.report.counted.changes import State
from sidecar.report.counted.groups import Group, Groups, group_patrons
from sidecar.report.counted.summary import Summary
from sidecar.report.pages.charts import charts, coded, days_of, debt_key, debt_words, rule_key, rule_words
from sidecar.report.pages.cycle import page_of
from sidecar.report.pages.sections import Cell, Chip, Figure, Page, People, Report, Tone, Words
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import amount, moment

MOST_PEOPLE: Final = 500
"""So many patrons are listed behind one number; `cards.csv` has all of them."""


def make_report(findings: Findings, summary: Summary, view: View) -> Report:
    """The whole report of a cycle."""
    groups = group_patrons(findings)
    return Report(
        made_for=f"{findings.policy.name}, {moment(findings.as_of, findings.policy.time_zone)}",
        page=_rules_first(page_of(findings, summary, replace(view, everything=True))),
        figures=tuple(_figures(findings, summary.cards)),
        chips=tuple(_chips(summary, findings)),
        charts=charts(findings, groups),
        days=days_of(summary.cards.days, findings.today, findings.policy.currency),
        people=tuple(_people(findings, groups, view)),
        policy=tuple(Words(title, sentences) for title, sentences in policy_in_words(findings.policy, findings.today)),
    )


def _rules_first(page: Page) -> Page:
    """The rules stand beside the charts of them; what is louder is said by the chips above."""
    return replace(page, sections=tuple(sorted(page.sections, key=lambda section: section.key != "rules")))


def _figures(findings: Findings, cards: Cards) -> Iterator[Figure]:
    currency = findings.policy.currency
    if not cards.seen:
        yield _figure(_("Would be blocked if free"), cards.planned, "after", cards.total, currency)
    elif findings.applied:
        yield _figure(_("Before this cycle"), cards.before, "before", cards.total, currency)
        yield _figure(_("Blocked now"), cards.now, "after", cards.total, currency)
    else:
        yield _figure(_("Blocked now"), cards.now, "before", cards.total, currency)
        yield _figure(_("With all changes"), cards.planned, "after", cards.total, currency)


def _figure(name: str, blocked: Blocked, which: str, total: int, currency: Currency) -> Figure:
    under = f"{share(blocked.cards, total)}, {round_money(blocked.owed, currency)}"
    return Figure(name, Cell(whole(blocked.cards), about=rule_key(None, which)), under)


def _chips(summary: Summary, findings: Findings) -> Iterator[Chip]:
    """What a person may have to do something about, loudest first."""
    held, claims = len(summary.in_state(State.HELD)), sum(claim.is_open for claim in findings.claims)
    overridden = sum(each.overridden for each in summary.rules)
    counted = (
        (
            len(summary.drift),
            "drift",
            Tone.ALARM,
            ngettext("{number} vanished", "{number} vanished", len(summary.drift)),
        ),
        (held, "held-back", Tone.WARNING, ngettext("{number} change held back", "{number} changes held back", held)),
        (
            len(summary.owing_nothing),
            "owing-nothing",
            Tone.WARNING,
            ngettext(
                "{number} blocked and owing nothing", "{number} blocked and owing nothing", len(summary.owing_nothing)
            ),
        ),
        (
            len(summary.refused_by_ils),
            "refused-by-ils",
            Tone.WARNING,
            ngettext("{number} refused by Koha itself", "{number} refused by Koha itself", len(summary.refused_by_ils)),
        ),
        (
            len(findings.warnings),
            "warnings",
            Tone.WARNING,
            ngettext("{number} warning", "{number} warnings", len(findings.warnings)),
        ),
        (
            len(summary.changes),
            "changes",
            Tone.PLAIN,
            ngettext("{number} change", "{number} changes", len(summary.changes)),
        ),
        (claims, "claims", Tone.PLAIN, ngettext("{number} open claim", "{number} open claims", claims)),
        (
            overridden,
            "overrides",
            Tone.PLAIN,
            ngettext("{number} lifted by staff", "{number} lifted by staff", overridden),
        ),
        (
            len(summary.announced),
            "announced",
            Tone.PLAIN,
            ngettext("{number} announced", "{number} announced", len(summary.announced)),
        ),
        (
            len(summary.undecided),
            "undecided",
            Tone.PLAIN,
            ngettext("{number} undecided", "{number} undecided", len(summary.undecided)),
        ),
    )
    yield from (Chip(text, about, tone) for number, about, tone, text in counted if number)


def _people(findings: Findings, groups: Groups, view: View) -> Iterator[People]:
    seen = findings.status.writable

    def people(key: str, title: str, group: Group) -> Iterator[People]:
        if group.members:
            who = tuple(
                (
                    view.label(each.patron),
                    _("not known") if each.owed is None else amount(each.owed, findings.policy.currency),
                )
                for each in group.members[:MOST_PEOPLE]
            )
            yield People(key, f"{title} ({whole(group.number)})", who, group.number - len(who), group.unlisted == 0)

    for each in groups.rules:
        name = _("All cards") if each.rule is None else _("Rule {rule}", rule=rule_words(each.rule))
        if seen:
            yield from people(
                rule_key(each.rule, "before"),
                _("{rule}: blocked before", rule=name) if findings.applied else _("{rule}: blocked now", rule=name),
                each.before,
            )
            yield from people(
                rule_key(each.rule, "blocked"),
                _("{rule}: newly blocked", rule=name) if findings.applied else _("{rule}: to be blocked", rule=name),
                each.blocked,
            )
            yield from people(
                rule_key(each.rule, "freed"),
                _("{rule}: freed", rule=name) if findings.applied else _("{rule}: to be freed", rule=name),
                each.freed,
            )
        yield from people(
            rule_key(each.rule, "after"),
            _("{rule}: blocked now", rule=name)
            if findings.applied
            else _("{rule}: blocked once all changes are made", rule=name),
            each.after,
        )
    for name, group, key in coded("library", groups.libraries):
        yield from people(key, _("Library {code}", code=name), group)
    for name, group, key in coded("category", groups.categories):
        yield from people(key, _("Category {code}", code=name), group)
    for group in groups.debt_ages:
        yield from people(debt_key(group), _("Debt of this age: {age}", age=debt_words(group)), group)
    yield from people("owing", _("All who owe"), groups.owing)
