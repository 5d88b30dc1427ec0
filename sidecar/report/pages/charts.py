"""Charts: who is blocked by rule, library and category, how old the debt is, and the last ninety days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from sidecar.core.debtors import DebtAge
from sidecar.core.model import Currency, Unknown
from sidecar.cycle.findings import Findings
from sidecar.language import _, calendar_day, gettext_noop, money, round_money, whole
from sidecar.ports import DayTotal
from sidecar.report.counted.cards import WITHOUT_RULE
from sidecar.report.counted.groups import Group, Groups
from sidecar.report.pages.sections import Bar, BarChart, Column, DayBar, Days, Table

MOST_BARS: Final = 12
DAYS: Final = 90
_FEWEST_DAYS: Final = 2

AGES: Final[Mapping[DebtAge, str]] = {
    DebtAge.MONTH: gettext_noop("0–30 days"),
    DebtAge.QUARTER: gettext_noop("31–91 days"),
    DebtAge.YEAR: gettext_noop("92–365 days"),
    DebtAge.THREE_YEARS: gettext_noop("1–3 years"),
    DebtAge.OLDER: gettext_noop("over 3 years"),
    DebtAge.NOT_KNOWN: gettext_noop("not known"),
}


def charts(findings: Findings, groups: Groups) -> tuple[BarChart, ...]:
    """The charts of a cycle; none of what there is nothing of."""
    when = _when(findings)
    rules = [
        (rule_words(each.rule), each.after, rule_key(each.rule, "after"))
        for each in groups.rules
        if each.rule is not None
    ]
    made = (
        _cards("by-rule", _("Blocked cards by rule"), (_("Rule"), _("Cards")), rules, when),
        _cards(
            "by-library",
            _("Blocked cards by library"),
            (_("Library"), _("Cards")),
            coded("library", groups.libraries),
            when,
        ),
        _cards(
            "by-category",
            _("Blocked cards by category"),
            (_("Category"), _("Cards")),
            coded("category", groups.categories),
            when,
        ),
        _debt(groups.debt_ages, findings.policy.currency),
    )
    return tuple(chart for chart in made if chart is not None)


def rule_key(rule: str | None, which: str) -> str:
    """What the patrons behind a number of the rules' table are linked to by; of all cards for None."""
    if rule is None:
        return f"cards-{which}"
    return f"norule-{which}" if rule == WITHOUT_RULE else f"rule-{rule}-{which}"


def rule_words(rule: str) -> str:
    """What the rule is called."""
    return _("no rule") if rule == WITHOUT_RULE else rule


def coded(what: str, groups: Sequence[Group]) -> list[tuple[str, Group, str]]:
    """Groups by a code of the ILS, with the names and keys that they are shown by; the smallest ones together."""
    named = [(_name(group), group, f"{what}-{place}") for place, group in enumerate(groups)]
    if len(named) <= MOST_BARS:
        return named
    members = tuple(member for group in groups[MOST_BARS - 1 :] for member in group.members)
    others = Group("", tuple(sorted(members, key=lambda each: -(each.owed or 0))))
    return [*named[: MOST_BARS - 1], (_("all others"), others, f"{what}-others")]


def debt_key(group: Group) -> str:
    """What the patrons of an age of debt are linked to by."""
    return f"debt-{group.key}"


def debt_words(group: Group) -> str:
    """How old the debt is."""
    return _(AGES[DebtAge(str(group.key))])


def days_of(days: Sequence[DayTotal], today: date, currency: Currency) -> Days | None:
    """The last ninety days as far as they are known; None for less than two, of which nothing is to be seen."""
    first = today - timedelta(days=DAYS - 1)
    shown = [day for day in days if first <= day.day <= today]
    if len(shown) < _FEWEST_DAYS:
        return None
    most, least = max(day.blocked for day in shown), min(day.blocked for day in shown)
    bars = (DayBar((day.day - first).days, _length(day.blocked, most)) for day in shown)
    rows = tuple((calendar_day(day.day), whole(day.blocked), money(day.owed, currency)) for day in reversed(shown))
    columns = (Column(_("Day")), Column(_("Cards"), numeric=True), Column(_("Owed"), numeric=True))
    return Days(
        key="days",
        title=_("Blocked cards in the last {number} days", number=DAYS),
        sentence=_(
            "Between {least} and {most}, at the end of each day's last full cycle. Of {known} days it is known.",
            least=whole(least),
            most=whole(most),
            known=len(shown),
        ),
        width=DAYS,
        bars=tuple(bars),
        first=calendar_day(first),
        last=calendar_day(today),
        table=Table(columns, rows),
    )


def _when(findings: Findings) -> str:
    if not findings.status.writable:
        return _("If these cards are free: without the plugin that cannot be seen.")
    return "" if findings.applied else _("Once all changes are made.")


def _cards(
    key: str, title: str, columns: tuple[str, str], groups: Iterable[tuple[str, Group, str]], sentence: str
) -> BarChart | None:
    counted = [(name, group.number, about) for name, group, about in groups if group.number]
    if not counted:
        return None
    longest = max(number for _name, number, _about in counted)
    bars = (Bar(name, whole(number), _length(number, longest), about) for name, number, about in counted)
    return BarChart(key, title, columns, tuple(bars), sentence)


def _debt(groups: Sequence[Group], currency: Currency) -> BarChart | None:
    if not groups:
        return None
    longest = max(group.owed for group in groups)
    bars = (
        Bar(debt_words(group), round_money(group.owed, currency), _length(group.owed, longest), debt_key(group))
        for group in groups
    )
    columns, sentence = (_("Age of the debt"), _("Sum")), _("Of all who were examined, before credit is set off.")
    return BarChart("by-age", _("What is owed, by the age of the debt"), columns, tuple(bars), sentence)


def _length(number: int, longest: int) -> int:
    """Of 100; what is not nothing is at least seen."""
    return max(round(100 * number / longest), 1) if number and longest else 0


def _name(group: Group) -> str:
    return _("not known") if isinstance(group.key, Unknown) else group.key or _("none")
