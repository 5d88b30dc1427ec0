"""One patron explained: every rule's verdict with its numbers, what would change it, the rows, the last changes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sidecar.core.kinds import MONEY_KINDS, wants_photo_id
from sidecar.core.model import UNKNOWN, Case, Charge, Facts, Origin, Stage, Truth, Unknown
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import ExceptionClause, Policy, RuleKind, Terms
from sidecar.core.verdict import Decision, Verdict
from sidecar.desk import Answer, Spoken, spoken
from sidecar.desk.spoken import marked
from sidecar.language import _, full_stop, gettext_noop, listed, ngettext
from sidecar.language.kinds import KINDS, threshold_words
from sidecar.language.terms import CHARGE_KINDS
from sidecar.ports import ChangeRecord
from sidecar.report.pages.journal import changes_table
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.words.reasons import verdict_grounds, why, why_standing
from sidecar.report.words.vocabulary import (
    CHANGES,
    STANDINGS,
    STANDINGS_UNSEEN,
    amount,
    bare_amount,
    clause_words,
    day,
    kinds_words,
    moment,
    moment_and_zone,
    patron_label,
    release_words,
    truth_words,
)
from sidecar.report.words.ways_out import what_would_change

_LIFTED: Final[Mapping[Origin | None, str]] = {
    None: gettext_noop("Staff lifted it; first seen on {when}."),
    Origin.LIFTED: gettext_noop("Staff lifted it in Koha; first seen on {when}."),
    Origin.RELEASED: gettext_noop("Released by staff on {when}."),
    Origin.STAFF: gettext_noop("Released by staff in Koha on {when}."),
    Origin.TIME: gettext_noop("Released because its time had gone by on {when}."),
    Origin.UNDONE: gettext_noop("Undone on {when}."),
    Origin.DRIFT_ACCEPTED: gettext_noop("Vanished with others, and accepted as lifted by staff on {when}."),
}
_LIFTED_BY: Final[Mapping[Origin | None, str]] = {
    Origin.RELEASED: gettext_noop("Released by staff on {when} by {by}."),
    Origin.STAFF: gettext_noop("Released by staff in Koha on {when} by {by}."),
    Origin.UNDONE: gettext_noop("Undone on {when} by {by}."),
    Origin.DRIFT_ACCEPTED: gettext_noop("Vanished with others, and accepted as lifted by staff on {when} by {by}."),
}


_NEXT: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADD: gettext_noop("to be blocked"),
    ChangeKind.REMOVE: gettext_noop("to be lifted"),
    ChangeKind.AMEND: gettext_noop("blocked"),
    ChangeKind.RESET_PIN: gettext_noop("to be lifted"),
}


def explanation(
    answer: Answer, decision: Decision, policy: Policy, changes: Sequence[ChangeRecord], *, show_names: bool
) -> Page:
    """The explanation as a page: the answer, and then the details."""
    patron, as_of, said = decision.facts.patron, answer.as_of, spoken(answer)
    sections = list(_answer_sections(said))
    sections += [_rule_section(verdict, decision, policy) for verdict in decision.verdicts]
    sections += _money_section(decision.facts, policy)
    sections += _rows_section(decision.facts, policy, as_of, show_names=show_names)
    if changes:
        sections.append(Section("changes", _("Last changes"), table=changes_table(changes, policy, with_patron=False)))
    return Page(
        title=_("Patron {patron}", patron=patron_label(patron, show_names=show_names)),
        heading=(
            (_("Library"), _fact(patron.library)),
            (_("Category"), _fact(patron.category)),
            (_("Policy"), policy.name),
            (_("As of"), moment_and_zone(as_of, policy.time_zone)),
        ),
        sections=tuple(sections),
        result=said.headline,
        next_step="",
        commands=(),
        tone=Tone.PLAIN,
    )


def _answer_sections(said: Spoken) -> Iterator[Section]:
    yield Section("answer", said.headline)
    for paragraph in said.paragraphs:
        lines = tuple(f"{mark} {line}" for mark, line in marked(paragraph))
        after = (paragraph.after,) if paragraph.after else ()
        yield Section(f"answer-{paragraph.key}", paragraph.title, lines + after)


def _rule_section(verdict: Verdict, decision: Decision, policy: Policy) -> Section:
    unseen = verdict.in_force is UNKNOWN
    standing = _((STANDINGS_UNSEEN if unseen else STANDINGS)[verdict.standing])
    if verdict.change is not None and not unseen:
        standing = _("vanished") if verdict.drift else _(_NEXT[verdict.change])
    title = f"{verdict.rule} ({_(KINDS[verdict.rule_kind].name)}): {standing}"
    lines = tuple(_rule_lines(verdict, decision, policy))
    commands = tuple(line for line in lines if line.startswith("cardwarden "))
    return Section(f"rule-{verdict.rule}", title, tuple(line for line in lines if line not in commands), None, commands)


def _rule_lines(verdict: Verdict, decision: Decision, policy: Policy) -> Iterator[str]:
    yield full_stop(_capital(why_standing(verdict, decision.facts, policy)))
    yield from _difference(verdict, policy)
    clause = exception_of(verdict, policy)
    if clause is not None:
        terms = _terms_words(clause, verdict, policy)
        yield _("Exception that applies: {whom}: {terms}.", whom=clause_words(clause), terms=terms)
    yield _answers(verdict, policy)
    if verdict.case_now is not None:
        yield _case_words(verdict.case_now, verdict, policy)
    if verdict.change is not None and verdict.reason is not None and verdict.in_force is not UNKNOWN:
        because = why(verdict.reason, verdict_grounds(verdict, policy))
        yield _("To be done: {change}, because {why}.", change=_(CHANGES[verdict.change]), why=because)
    yield from what_would_change(verdict, policy)


def _when_released(terms: Terms, verdict: Verdict, policy: Policy) -> str:
    rule = policy.rule(verdict.rule)
    photo_id = rule is not None and wants_photo_id(rule, terms)
    return release_words(terms.release, policy.currency, photo_id=photo_id)


def _answers(verdict: Verdict, policy: Policy) -> str:
    """Whether a block is in force, whether a free card would be blocked and, where there is something to release,
    whether it may be."""
    said = [_in_force(verdict.in_force), _blocks(verdict.blocks)]
    if verdict.in_force is not False:
        said.append(_releases(verdict.releases, _when_released(verdict.terms, verdict, policy)))
    return " ".join(said)


def _in_force(truth: Truth) -> str:
    if truth is UNKNOWN:
        return _("It is not known whether a block is in force.")
    return _("A block is in force.") if truth else _("No block is in force.")


def _blocks(truth: Truth) -> str:
    if truth is UNKNOWN:
        return _("It is not known whether a free card would be blocked.")
    return _("A free card would be blocked.") if truth else _("A free card would not be blocked.")


def _releases(truth: Truth, when: str) -> str:
    if truth is UNKNOWN:
        return _("It is not known whether it may be released: {when}.", when=when)
    if truth:
        return _("It may be released: {when}.", when=when)
    return _("It may not be released yet: only {when}.", when=when)


def _difference(verdict: Verdict, policy: Policy) -> Iterator[str]:
    """What was counted, and what lies between the sum and the threshold."""
    rule, evidence = policy.rule(verdict.rule), verdict.evidence
    if rule is None or evidence.counted is None or evidence.threshold is None or KINDS[rule.kind].is_any(evidence):
        return
    over = evidence.counted - evidence.threshold
    distance = amount(abs(over), policy.currency)
    if over == 0:
        where = _("Exactly there")
    else:
        where = _("{sum} over", sum=distance) if over > 0 else _("{sum} under", sum=distance)
    kinds = kinds_words(rule.counts)
    if not rule.net_of_credit or rule.kind is RuleKind.UNPAID_CHARGE:
        yield _("{where}, counting {kinds}, credit not set off.", where=where, kinds=kinds)
    else:
        credit = amount(evidence.credit or 0, policy.currency)
        yield _("{where}, counting {kinds}, less {sum} of credit.", where=where, kinds=kinds, sum=credit)


def exception_of(verdict: Verdict, policy: Policy) -> ExceptionClause | None:
    """The exception whose terms the verdict was made under; None for the rule's own."""
    rule = policy.rule(verdict.rule)
    if rule is None or verdict.terms == rule.terms:
        return None
    return next((clause for clause in rule.exceptions if clause.terms == verdict.terms), None)


def _terms_words(clause: ExceptionClause, verdict: Verdict, policy: Policy) -> str:
    if clause.terms.exempt:
        return _("exempt")
    parts = []
    if clause.terms.threshold is not None:
        currency = policy.currency if verdict.rule_kind in MONEY_KINDS else None
        parts.append(threshold_words(clause.terms.threshold.operator, clause.terms.threshold.value, currency))
    parts.append(_("released {when}", when=_when_released(clause.terms, verdict, policy)))
    return ", ".join(parts)


def _case_words(case: Case, verdict: Verdict, policy: Policy) -> str:
    since = moment(case.since, policy.time_zone)
    if case.stage is Stage.ANNOUNCED:
        return _("Announced on {when}.", when=since)
    if case.stage is Stage.OVERRIDDEN:
        if case.by and case.origin in _LIFTED_BY:
            return _(_LIFTED_BY[case.origin], when=since, by=case.by)
        return _(_LIFTED[case.origin], when=since)
    if verdict.adopted:
        return _("In force since {when} without being remembered here, so adopted.", when=since)
    return _("Blocked since {when}.", when=since)


def _money_section(facts: Facts, policy: Policy) -> Iterator[Section]:
    if facts.charges is UNKNOWN or not facts.charges:
        return
    columns = (
        Column(_("Charge type")),
        Column(_("Kind")),
        Column(_("Charges"), numeric=True),
        Column(_("Sum {currency}", currency=policy.currency.code), numeric=True),
    )
    rows = [
        (type_, _(CHARGE_KINDS[policy.kind_of(type_)]), str(number), bare_amount(minor, policy.currency))
        for type_, number, minor in charges_by_type(facts.charges, policy)
    ]
    credit = facts.credit
    if credit is not UNKNOWN and credit:
        rows.append((_("unapplied credit"), "", "", bare_amount(-policy.currency.minor(credit), policy.currency)))
    yield Section("charges", _("Open charges"), table=Table(columns, tuple(rows)))


def charges_by_type(charges: Sequence[Charge], policy: Policy) -> Iterator[tuple[str, int, int]]:
    """Type, number and sum in minor units of open charges."""
    for type_ in sorted({charge.type for charge in charges}):
        of_type = [charge.outstanding for charge in charges if charge.type == type_]
        yield type_, len(of_type), policy.currency.minor(sum(of_type[1:], of_type[0]))


def _rows_section(facts: Facts, policy: Policy, as_of: datetime, *, show_names: bool) -> Iterator[Section]:
    """Rows in force and ended; staff's words are shown only if names may be, since they may hold some."""
    if facts.restrictions is UNKNOWN:
        if facts.restricted is UNKNOWN:
            sentence = _("The rows cannot be seen without the plugin; whether a flag is set is not known.")
        elif facts.restricted:
            sentence = _("The rows cannot be seen without the plugin; a flag is set.")
        else:
            sentence = _("The rows cannot be seen without the plugin; no flag is set.")
        yield Section("restrictions", _("Restrictions"), (sentence,))
        return
    if not facts.restrictions:
        yield Section("restrictions", _("Restrictions"), (_("None."),))
        return
    today = as_of.astimezone(policy.time_zone).date()
    columns = [Column(_("Type")), Column(_("Whose")), Column(_("In force")), Column(_("Since")), Column(_("Ends"))]
    rows = [
        (
            row.type,
            _("Cardwarden's") if row.ours else _("set by staff, not Cardwarden's"),
            truth_words(row.in_force(today)),
            "" if row.created is None else moment(row.created, policy.time_zone),
            "" if row.expires is None else day(row.expires, policy.time_zone),
            *((row.comment,) if show_names else ()),
        )
        for row in facts.restrictions
    ]
    if show_names:
        columns.append(Column(_("Text")))
    yield Section("restrictions", _("Restrictions"), table=Table(tuple(columns), tuple(rows)))


def result_sentence(decision: Decision) -> str:
    """How the card stands, in a sentence or two."""
    if not decision.in_scope:
        said = [_("The patron is out of scope: no rule is applied.")]
        if decision.facts.ours():
            said.append(_("Rows of ours on the card are left as they are."))
        return " ".join(said)
    if any(verdict.in_force is UNKNOWN for verdict in decision.verdicts):
        return " ".join(_result_unseen(decision))
    return " ".join(_result_parts(decision))


def _result_unseen(decision: Decision) -> Iterator[str]:
    would = listed(verdict.rule for verdict in decision.verdicts if verdict.blocks is True)
    unknown = listed(verdict.rule for verdict in decision.verdicts if verdict.blocks is UNKNOWN)
    if would:
        yield _("Would be blocked by {rules} if free.", rules=would)
    elif not unknown:
        yield _("No rule would block the card if free.")
    if unknown:
        yield _("Not known: {rules}.", rules=unknown)


def _result_parts(decision: Decision) -> Iterator[str]:
    def rules(change: ChangeKind) -> str:
        return listed(verdict.rule for verdict in decision.verdicts if verdict.change is change)

    holding = listed(verdict.rule for verdict in decision.verdicts if verdict.in_force is True)
    yield _("Blocked by {rules}.", rules=holding) if holding else _("Not blocked by Cardwarden.")
    if added := rules(ChangeKind.ADD):
        yield _("To be blocked by {rules}.", rules=added)
    if lifted := rules(ChangeKind.REMOVE):
        yield _("To be lifted: {rules}.", rules=lifted)
    if foreign := len(decision.facts.foreign()):
        yield ngettext("{number} restriction set by staff.", "{number} restrictions set by staff.", foreign)


def _fact(value: str | Unknown) -> str:
    return _("not known") if isinstance(value, Unknown) else value


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
