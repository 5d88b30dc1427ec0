"""Findings -> the page that people read: which sections there are, in which order, in which words."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.cycle.findings import Findings
from sidecar.language import _, ngettext
from sidecar.language.terms import CHARGE_KINDS
from sidecar.ports import Mode
from sidecar.report.counted.changes import ChangeLine, State
from sidecar.report.counted.summary import Summary, summarize
from sidecar.report.pages.claims import claims
from sidecar.report.pages.ending import Status, approval_commands, ending, needs_approval, paused_sentence
from sidecar.report.pages.head import head_lines
from sidecar.report.pages.overrides import overrides
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
from sidecar.report.pages.rules import money, rules
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.pages.verdict_lists import announced, drift, lifted, undecided
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import (
    CHANGES,
    CHANGES_UNSEEN,
    MODES,
    bare_amount,
    brake_sentence,
    moment_and_zone,
)

NOT_WRITTEN: Final = (State.SKIPPED, State.REFUSED, State.UNANSWERED, State.STOPPED)


def make_page(findings: Findings, view: View) -> Page:
    """The whole report of a cycle, for who has not counted it yet."""
    return page_of(findings, summarize(findings), view)


def page_of(findings: Findings, summary: Summary, view: View) -> Page:
    """The whole report of a cycle."""
    end = ending(findings, summary)
    makers: tuple[Callable[[Findings, Summary, View], Section | None], ...] = (
        _paused, drift, _warnings, owing_nothing, once_ours, refused_by_ils, rules, _changes, _not_written, _held_back,
        released_in_ils, lifted, overrides, announced, claims, undecided, adopted, orphans, out_of_scope, edited,
        expiring, _charge_types, money, foreign, _gates, _gaps, _journal,
    )  # fmt: skip
    made = (make(findings, summary, view) for make in makers)
    loud = findings.stopped is not None or bool(summary.drift)
    tone = Tone.ALARM if loud else Tone.WARNING if end.status is Status.PENDING else Tone.PLAIN
    return Page(
        head=head_lines(summary.cards, findings.policy.currency),
        title=f"Cardwarden: {_(MODES[findings.mode])}",
        heading=tuple(_heading(findings, summary)),
        sections=tuple(section for section in made if section is not None),
        result=end.result,
        next_step=end.next,
        commands=end.commands,
        tone=tone,
    )


def _heading(findings: Findings, summary: Summary) -> Iterator[tuple[str, str]]:
    zone, mode, ils = findings.policy.time_zone, _(MODES[findings.mode]), findings.status.description
    if findings.kind == "quick":
        yield _("Mode"), _("{mode}, quick cycle {cycle}", mode=mode, cycle=findings.cycle)
    else:
        yield _("Mode"), _("{mode}, full cycle {cycle}", mode=mode, cycle=findings.cycle)
    yield _("ILS"), ils if findings.status.writable else _("{ils}, without the plugin: read only", ils=ils)
    yield (
        _("Policy"),
        f"{findings.policy.name} ({findings.policy.digest[:8]})" if findings.policy.digest else findings.policy.name,
    )
    if len(findings.plan):
        yield _("Plan"), findings.kept_digest or findings.plan.digest
    yield _("As of"), f"{moment_and_zone(findings.as_of, zone)} ({zone.key})"
    examined = ngettext(
        "{examined} of {number} patron",
        "{examined} of {number} patrons",
        findings.status.patron_count,
        examined=summary.examined,
    )
    if summary.out_of_scope:
        examined = _("{examined}; {number} out of scope", examined=examined, number=summary.out_of_scope)
    yield _("Examined"), examined


def _paused(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    sentences = tuple(each for each in (paused_sentence(findings), findings.stopped) if each)
    return Section("paused", _("Writing is stopped"), sentences, tone=Tone.ALARM) if sentences else None


def _warnings(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    return Section("warnings", _("Warnings"), findings.warnings, tone=Tone.WARNING) if findings.warnings else None


def _changes(findings: Findings, summary: Summary, view: View) -> Section | None:
    if not findings.applied:
        return _changes_to_make(findings, summary, view)
    done = summary.in_state(State.DONE)
    if not done:
        return Section("changes", _("What was changed"), (_("Nothing was changed."),))
    return Section(
        "changes",
        _("What was changed ({number})", number=len(done)),
        table=_change_table(findings, done, view, fate=None),
    )


def _changes_to_make(findings: Findings, summary: Summary, view: View) -> Section:
    title = _("What would change") if findings.status.writable else _("Which cards would be blocked if free")
    if not summary.changes:
        return Section("changes", title, (_("Nothing would change."),))
    held = any(line.held_by is not None for line in summary.changes)
    table = _change_table(findings, summary.changes, view, fate=_("Must wait for") if held else None)
    return Section("changes", f"{title} ({len(summary.changes)})", table=table)


def _not_written(findings: Findings, summary: Summary, view: View) -> Section | None:
    lines = summary.in_state(*NOT_WRITTEN)
    if not lines:
        return None
    table = _change_table(findings, lines, view, fate=_("What happened"))
    return Section("not-written", _("Not written ({number})", number=len(lines)), table=table, tone=Tone.WARNING)


def _held_back(findings: Findings, summary: Summary, view: View) -> Section | None:
    if not summary.held_back:
        return None
    sentences = [brake_sentence(each) for each in summary.held_back]
    if any(each.brake is Brake.RELEASE_ONLY for each in summary.held_back):
        sentences.append(_('To let Cardwarden block cards as well, set mode = "apply" or approve these.'))
    commands = approval_commands(findings) if needs_approval(summary) else ()
    lines = summary.in_state(State.HELD)
    if findings.applied:
        title = _("Held back ({number})", number=len(lines))
        lead = _("To approve what is held back (one use, 24 hours):")
    else:
        title = _("Would be held back ({number})", number=len(lines))
        lead = _("To approve the whole plan, what would be held back included (one use, 24 hours):")
    return Section(
        "held-back",
        title,
        tuple(sentences),
        _change_table(findings, lines, view, fate=_("Waits for")) if findings.applied else None,
        commands,
        lead if commands else "",
        Tone.WARNING,
    )


def _change_table(findings: Findings, lines: Sequence[ChangeLine], view: View, *, fate: str | None) -> Table:
    words = CHANGES if findings.status.writable else CHANGES_UNSEEN
    columns = [Column(_("Change")), Column(_("Patron")), Column(_("Rule")), Column(_("Why"), prose=True)]
    if fate is not None:
        columns.append(Column(fate, prose=True))

    def row(line: ChangeLine) -> tuple[str, ...]:
        said = (_(words[line.change.kind]), view.label(line.patron), line.change.rule, line.sentence)
        return said if fate is None else (*said, line.fate)

    return view.first(columns, map(row, lines), len(lines), names=1)


def _charge_types(findings: Findings, summary: Summary, _view: View) -> Section | None:
    if not summary.charge_types:
        return None
    unmapped, currency = sum(not each.mapped for each in summary.charge_types), findings.policy.currency
    sentences = (
        (
            ngettext(
                "{number} type in the ILS not named in [kinds] of the policy, so counted as other charges.",
                "{number} types in the ILS not named in [kinds] of the policy, so counted as other charges.",
                unmapped,
            ),
        )
        if unmapped
        else ()
    )
    columns = (
        Column(_("Charge type")), Column(_("Kind")), Column(_("Charges"), numeric=True),
        Column(_("Patrons"), numeric=True), Column(_("Sum {currency}", currency=currency.code), numeric=True),
    )  # fmt: skip
    rows = tuple(
        (
            each.type,
            _(CHARGE_KINDS[each.kind]) if each.mapped else _("{kind} (not mapped)", kind=_(CHARGE_KINDS[each.kind])),
            str(each.charges),
            str(each.patrons),
            bare_amount(each.sum, currency),
        )
        for each in summary.charge_types
    )
    tone = Tone.WARNING if unmapped else Tone.PLAIN
    return Section("charge-types", _("Charge types met"), sentences, Table(columns, rows), tone=tone)


def _gates(_findings: Findings, _summary: Summary, view: View) -> Section | None:
    return Section("gates", _("Gates"), view.gates) if view.gates else None


def _gaps(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    return Section("gaps", _("What this report cannot see"), findings.gaps) if findings.gaps else None


def _journal(findings: Findings, _summary: Summary, _view: View) -> Section | None:
    """Writes of earlier cycles without an answer, cases closed, approvals used."""
    sentences = []
    if findings.first and findings.status.writable and findings.mode is not Mode.DRY_RUN:
        sentences.append(_("This journal has not written here before: every addition needs an approval."))
    if findings.settled_intents:
        sentences.append(
            ngettext(
                "{number} write of an earlier cycle without an answer settled.",
                "{number} writes of an earlier cycle without an answer settled.",
                findings.settled_intents,
            )
        )
    if findings.open_intents:
        sentences.append(
            ngettext(
                "{number} write of an earlier cycle still without a known outcome.",
                "{number} writes of an earlier cycle still without a known outcome.",
                findings.open_intents,
            )
        )
    if findings.applied and findings.approvals_used:
        used = ", ".join(digest[:12] for digest in findings.approvals_used)
        sentences.append(_("Approvals used: {digests}.", digests=used))
    if findings.closed_cases:
        sentences.append(ngettext("{number} case closed.", "{number} cases closed.", findings.closed_cases))
    return Section("journal", _("Journal"), tuple(sentences)) if sentences else None
