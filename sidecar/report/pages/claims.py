"""The claims: how many stand where, what became of some in this cycle, and what the office was last sent."""

from collections import Counter
from collections.abc import Iterator

from sidecar.core.collection.claim import ClaimState
from sidecar.core.collection.waiting import for_staff
from sidecar.cycle.findings import Findings
from sidecar.language import _, money, ngettext
from sidecar.language.claims import STATES, claim_state
from sidecar.report.counted.summary import Summary
from sidecar.report.pages.sections import Column, Section, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import moment


def claims(findings: Findings, _summary: Summary, view: View) -> Section | None:
    """Nothing where there never was one."""
    known = findings.claims
    if not known:
        return None
    waits = for_staff(known)
    patrons = {decision.patron: decision.facts.patron for decision in findings.decisions}
    rows = [
        (
            view.label(patrons[step.claim.patron]),
            step.claim.rule,
            claim_state(step.claim),
            money(step.claim.amount, findings.policy.currency),
        )
        for step in findings.claim_steps
        if step.claim.patron in patrons and step.what == step.claim.state.value
    ]
    columns = (Column(_("Patron")), Column(_("Rule")), Column(_("Now")), Column(_("Owed"), numeric=True))
    table = view.table(columns, rows) if rows else None
    open_ones = sum(claim.is_open for claim in known)
    heading = _("Claims ({number} open)", number=open_ones)
    tone = Tone.WARNING if waits else Tone.PLAIN
    return Section("claims", heading, tuple(_sentences(findings, len(waits))), table, tone=tone)


def _sentences(findings: Findings, waits: int) -> Iterator[str]:
    counted = Counter(claim.state for claim in findings.claims if claim.is_open)
    if counted:
        yield ", ".join(f"{_(STATES[state])} {counted[state]}" for state in ClaimState if counted[state]) + "."
    if waits:
        yield ngettext(
            "{number} claim waits for staff: `cardwarden collection list`.",
            "{number} claims wait for staff: `cardwarden collection list`.",
            waits,
        )
    sent = findings.last_sent
    if sent is not None and sent.delivered is not None:
        yield _(
            "Last sent to the office: {file} on {when}, {number} claims, {sum}.",
            file=sent.name,
            when=moment(sent.delivered, findings.policy.time_zone),
            number=len(sent.claims),
            sum=money(sent.total, findings.policy.currency),
        )
