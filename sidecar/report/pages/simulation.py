"""What another policy would do today, in place of the present one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Protocol, TypeAlias

from sidecar.core.model import Facts, Patron, PatronId
from sidecar.core.policy import Policy
from sidecar.language import _, gettext_noop, ngettext
from sidecar.ports import Pull
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import moment_and_zone

Keys: TypeAlias = Sequence[tuple[PatronId, str]]


class Simulated(Protocol):
    """What a simulation found; each list is of (patron, rule), the last of (patron, restriction type)."""

    @property
    def newly_blocked(self) -> Keys:
        """Blocked under the other policy alone."""

    @property
    def blocked_again(self) -> Keys:
        """Blocked by a row that becomes an orphan, and anew beside it."""

    @property
    def no_longer_blocked(self) -> Keys:
        """Blocked anew under the present policy alone."""

    @property
    def newly_announced(self) -> Keys:
        """Announced under the other policy alone."""

    @property
    def freed(self) -> Keys:
        """Blocks in force that the other policy alone lifts."""

    @property
    def no_longer_freed(self) -> Keys:
        """Blocks in force that the present policy alone lifts."""

    @property
    def kept_only_by_latching(self) -> Keys:
        """Blocks in force that the other policy keeps, though it would not set them."""

    @property
    def orphaned(self) -> Keys:
        """Rows in force that no rule of the other policy stands behind."""


_LISTS: Final = (
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


def simulation_page(found: Simulated, present: Policy, other: Policy, pull: Pull, view: View) -> Page:
    """The comparison as a page."""
    known = {facts.patron.id: facts for facts in pull.facts}
    lists: list[tuple[str, str, str, Keys]] = [
        (name, _(title), _(note), keys) for name, title, note in (*_LISTS, _LATCHED) if (keys := getattr(found, name))
    ]
    sections = [_by_rule(lists, other)] if lists else []
    sections += [_list(name, title, note, Column(_("Rule")), keys, known, view) for name, title, note, keys in lists]
    if found.orphaned:
        column = Column(_("Restriction type"))
        sections.append(_list("orphaned", _("Orphaned"), _(_ORPHANED), column, found.orphaned, known, view))
    if pull.gaps:
        sections.append(Section("gaps", _("What this simulation cannot see"), pull.gaps))
    differing = [*(getattr(found, name) for name, _title, _note in _LISTS), found.orphaned]
    patrons = {patron for keys in differing for patron, _what in keys}
    return Page(
        title=_("Cardwarden: simulation, nothing is written"),
        heading=(
            (_("Present"), _policy_words(present)),
            (_("Other"), _policy_words(other)),
            (_("As of"), moment_and_zone(pull.as_of, present.time_zone)),
            (_("Examined"), ngettext("{number} patron", "{number} patrons", len(pull.facts))),
        ),
        sections=tuple(sections),
        result=ngettext(
            "{number} patron would be treated otherwise today.",
            "{number} patrons would be treated otherwise today.",
            len(patrons),
        )
        if patrons
        else _("Nobody would be treated otherwise today."),
        next_step="",
        commands=(),
        tone=Tone.PLAIN,
    )


def _by_rule(lists: Sequence[tuple[str, str, str, Keys]], other: Policy) -> Section:
    counted = [Counter(rule for _patron, rule in keys) for _name, _title, _note, keys in lists]
    named = dict.fromkeys(rule.id for rule in other.rules)
    rules = [*named, *sorted({rule for each in counted for rule in each} - set(named))]
    columns = (Column(_("Rule")), *(Column(title, numeric=True) for _name, title, _note, _keys in lists))
    rows = tuple((rule, *(str(each[rule]) for each in counted)) for rule in rules)
    return Section("rules", _("By rule"), table=Table(columns, rows))


def _list(
    name: str, title: str, note: str, column: Column, keys: Keys, known: dict[PatronId, Facts], view: View
) -> Section:
    def rows() -> Iterator[tuple[str, ...]]:
        for patron, what in keys:
            facts = known.get(patron)
            yield view.label(Patron(patron) if facts is None else facts.patron), what

    table = view.table((Column(_("Patron")), column), list(rows()))
    return Section(name.replace("_", "-"), f"{title} ({len(keys)})", (note,), table)


def _policy_words(policy: Policy) -> str:
    return f"{policy.name} ({policy.digest[:12]})" if policy.digest else policy.name
