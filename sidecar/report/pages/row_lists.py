"""Sections that list restriction rows (adopted, orphans, out of scope, edited or dated by staff, foreign), and cards
that the ILS stops without one."""

from sidecar.cycle.findings import Findings
from sidecar.language import _, ngettext
from sidecar.report.counted.summary import OwnRow, Summary
from sidecar.report.pages.sections import Column, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import bare_amount, moment, truth_words, written_day


def adopted(findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows of ours in force that the journal did not know."""
    if not summary.adopted:
        return None
    rows = []
    for line in summary.adopted:
        case = line.verdict.case_now
        since = "" if case is None else moment(case.since, findings.policy.time_zone)
        rows.append((view.label(line.patron), line.verdict.rule, since))
    sentences = (_("In force without being remembered here. They are kept under today's rules like Cardwarden's own."),)
    table = view.table((Column(_("Patron")), Column(_("Rule")), Column(_("Since"))), rows)
    return Section("adopted", _("Adopted ({number})", number=len(rows)), sentences, table)


def orphans(_findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows of ours that no rule of the policy stands behind."""
    if not summary.orphans:
        return None
    sentences = (
        _("No rule of the policy stands behind these rows of ours. They are left; `cardwarden retire` removes them."),
    )
    return Section(
        "orphans", _("Orphans ({number})", number=len(summary.orphans)), sentences, _table(summary.orphans, view)
    )


def out_of_scope(_findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows of ours on patrons whom the scope leaves out."""
    if not summary.ours_out_of_scope:
        return None
    sentences = (_("These patrons are out of scope: their rows of ours are left as they are."),)
    title = _("Ours, out of scope ({number})", number=len(summary.ours_out_of_scope))
    return Section("out-of-scope", title, sentences, _table(summary.ours_out_of_scope, view))


def edited(_findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows of ours whose text staff changed."""
    if not summary.edited:
        return None
    sentences = (_("Staff changed the text of these rows; it is left as they wrote it."),)
    title = _("Text edited by staff ({number})", number=len(summary.edited))
    return Section("edited", title, sentences, _table(summary.edited, view))


def expiring(_findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows of ours with an expiry, which only staff set."""
    if not summary.expiring:
        return None
    sentences = (_("Staff set an end to these rows of ours. It is left; from that day on the row blocks nobody."),)
    table = _table(summary.expiring, view)
    title = _("With an end set by staff ({number})", number=len(summary.expiring))
    return Section("expiring", title, sentences, table)


def owing_nothing(_findings: Findings, summary: Summary, view: View) -> Section | None:
    """The alarm: cards that owe nothing and are blocked by us."""
    if not summary.owing_nothing:
        return None
    sentences = (
        _("These cards owe nothing, and a restriction of Cardwarden's stands on them all the same."),
        _("They are out of scope, without a rule, held back, or under a type that is no longer ours: see explain."),
    )
    title = _("Owe nothing and are blocked by us ({number})", number=len(summary.owing_nothing))
    return Section("owing-nothing", title, sentences, _table(summary.owing_nothing, view), tone=Tone.WARNING)


def refused_by_ils(findings: Findings, summary: Summary, view: View) -> Section | None:
    """The other alarm: cards that are clear by the policy, and that the ILS lends nothing to by limits of its own."""
    refused, currency = summary.refused_by_ils, findings.policy.currency
    if not refused:
        return None
    sentences = (
        _("The policy calls these cards clear, and Koha lends them nothing at self-checks, for what they owe."),
        _(
            "It leaves out charge types set not to restrict checkouts, and does not tell which: it may refuse some "
            "fewer."
        ),
    )
    rows = (
        (view.label(each.patron), bare_amount(currency.minor(each.owed), currency), f"{each.limit:f}")
        for each in sorted(refused, key=lambda each: -each.owed)
    )
    columns = (
        Column(_("Patron")),
        Column(_("Owes {currency}, before credit", currency=currency.code), numeric=True),
        Column(_("Refused above"), numeric=True),
    )
    title = _("Clear, but refused by Koha itself ({number})", number=len(refused))
    table = view.first(columns, rows, len(refused))
    return Section("refused-by-ils", title, sentences, table, tone=Tone.WARNING)


def once_ours(_findings: Findings, summary: Summary, view: View) -> Section | None:
    """Rows that were ours and stand under a foreign type."""
    if not summary.once_ours:
        return None
    sentences = (
        _("Cardwarden set these rows, and their type in Koha is another one now, so it may not touch them."),
        _("Was a restriction type deleted? Staff remove them; nothing is put beside them without an approval."),
    )
    title = _("Once ours, for staff to remove ({number})", number=len(summary.once_ours))
    return Section("once-ours", title, sentences, _table(summary.once_ours, view), tone=Tone.WARNING)


def foreign(_findings: Findings, summary: Summary, _view: View) -> Section | None:
    """Rows of others, by type."""
    if not summary.foreign:
        return None
    columns = (
        Column(_("Type")),
        Column(_("Rows"), numeric=True),
        Column(_("In force"), numeric=True),
        Column(_("Patrons"), numeric=True),
    )
    rows = tuple((each.type, str(each.rows), str(each.in_force), str(each.patrons)) for each in summary.foreign)
    total = sum(each.rows for each in summary.foreign)
    return Section(
        "foreign",
        _("Foreign restrictions, never touched"),
        (
            ngettext(
                "{number} row set by staff or by other programs.",
                "{number} rows set by staff or by other programs.",
                total,
            ),
        ),
        Table(columns, rows),
    )


def _table(rows: tuple[OwnRow, ...], view: View) -> Table:
    columns = (Column(_("Patron")), Column(_("Restriction type")), Column(_("In force")), Column(_("Ends")))
    cells = [
        (
            view.label(each.patron),
            each.row.type,
            truth_words(each.in_force),
            "" if each.row.expires is None else written_day(each.row.expires),
        )
        for each in rows
    ]
    return view.table(columns, cells)
