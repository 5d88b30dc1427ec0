"""Reports: terminal, HTML, JSON and CSV, all rendered from the same `Findings`; and what commands print."""

from sidecar.report.pages.head import head_line
from sidecar.report.render.csvfiles import COMMA, SEMICOLON
from sidecar.report.render.explain_structured import explain_json
from sidecar.report.render.files import prepare_folder, write_report
from sidecar.report.render.printing import (
    print_changes,
    print_cycles,
    print_explanation,
    print_releases,
    print_simulation,
    print_verification,
)
from sidecar.report.render.records import records_json
from sidecar.report.render.structured import report_json
from sidecar.report.render.terminal import print_report, progress
from sidecar.report.render.verification_structured import verification_json
from sidecar.report.words.gates import gate_sentence
from sidecar.report.words.stops import stop_lines

__all__ = [
    "COMMA",
    "SEMICOLON",
    "explain_json",
    "gate_sentence",
    "head_line",
    "prepare_folder",
    "print_changes",
    "print_cycles",
    "print_explanation",
    "print_releases",
    "print_report",
    "print_simulation",
    "print_verification",
    "progress",
    "records_json",
    "report_json",
    "stop_lines",
    "verification_json",
    "write_report",
]
