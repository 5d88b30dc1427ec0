"""The report as a mail: what is most of all to be known as text, and the whole of it as a page."""

from dataclasses import dataclass

from sidecar.cycle.findings import Findings
from sidecar.language import _
from sidecar.report.counted.summary import summarize
from sidecar.report.pages.report import make_report
from sidecar.report.pages.view import Beside, View
from sidecar.report.render.files import LONGEST_LIST
from sidecar.report.render.html import report_html


@dataclass(frozen=True, slots=True)
class Mailed:
    """The first line, which is the subject; the text; the page in HTML. Without names and card numbers."""

    head: str
    text: str
    page: str


def mailed_report(findings: Findings, beside: Beside) -> Mailed:
    """The report of a cycle, in the present language."""
    rest = _("`cardwarden reconcile --report DIR` lists all")
    view = View(show_names=False, limit=LONGEST_LIST, rest=rest, gates=beside.gates)
    report = make_report(findings, summarize(findings), view)
    page = report.page
    lines = [*page.head, "", page.result]
    if page.next_step:
        lines += [f"{page.next_step}{':' if page.commands else ''}", *(f"    {command}" for command in page.commands)]
    lines += ["", *(f"- {chip.text}" for chip in report.chips)]
    return Mailed(page.head[0], "\n".join(lines).rstrip(), report_html(report, beside.patron_page))
