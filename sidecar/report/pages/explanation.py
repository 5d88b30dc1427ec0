"""One patron explained: every rule's verdict with its numbers, what would change it, the rows, the last changes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sidecar.core.model import UNKNOWN, Case, Charge, Facts, Origin, Stage, Unknown
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import ExceptionClause, Policy, RuleKind
from sidecar.core.verdict import Decision, Verdict
from sidecar.ports import ChangeRecord
from sidecar.report.pages.journal import changes_table
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.words.reasons import is_any, verdict_grounds, why, why_standing
from sidecar.report.words.vocabulary import (
    CHANGES,
    CHARGE_KINDS,
    RULE_KINDS,
    STANDINGS,
    STANDINGS_UNSEEN,
    amount,
    bare_amount,
    clause_words,
    count,
    kinds_words,
    listed,
    moment,
    patron_label,
    release_words,
    threshold_words,
    truth_words,
)
from sidecar.report.words.ways_out import what_would_change

_LIFTED: Final[Mapping[Origin | None, str]] = {
    None: "Staff lifted it; first seen",
    Origin.LIFTED: "Staff lifted it in Koha; first seen",
    Origin.RELEASED: "Released by staff",
    Origin.TIME: "Released because its time had gone by",
    Origin.UNDONE: "Undone",
    Origin.DRIFT_ACCEPTED: "Vanished with others, and accepted as lifted by staff",
}


def explanation(
    decision: Decision, policy: Policy, as_of: datetime, changes: Sequence[ChangeRecord], *, show_names: bool
) -> Page:
    """The explanation as a page."""
    patron = decision.facts.patron
    sections = [_rule_section(verdict, decision, policy) for verdict in decision.verdicts]
    sections += _money_section(decision.facts, policy)
    sections += _rows_section(decision.facts, policy, as_of, show_names=show_names)
    if changes:
        sections.append(Section("changes", "Last changes", table=changes_table(changes, policy, with_patron=False)))
    return Page(
        title=f"Patron {patron_label(patron, show_names=show_names)}",
        heading=(
            ("Library", _fact(patron.library)),
            ("Category", _fact(patron.category)),
            ("Policy", policy.name),
            ("As of", f"{as_of.astimezone(policy.time_zone):%Y-%m-%d %H:%M %Z}"),
        ),
        sections=tuple(sections),
        result=result_sentence(decision),
        next_step="",
        commands=(),
        tone=Tone.PLAIN,
    )


def _rule_section(verdict: Verdict, decision: Decision, policy: Policy) -> Section:
    unseen = verdict.in_force is UNKNOWN
    standing = (STANDINGS_UNSEEN if unseen else STANDINGS)[verdict.standing]
    if verdict.change is not None and not unseen:
        standing = "vanished" if verdict.drift else f"{standing} once the next change is made"
    title = f"{verdict.rule} ({RULE_KINDS[verdict.rule_kind]}): {standing}"
    lines = tuple(_rule_lines(verdict, decision, policy))
    commands = tuple(line for line in lines if line.startswith("cardwarden "))
    return Section(f"rule-{verdict.rule}", title, tuple(line for line in lines if line not in commands), None, commands)


def _rule_lines(verdict: Verdict, decision: Decision, policy: Policy) -> Iterator[str]:
    yield _capital(why_standing(verdict, decision.facts, policy)) + "."
    yield from _difference(verdict, policy)
    clause = exception_of(verdict, policy)
    if clause is not None:
        yield f"Exception that applies: {clause_words(clause)}: {_terms_words(clause, verdict, policy)}."
    yield _answers(verdict, policy)
    if verdict.case_now is not None:
        yield _case_words(verdict.case_now, verdict, policy)
    if verdict.change is not None and verdict.reason is not None and verdict.in_force is not UNKNOWN:
        yield f"To be done: {CHANGES[verdict.change]}, because {why(verdict.reason, verdict_grounds(verdict, policy))}."
    yield from what_would_change(verdict, policy)


def _answers(verdict: Verdict, policy: Policy) -> str:
    """H, W and, where there is something to release, R."""
    said = [_said(verdict.in_force, "a block is in force", "no block is in force")]
    said.append(_said(verdict.blocks, "a free card would be blocked", "a free card would not be blocked"))
    if verdict.in_force is not False:
        when = release_words(verdict.terms.release, policy.currency)
        said.append(_said(verdict.releases, f"it may be released: {when}", f"it may not be released yet: only {when}"))
    return " ".join(f"{_capital(each)}." for each in said)


def _said(truth: bool | Unknown, yes: str, no: str) -> str:  # noqa: FBT001 - the value is what is worded
    if isinstance(truth, Unknown):
        return f"it is not known whether {yes}"
    return yes if truth else no


def _difference(verdict: Verdict, policy: Policy) -> Iterator[str]:
    """What was counted, and what lies between the sum and the threshold."""
    rule, evidence = policy.rule(verdict.rule), verdict.evidence
    if rule is None or evidence.counted is None or evidence.threshold is None or is_any(evidence, rule.kind):
        return
    credit = f"less {amount(evidence.credit or 0, policy.currency)} of credit"
    if not rule.net_of_credit or rule.kind is RuleKind.UNPAID_CHARGE:
        credit = "credit not set off"
    over = evidence.counted - evidence.threshold
    where = "exactly there" if over == 0 else f"{amount(abs(over), policy.currency)} {'over' if over > 0 else 'under'}"
    yield f"{_capital(where)}, counting {kinds_words(rule.counts)}, {credit}."


def exception_of(verdict: Verdict, policy: Policy) -> ExceptionClause | None:
    """The exception whose terms the verdict was made under; None for the rule's own."""
    rule = policy.rule(verdict.rule)
    if rule is None or verdict.terms == rule.terms:
        return None
    return next((clause for clause in rule.exceptions if clause.terms == verdict.terms), None)


def _terms_words(clause: ExceptionClause, verdict: Verdict, policy: Policy) -> str:
    if clause.terms.exempt:
        return "exempt"
    parts = []
    if clause.terms.threshold is not None:
        currency = None if verdict.rule_kind is RuleKind.FAILED_PIN else policy.currency
        parts.append(threshold_words(clause.terms.threshold.operator, clause.terms.threshold.value, currency))
    parts.append(f"released {release_words(clause.terms.release, policy.currency)}")
    return ", ".join(parts)


def _case_words(case: Case, verdict: Verdict, policy: Policy) -> str:
    since = moment(case.since, policy.time_zone)
    if case.stage is Stage.ANNOUNCED:
        return f"Announced on {since}."
    if case.stage is Stage.OVERRIDDEN:
        return f"{_LIFTED[case.origin]} on {since}{f' by {case.by}' if case.by else ''}."
    if verdict.adopted:
        return f"In force since {since} without being remembered here, so adopted."
    return f"Blocked since {since}."


def _money_section(facts: Facts, policy: Policy) -> Iterator[Section]:
    if facts.charges is UNKNOWN or not facts.charges:
        return
    columns = (
        Column("Charge type"),
        Column("Kind"),
        Column("Charges", numeric=True),
        Column(f"Sum {policy.currency.code}", numeric=True),
    )
    rows = [
        (type_, CHARGE_KINDS[policy.kind_of(type_)], str(number), bare_amount(minor, policy.currency))
        for type_, number, minor in charges_by_type(facts.charges, policy)
    ]
    credit = facts.credit
    if credit is not UNKNOWN and credit:
        rows.append(("unapplied credit", "", "", bare_amount(-policy.currency.minor(credit), policy.currency)))
    yield Section("charges", "Open charges", table=Table(columns, tuple(rows)))


def charges_by_type(charges: Sequence[Charge], policy: Policy) -> Iterator[tuple[str, int, int]]:
    """Type, number and sum in minor units of open charges."""
    for type_ in sorted({charge.type for charge in charges}):
        of_type = [charge.outstanding for charge in charges if charge.type == type_]
        yield type_, len(of_type), policy.currency.minor(sum(of_type[1:], of_type[0]))


def _rows_section(facts: Facts, policy: Policy, as_of: datetime, *, show_names: bool) -> Iterator[Section]:
    """Rows in force and ended; staff's words are shown only if names may be, since they may hold some."""
    if facts.restrictions is UNKNOWN:
        flagged = "a flag is set" if facts.restricted is True else "no flag is set"
        if facts.restricted is UNKNOWN:
            flagged = "whether a flag is set is not known"
        sentence = f"The rows cannot be seen without the plugin; {flagged}."
        yield Section("restrictions", "Restrictions", (sentence,))
        return
    if not facts.restrictions:
        yield Section("restrictions", "Restrictions", ("None.",))
        return
    today = as_of.astimezone(policy.time_zone).date()
    columns = [Column("Type"), Column("Whose"), Column("In force"), Column("Since"), Column("Ends")]
    rows = [
        (
            row.type,
            "Cardwarden's" if row.ours else "set by staff, not Cardwarden's",
            truth_words(row.in_force(today)),
            "" if row.created is None else moment(row.created, policy.time_zone),
            "" if row.expires is None else row.expires.isoformat(),
            *((row.comment,) if show_names else ()),
        )
        for row in facts.restrictions
    ]
    if show_names:
        columns.append(Column("Text"))
    yield Section("restrictions", "Restrictions", table=Table(tuple(columns), tuple(rows)))


def result_sentence(decision: Decision) -> str:
    """How the card stands, in a sentence or two."""
    if not decision.in_scope:
        ours = " Rows of ours on the card are left as they are." if decision.facts.ours() else ""
        return f"The patron is out of scope: no rule is applied.{ours}"
    if any(verdict.in_force is UNKNOWN for verdict in decision.verdicts):
        return " ".join(_result_unseen(decision))
    return " ".join(_result_parts(decision))


def _result_unseen(decision: Decision) -> Iterator[str]:
    would = listed(verdict.rule for verdict in decision.verdicts if verdict.blocks is True)
    unknown = listed(verdict.rule for verdict in decision.verdicts if verdict.blocks is UNKNOWN)
    if would:
        yield f"Would be blocked by {would} if free."
    elif not unknown:
        yield "No rule would block the card if free."
    if unknown:
        yield f"Not known: {unknown}."


def _result_parts(decision: Decision) -> Iterator[str]:
    def rules(change: ChangeKind) -> str:
        return listed(verdict.rule for verdict in decision.verdicts if verdict.change is change)

    holding = listed(verdict.rule for verdict in decision.verdicts if verdict.in_force is True)
    yield f"Blocked by {holding}." if holding else "Not blocked by Cardwarden."
    if added := rules(ChangeKind.ADD):
        yield f"To be blocked by {added}."
    if lifted := rules(ChangeKind.REMOVE):
        yield f"To be lifted: {lifted}."
    if foreign := len(decision.facts.foreign()):
        yield f"{count(foreign, 'restriction')} set by staff."


def _fact(value: str | Unknown) -> str:
    return "not known" if isinstance(value, Unknown) else value


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
