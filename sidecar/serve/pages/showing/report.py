"""The report of the last full cycle, as it was then."""

import base64
import hashlib
import re
from typing import Final

from sidecar.cycle.findings import Findings
from sidecar.report.counted.summary import summarize
from sidecar.report.pages.report import make_report
from sidecar.report.pages.view import Beside, View
from sidecar.report.render.html import report_html
from sidecar.serve.state import LastReport

ROWS: Final = 500
"""Of a list; a report that somebody orders by command has all."""

_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def last_report(findings: Findings, beside: Beside) -> LastReport:
    """The report of a cycle, in the present language: patrons by number, no names."""
    view = View(show_names=False, limit=ROWS, rest="", gates=beside.gates)
    report = make_report(findings, summarize(findings), view)
    return LastReport(findings.cycle, findings.finished, report_html(report, beside.patron_page))


def styles_of(html: str) -> str:
    """What a Content-Security-Policy says so that the styles in a page count, and no others."""
    hashes = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    return " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes) or "'none'"
