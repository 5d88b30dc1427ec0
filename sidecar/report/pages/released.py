"""What staff released by name: in the ILS, as a cycle first saw it, and all that the journal knows."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sidecar.cycle.findings import Findings
from sidecar.language import _
from sidecar.ports import ReleaseRecord
from sidecar.report.counted.summary import Summary
from sidecar.report.pages.sections import Column, Section, Table
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import moment


def released_in_ils(findings: Findings, _summary: Summary, view: View) -> Section | None:
    """Blocks that staff released on the patrons' pages since the last cycle that wrote."""
    released = findings.released()
    if not released:
        return None
    who = {decision.patron: decision.facts.patron for decision in findings.decisions}
    rows = [
        (
            view.label(who[patron]),
            each.rule,
            moment(each.at, findings.policy.time_zone),
            each.by,
            _photo_id(seen=each.photo_id_checked),
            each.reason,
        )
        for patron, each in released
    ]
    sentences = (_("Staff released these blocks in Koha, by name. They stay lifted until something new comes up."),)
    title = _("Released by staff in Koha ({number})", number=len(rows))
    return Section("released", title, sentences, view.table(_columns(), rows))


def releases_section(releases: Sequence[ReleaseRecord], zone: ZoneInfo) -> Section:
    """Releases as the journal keeps them, as they come (newest first)."""
    rows = tuple(
        (
            each.patron,
            each.rule,
            moment(each.at, zone),
            each.staff,
            _photo_id(seen=each.photo_id_checked),
            each.reason,
        )
        for each in releases
    )
    return Section("releases", _("Released by staff"), table=Table(_columns(), rows))


def _columns() -> tuple[Column, ...]:
    named = (_("Patron"), _("Rule"), _("When"), _("Released by"), _("Photo ID"))
    return (*map(Column, named), Column(_("Why"), prose=True))


def _photo_id(*, seen: bool) -> str:
    return _("seen") if seen else _("not on record")
