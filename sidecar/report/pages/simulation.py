"""What other policies would do today, in place of the present one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sidecar.core.model import Patron, PatronId
from sidecar.core.policy import Policy
from sidecar.core.simulation import By, Differences, Effect, Keys, Simulation, Tried
from sidecar.language import _, gettext_noop, ngettext
from sidecar.report.pages.sections import Column, Curve, Page, Point, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import amount, bare_amount, moment_and_zone

FEW: Final = 3
"""So many policies have their cards counted by library, category and age each; of more, the first and the last one."""

LISTS: Final = (
    (
        "newly_blocked",
        gettext_noop("Newly blocked"),
        gettext_noop("Blocked under the other policy, and not under the present one."),
    ),
    (
        "blocked_again",
        gettext_noop("Blocked a second time"),
        gettext_noop(
            "Blocked already by a row that becomes an orphan (below); a second one would be set, of the rule's new "
            "type."
        ),
    ),
    (
        "no_longer_blocked",
        gettext_noop("No longer to be blocked"),
        gettext_noop("The present policy would block these today, the other not."),
    ),
    (
        "newly_announced",
        gettext_noop("Announced"),
        gettext_noop("The other policy announces a block to these, the present one does not."),
    ),
    (
        "freed",
        gettext_noop("Freed"),
        gettext_noop("In force today; the other policy lifts these, the present one does not."),
    ),
    (
        "no_longer_freed",
        gettext_noop("No longer freed"),
        gettext_noop("In force today; the present policy lifts these, the other does not."),
    ),
)
_LATCHED: Final = (
    "kept_only_by_latching",
    gettext_noop("Kept only because already blocked"),
    gettext_noop(
        "In force. Only the other policy would not set these today, and its release condition does not hold yet."
    ),
)
_ORPHANED: Final = gettext_noop(
    "Ours and in force, and no rule of the other policy has their restriction type: nothing would lift them any "
    "more. Give the rule its old restriction_type, or keep the old rule with retired = true until its rows are "
    "gone."
)
_EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.TO_BLOCK: gettext_noop("To block"),
    Effect.FREED: gettext_noop("To free"),
    Effect.ANNOUNCED: gettext_noop("To be told"),
    Effect.BLOCKED: gettext_noop("Blocked then"),
    Effect.ANEW: gettext_noop("If all began today"),
}
_BY: Final[Mapping[By, tuple[str, str]]] = {
    By.LIBRARY: (gettext_noop("{policy}: by library"), gettext_noop("Library")),
    By.CATEGORY: (gettext_noop("{policy}: by category"), gettext_noop("Category")),
    By.AGE: (gettext_noop("{policy}: by age"), gettext_noop("Age")),
}


def simulation_page(found: Simulation, view: View, *, in_full: bool = False) -> Page:
    """The comparison as a page; `in_full` with the groups of every policy, however many they are."""
    present, only = found.present.policy, found.tried[0] if len(found.tried) == 1 else None
    sections = [_cards(found)]
    if found.key is not None:
        sections.append(_curve(found, found.key))
    if only is not None:
        sections += _lists(only, found.patrons, view)
    all_of_them = in_full or len(found.tried) <= FEW
    detailed = found.tried if all_of_them else (found.tried[0], found.tried[-1])
    sections += [section for tried in detailed for section in _groups(tried, _effects(found))]
    if not all_of_them:
        others = _("The policies between the first and the last: see --report DIR.")
        sections[-1] = replace(sections[-1], lead=others)
    if found.gaps:
        sections.append(Section("gaps", _("What this simulation cannot see"), found.gaps))
    return Page(
        title=_("Cardwarden: simulation, nothing is written"),
        heading=(
            (_("Present"), _policy_words(present)),
            (_("Other"), _number_tried(found) if only is None else _policy_words(only.policy, only.label)),
            (_("As of"), moment_and_zone(found.as_of, present.time_zone)),
            (_("Examined"), ngettext("{number} patron", "{number} patrons", len(found.patrons))),
        ),
        sections=tuple(sections),
        result=_result(found) if only is None else _difference(only.differences),
        next_step="",
        commands=(),
        tone=Tone.PLAIN,
    )


def _cards(found: Simulation) -> Section:
    """A line for the present policy and one for each that was tried: the same figures as their dry runs."""
    currency, effects = found.present.policy.currency, _effects(found)
    columns = (
        Column(_("Policy") if found.key is None else found.key),
        *(Column(_(_EFFECTS[effect]), numeric=True) for effect in effects),
        Column(_("Owed by blocked {currency}", currency=currency.code), numeric=True),
    )

    def row(name: str, tried: Tried) -> tuple[str, ...]:
        tallies = tried.prospect.everyone
        owed = bare_amount(tallies[Effect.BLOCKED].owed, currency)
        return (name, *(str(tallies[effect].cards) for effect in effects), owed)

    rows = (row(_("the present policy"), found.present), *(row(each.value or each.label, each) for each in found.tried))
    now = found.present.prospect.everyone[Effect.IN_FORCE]
    sentences = (
        ngettext(
            "{number} card is blocked now, owing {sum}.",
            "{number} cards are blocked now, owing {sum}.",
            now.cards,
            sum=amount(now.owed, currency),
        ),
        _(
            "If all began today: whom the policy would block or announce were no block in force and nothing "
            "remembered. A block that stands already ends only by its rule's release."
        ),
    )
    return Section("cards", _("Cards"), sentences, Table(columns, rows))


def _curve(found: Simulation, key: str) -> Section:
    points = tuple(
        Point(
            each.value or each.label,
            tuple(each.prospect.everyone[effect].cards for effect in (Effect.BLOCKED, Effect.ANEW)),
        )
        for each in found.tried
    )
    series = (_("blocked then"), _("if all began today"))
    return Section("curve", _("Cards by {key}", key=key), chart=Curve(series, points))


def _groups(tried: Tried, effects: Sequence[Effect]) -> Iterator[Section]:
    currency = tried.policy.currency
    for by, (title, heading) in _BY.items():
        columns = (
            Column(_(heading)),
            *(Column(_(_EFFECTS[effect]), numeric=True) for effect in effects),
            Column(_("Owed by blocked {currency}", currency=currency.code), numeric=True),
        )
        counted = [(group.name or _("not known"), group.tallies) for group in tried.prospect.groups[by]]
        lines = [(name, tallies) for name, tallies in counted if any(tallies[effect].cards for effect in effects)]
        if len(lines) > 1:
            lines.append((_("all"), tried.prospect.everyone))
        rows = tuple(
            (
                name,
                *(str(tallies[effect].cards) for effect in effects),
                bare_amount(tallies[Effect.BLOCKED].owed, currency),
            )
            for name, tallies in lines
        )
        if rows:
            key = f"{by.value}-{tried.label}"
            yield Section(
                _anchor(key), _(title, policy=tried.label), table=Table(columns, rows, has_total=len(rows) > 1)
            )


def _effects(found: Simulation) -> tuple[Effect, ...]:
    """Who is announced is a column only where anybody is."""
    told = any(each.prospect.everyone[Effect.ANNOUNCED].cards for each in (found.present, *found.tried))
    return tuple(effect for effect in _EFFECTS if told or effect is not Effect.ANNOUNCED)


def _lists(tried: Tried, patrons: Mapping[PatronId, Patron], view: View) -> Iterator[Section]:
    found = tried.differences
    lists: list[tuple[str, str, str, Keys]] = [
        (name, _(title), _(note), keys) for name, title, note in (*LISTS, _LATCHED) if (keys := getattr(found, name))
    ]
    if lists:
        yield _by_rule(lists, tried.policy)
    for name, title, note, keys in lists:
        yield _list(name, title, note, Column(_("Rule")), keys, patrons, view)
    if found.orphaned:
        column = Column(_("Restriction type"))
        yield _list("orphaned", _("Orphaned"), _(_ORPHANED), column, found.orphaned, patrons, view)


def _by_rule(lists: Sequence[tuple[str, str, str, Keys]], other: Policy) -> Section:
    counted = [Counter(rule for _patron, rule in keys) for _name, _title, _note, keys in lists]
    named = dict.fromkeys(rule.id for rule in other.rules)
    rules = [*named, *sorted({rule for each in counted for rule in each} - set(named))]
    columns = (Column(_("Rule")), *(Column(title, numeric=True) for _name, title, _note, _keys in lists))
    rows = tuple((rule, *(str(each[rule]) for each in counted)) for rule in rules)
    return Section("rules", _("By rule"), table=Table(columns, rows))


def _list(
    name: str, title: str, note: str, column: Column, keys: Keys, patrons: Mapping[PatronId, Patron], view: View
) -> Section:
    rows = [(view.label(patrons.get(patron) or Patron(patron)), what) for patron, what in keys]
    table = view.table((Column(_("Patron")), column), rows)
    return Section(name.replace("_", "-"), f"{title} ({len(keys)})", (note,), table)


def _difference(found: Differences) -> str:
    """How many are treated otherwise; who merely stays blocked is not, though the other policy would not begin it."""
    differing = (*(getattr(found, name) for name, _title, _note in LISTS), found.orphaned)
    patrons = {patron for keys in differing for patron, _what in keys}
    if patrons:
        return ngettext(
            "{number} patron would be treated otherwise today.",
            "{number} patrons would be treated otherwise today.",
            len(patrons),
        )
    kept = len({patron for patron, _rule in found.kept_only_by_latching})
    if kept:
        return ngettext(
            "Nobody would be blocked or freed otherwise today; {number} patron stays blocked only because of a block "
            "that is there already.",
            "Nobody would be blocked or freed otherwise today; {number} patrons stay blocked only because of blocks "
            "that are there already.",
            kept,
        )
    return _("Nobody would be treated otherwise today.")


def _result(found: Simulation) -> str:
    blocked = [each.prospect.everyone[Effect.BLOCKED].cards for each in found.tried]
    return _(
        "{tried}: from {least} to {most} cards blocked; under the present one {present}.",
        tried=_number_tried(found),
        least=min(blocked),
        most=max(blocked),
        present=found.present.prospect.everyone[Effect.BLOCKED].cards,
    )


def _number_tried(found: Simulation) -> str:
    return ngettext("{number} policy tried", "{number} policies tried", len(found.tried))


def _policy_words(policy: Policy, label: str = "") -> str:
    name = label or policy.name
    return f"{name} ({policy.digest[:12]})" if policy.digest else name


def _anchor(text: str) -> str:
    return "-".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())
