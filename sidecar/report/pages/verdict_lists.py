"""Sections that list verdicts: announced, undecided, lifted by staff, vanished."""

from collections.abc import Mapping
from typing import Final

from sidecar.core.notices import has_failed
from sidecar.core.policy import Announce
from sidecar.cycle.findings import Findings
from sidecar.language import _, gettext_noop, ngettext
from sidecar.report.counted.summary import Summary, VerdictLine
from sidecar.report.pages.sections import Column, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.reasons import numbers, verdict_grounds, why_standing
from sidecar.report.words.vocabulary import day, moment


def drift(findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows of ours that vanished in numbers."""
    if not summary.drift:
        return None
    vanished = len(summary.drift)
    sentences = (
        ngettext(
            "{number} block of ours went that neither Cardwarden nor a payment lifted: more than staff lift in a day.",
            "{number} blocks of ours went that neither Cardwarden nor a payment lifted: more than staff lift in a day.",
            vanished,
        ),
        _("Was a restriction type deleted in Koha, or a database put back from a backup?"),
        _("Nothing is put back without an approval. If staff meant it: `cardwarden drift accept`."),
    )
    rows = [(view.label(line.patron), line.verdict.rule, _last_seen(findings, line)) for line in summary.drift]
    table = view.table((Column(_("Patron")), Column(_("Rule")), Column(_("Last seen in force"))), rows)
    title = ngettext("DRIFT: {number} block vanished", "DRIFT: {number} blocks vanished", vanished)
    return Section("drift", title, sentences, table, tone=Tone.ALARM)


def lifted(findings: Findings, summary: Summary, view: View) -> Section | None:
    """Blocks that staff lifted since the last cycle."""
    if not summary.lifted:
        return None
    sentences = (_("Staff lifted these since the last cycle. They stay free until there is new evidence."),)
    table = _verdict_table(findings, summary.lifted, view)
    return Section("lifted", _("Newly lifted by staff ({number})", number=len(summary.lifted)), sentences, table)


def announced(findings: Findings, summary: Summary, view: View) -> Section | None:
    """Who is to be told that a block will come, and when it would."""
    if not summary.announced:
        return None
    new = sum(line.verdict.case_before is None for line in summary.announced)
    sentences = []
    if new and findings.applied:
        told = _who_writes(findings, summary)
        sentences.append(_("{number} new in this cycle. {told}", number=new, told=told))
    elif new:
        sentences.append(_("{number} would be new. No time runs for them yet, since nothing was written.", number=new))
    rows = (
        (
            view.label(line.patron),
            line.verdict.rule,
            _due(findings, line),
            numbers(verdict_grounds(line.verdict, findings.policy)),
        )
        for line in summary.announced
    )
    columns = (Column(_("Patron")), Column(_("Rule")), Column(_("Blocks on")), Column(_("Why"), prose=True))
    number = len(summary.announced)
    table = view.first(columns, rows, number)
    return Section("announced", _("Announced ({number})", number=number), tuple(sentences), table)


def undecided(findings: Findings, summary: Summary, view: View) -> Section | None:
    """Verdicts that a fact is missing for."""
    if not summary.undecided:
        return None
    table = _verdict_table(findings, summary.undecided, view)
    sentences = (_("Nothing is changed for these; a block that is in force stays."),)
    return Section("undecided", _("Undecided ({number})", number=len(summary.undecided)), sentences, table)


def _last_seen(findings: Findings, line: VerdictLine) -> str:
    case = line.verdict.case_before
    return "" if case is None or case.seen_at is None else moment(case.seen_at, findings.policy.time_zone)


def _due(findings: Findings, line: VerdictLine) -> str:
    due = line.verdict.due
    if due is not None:
        return day(due, findings.policy.time_zone)
    if has_failed(line.decision, line.verdict):
        return _("its notice FAILED: write to them")
    return _("waits for its notice") if _announce_of(findings, line) is not Announce.AT_ONCE else ""


def _announce_of(findings: Findings, line: VerdictLine) -> Announce:
    rule = findings.policy.rule(line.verdict.rule)
    return Announce.AT_ONCE if rule is None else rule.announce


_TELLING: Final[Mapping[Announce, str]] = {
    Announce.AT_ONCE: gettext_noop("Write to them: Cardwarden sends no notices."),
    Announce.LIST: gettext_noop(
        "Write to them, and say when the letters went: `cardwarden announced FILE`. No day counts before."
    ),
    Announce.NOTICE: gettext_noop("Koha sends them a notice; their days run from the day it goes out."),
}


def _who_writes(findings: Findings, summary: Summary) -> str:
    """Who tells those who are new."""
    ways = {_announce_of(findings, line) for line in summary.announced if line.verdict.case_before is None}
    return " ".join(_(sentence) for way, sentence in _TELLING.items() if way in ways)


def _verdict_table(findings: Findings, lines: tuple[VerdictLine, ...], view: View) -> Table:
    rows = (
        (view.label(line.patron), line.verdict.rule, why_standing(line.verdict, line.decision.facts, findings.policy))
        for line in lines
    )
    return view.first((Column(_("Patron")), Column(_("Rule")), Column(_("Why"), prose=True)), rows, len(lines))
