"""Blocks that staff lifted and that stay lifted: whose, by which rule, for how long already, and who said so."""

from collections.abc import Mapping
from typing import Final

from sidecar.core.model import Case, Origin
from sidecar.core.verdict import Standing
from sidecar.cycle.findings import Findings
from sidecar.language import _, gettext_noop, ngettext
from sidecar.report.counted.summary import Summary
from sidecar.report.pages.sections import Column, Section
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import day

_ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.LIFTED: gettext_noop("lifted by staff in Koha, without a name"),
    Origin.RELEASED: gettext_noop("released by name with Cardwarden"),
    Origin.STAFF: gettext_noop("released by name in Koha"),
    Origin.TIME: gettext_noop("ended by time"),
    Origin.UNDONE: gettext_noop("undone"),
    Origin.DRIFT_ACCEPTED: gettext_noop("drift that was accepted"),
}


def overrides(findings: Findings, _summary: Summary, view: View) -> Section | None:
    """All of them, the oldest first: a block that nobody puts back is easily forgotten."""
    if not view.everything:
        return None
    found = [
        (decision, case)
        for decision in findings.decisions
        for verdict in decision.verdicts
        if verdict.standing is Standing.OVERRIDDEN and (case := verdict.case_now or verdict.case_before) is not None
    ]
    if not found:
        return None
    zone = findings.policy.time_zone
    rows = [
        (
            view.label(decision.facts.patron),
            case.rule,
            day(case.since, zone),
            str((findings.today - case.since.astimezone(zone).date()).days),
            _how(case),
        )
        for decision, case in sorted(found, key=lambda each: each[1].since)
    ]
    columns = (
        Column(_("Patron")),
        Column(_("Rule")),
        Column(_("Since")),
        Column(_("Days"), numeric=True),
        Column(_("How"), prose=True),
    )
    oldest = (findings.today - min(case.since for _decision, case in found).astimezone(zone).date()).days
    sentence = ngettext(
        "These cards stay free until something new comes up. The oldest has been so for {number} day.",
        "These cards stay free until something new comes up. The oldest has been so for {number} days.",
        oldest,
    )
    title = _("Lifted by staff, and left so ({number})", number=len(rows))
    return Section("overrides", title, (sentence,), view.table(columns, rows))


def _how(case: Case) -> str:
    words = _(_ORIGINS[case.origin]) if case.origin is not None else _("before Cardwarden kept how")
    return f"{words} ({case.by})" if case.by else words
