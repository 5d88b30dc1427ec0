"""Reports: terminal, HTML, JSON and CSV, all rendered from the same `Findings`; and what commands print."""

from sidecar.report.render.csvfiles import COMMA, SEMICOLON
from sidecar.report.render.explain_structured import explain_json
from sidecar.report.render.files import prepare_folder, write_report
from sidecar.report.render.printing import print_changes, print_cycles, print_explanation, print_simulation
from sidecar.report.render.records import records_json
from sidecar.report.render.structured import report_json
from sidecar.report.render.terminal import print_report, progress

__all__ = [
    "COMMA",
    "SEMICOLON",
    "explain_json",
    "prepare_folder",
    "print_changes",
    "print_cycles",
    "print_explanation",
    "print_report",
    "print_simulation",
    "progress",
    "records_json",
    "report_json",
    "write_report",
]
