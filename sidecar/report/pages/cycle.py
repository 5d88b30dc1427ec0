"""Findings -> the page that people read: which sections there are, in which order, in which words."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.cycle.findings import Findings
from sidecar.language.terms import CHARGE_KINDS
from sidecar.ports import Mode
from sidecar.report.counted.changes import ChangeLine, State
from sidecar.report.counted.summary import RuleCounts, Summary, summarize
from sidecar.report.pages.ending import Status, approval_commands, ending, needs_approval, paused_sentence
from sidecar.report.pages.released import released_in_ils
from sidecar.report.pages.row_lists import (
    adopted,
    edited,
    expiring,
    foreign,
    once_ours,
    orphans,
    out_of_scope,
    owing_nothing,
    refused_by_ils,
)
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.pages.verdict_lists import announced, drift, lifted, undecided
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import CHANGES, CHANGES_UNSEEN, MODES, amount, bare_amount, brake_sentence, count

NOT_WRITTEN: Final = (State.SKIPPED, State.REFUSED, State.UNANSWERED, State.STOPPED)


def make_page(findings: Findings, view: View) -> Page:
    """The whole report of a cycle."""
    summary = summarize(findings)
    end = ending(findings, summary)
    makers: tuple[Callable[[Findings, Summary, View], Section | None], ...] = (
        _paused, drift, _warnings, owing_nothing, once_ours, refused_by_ils, _rules, _changes, _not_written, _held_back,
        released_in_ils, lifted, announced, undecided, adopted, orphans, out_of_scope, edited, expiring, _charge_types,
        _money, foreign, _gaps, _journal,
    )  # fmt: skip
    made = (make(findings, summary, view) for make in makers)
    loud = findings.stopped is not None or bool(summary.drift)
    tone = Tone.ALARM if loud else Tone.WARNING if end.status is Status.PENDING else Tone.PLAIN
    return Page(
        title=f"Cardwarden: {MODES[findings.mode]}",
        heading=tuple(_heading(findings, summary)),
        sections=tuple(section for section in made if section is not None),
        result=end.result,
        next_step=end.next,
        commands=end.commands,
        tone=tone,
    )


def _heading(findings: Findings, summary: Summary) -> Iterator[tuple[str, str]]:
    zone = findings.policy.time_zone
    yield "Mode", f"{MODES[findings.mode]}, {findings.kind} cycle {findings.cycle}"
    ils = findings.status.description
    yield "ILS", ils if findings.status.writable else f"{ils}, without the plugin: read only"
    yield (
        "Policy",
        f"{findings.policy.name} ({findings.policy.digest[:8]})" if findings.policy.digest else findings.policy.name,
    )
    if len(findings.plan):
        yield "Plan", findings.kept_digest or findings.plan.digest
    yield "As of", f"{findings.as_of.astimezone(zone):%Y-%m-%d %H:%M %Z} ({zone.key})"
    examined = f"{summary.examined} of {count(findings.status.patron_count, 'patron')}"
    yield "Examined", examined + (f"; {summary.out_of_scope} out of scope" if summary.out_of_scope else "")


def _paused(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    sentences = tuple(each for each in (paused_sentence(findings), findings.stopped) if each)
    return Section("paused", "Writing is stopped", sentences, tone=Tone.ALARM) if sentences else None


def _warnings(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    return Section("warnings", "Warnings", findings.warnings, tone=Tone.WARNING) if findings.warnings else None


def _rules(findings: Findings, summary: Summary, _view: View) -> Section:
    columns = _COLUMNS if findings.status.writable else _COLUMNS_UNSEEN
    rows = [(_rule_name(each), *(str(number(each)) for _, number in columns)) for each in summary.rules]
    if len(rows) > 1:
        totals = (str(sum(number(each) for each in summary.rules)) for _, number in columns)
        rows.append(("all rules", *totals))
    headings = (Column("Rule"), *(Column(heading, numeric=True) for heading, _ in columns))
    note = (
        "In force: as read. From Announced on: cards as they stand once the changes are made."
        if findings.status.writable
        else "Without the plugin no block can be seen, so this is what each rule would do to a free card."
    )
    return Section("rules", "Rules", (note,), Table(headings, tuple(rows), has_total=len(rows) > 1))


def _rule_name(each: RuleCounts) -> str:
    return f"{each.rule} (retired)" if each.retired else each.rule


_COLUMNS: Final[tuple[tuple[str, Callable[[RuleCounts], int]], ...]] = (
    ("In force", lambda each: each.in_force),
    ("To add", lambda each: each.to_add),
    ("To remove", lambda each: each.to_remove),
    ("To amend", lambda each: each.to_amend),
    ("Announced", lambda each: each.announced),
    ("Staff lifted", lambda each: each.overridden),
    ("Undecided", lambda each: each.undecided),
    ("Clear", lambda each: each.clear),
)
_COLUMNS_UNSEEN: Final[tuple[tuple[str, Callable[[RuleCounts], int]], ...]] = (
    ("Would block if free", lambda each: each.blocked),
    ("Would announce", lambda each: each.announced),
    ("Would not block", lambda each: each.clear),
    ("Undecided", lambda each: each.undecided),
)


def _changes(findings: Findings, summary: Summary, view: View) -> Section | None:
    if not findings.applied:
        return _changes_to_make(findings, summary, view)
    done = summary.in_state(State.DONE)
    if not done:
        return Section("changes", "What was changed", ("Nothing was changed.",))
    return Section("changes", f"What was changed ({len(done)})", table=_change_table(findings, done, view, fate=None))


def _changes_to_make(findings: Findings, summary: Summary, view: View) -> Section:
    title = "What would change" if findings.status.writable else "Which cards would be blocked if free"
    if not summary.changes:
        return Section("changes", title, ("Nothing would change.",))
    held = any(line.held_by is not None for line in summary.changes)
    table = _change_table(findings, summary.changes, view, fate="Must wait for" if held else None)
    return Section("changes", f"{title} ({len(summary.changes)})", table=table)


def _not_written(findings: Findings, summary: Summary, view: View) -> Section | None:
    lines = summary.in_state(*NOT_WRITTEN)
    if not lines:
        return None
    table = _change_table(findings, lines, view, fate="What happened")
    return Section("not-written", f"Not written ({len(lines)})", table=table, tone=Tone.WARNING)


def _held_back(findings: Findings, summary: Summary, view: View) -> Section | None:
    if not summary.held_back:
        return None
    sentences = [brake_sentence(each) for each in summary.held_back]
    if any(each.brake is Brake.RELEASE_ONLY for each in summary.held_back):
        sentences.append('To let Cardwarden block cards as well, set mode = "apply" or approve these.')
    commands = approval_commands(findings) if needs_approval(summary) else ()
    lines = summary.in_state(State.HELD)
    what = "what is held back" if findings.applied else "the whole plan, what would be held back included"
    return Section(
        "held-back",
        f"{'Held back' if findings.applied else 'Would be held back'} ({len(lines)})",
        tuple(sentences),
        _change_table(findings, lines, view, fate="Waits for") if findings.applied else None,
        commands,
        f"To approve {what} (one use, 24 hours):" if commands else "",
        Tone.WARNING,
    )


def _change_table(findings: Findings, lines: Sequence[ChangeLine], view: View, *, fate: str | None) -> Table:
    words = CHANGES if findings.status.writable else CHANGES_UNSEEN
    columns = [Column("Change"), Column("Patron"), Column("Rule"), Column("Why", prose=True)]
    rows: list[tuple[str, ...]] = [
        (words[line.change.kind], view.label(line.patron), line.change.rule, line.sentence) for line in lines
    ]
    if fate is not None:
        columns.append(Column(fate, prose=True))
        rows = [(*row, line.fate) for row, line in zip(rows, lines, strict=True)]
    return view.table(columns, rows, names=1)


def _charge_types(findings: Findings, summary: Summary, _view: View) -> Section | None:
    if not summary.charge_types:
        return None
    unmapped = sum(not each.mapped for each in summary.charge_types)
    sentences = (
        (f"{count(unmapped, 'type')} in the ILS not named in [kinds] of the policy, so counted as other charges.",)
        if unmapped
        else ()
    )
    columns = (
        Column("Charge type"), Column("Kind"), Column("Charges", numeric=True), Column("Patrons", numeric=True),
        Column(f"Sum {findings.policy.currency.code}", numeric=True),
    )  # fmt: skip
    rows = tuple(
        (
            each.type,
            CHARGE_KINDS[each.kind] + ("" if each.mapped else " (not mapped)"),
            str(each.charges),
            str(each.patrons),
            bare_amount(each.sum, findings.policy.currency),
        )
        for each in summary.charge_types
    )
    tone = Tone.WARNING if unmapped else Tone.PLAIN
    return Section("charge-types", "Charge types met", sentences, Table(columns, rows), tone=tone)


def _money(findings: Findings, summary: Summary, _view: View) -> Section:
    money, currency = summary.money, findings.policy.currency
    columns = (Column("Money, before credit is set off"), Column("Patrons", numeric=True), Column("Sum", numeric=True))
    rows = [("owed by those examined", str(money.patrons_owing), amount(money.owed, currency))]
    if findings.status.writable:
        rows.append(("owed by those blocked now", str(money.patrons_blocked), amount(money.owed_by_blocked, currency)))
    would = "owed by those to be blocked" if findings.status.writable else "owed by those who would be blocked if free"
    rows.append((would, str(money.patrons_added), amount(money.owed_by_added, currency)))
    rows.append(("unapplied credit", "", amount(money.credit, currency)))
    unknown = money.patrons_unknown
    sentences = (f"The charges of {count(unknown, 'patron')} are not known and not in these sums.",) if unknown else ()
    return Section("money", "Money", sentences, Table(columns, tuple(rows)))


def _gaps(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    return Section("gaps", "What this report cannot see", findings.gaps) if findings.gaps else None


def _journal(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    """Writes of earlier cycles without an answer, cases closed, approvals used."""
    sentences = []
    if findings.first and findings.status.writable and findings.mode is not Mode.DRY_RUN:
        sentences.append("This journal has not written here before: every addition needs an approval.")
    if findings.settled_intents:
        sentences.append(f"{count(findings.settled_intents, 'write')} of an earlier cycle without an answer settled.")
    if findings.open_intents:
        sentences.append(f"{count(findings.open_intents, 'write')} of an earlier cycle still without a known outcome.")
    if findings.applied and findings.approvals_used:
        used = ", ".join(digest[:12] for digest in findings.approvals_used)
        sentences.append(f"Approvals used: {used}.")
    if findings.closed_cases:
        sentences.append(f"{count(findings.closed_cases, 'case')} closed.")
    return Section("journal", "Journal", tuple(sentences)) if sentences else None
