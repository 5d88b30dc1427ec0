"""Reports: terminal, HTML, JSON and CSV, all rendered from the same `Findings`; and what commands print."""

from sidecar.report.pages.head import head_lines
from sidecar.report.pages.view import NOTHING_BESIDE, Beside
from sidecar.report.render.csvfiles import COMMA, DIALECTS, SEMICOLON
from sidecar.report.render.explain_structured import explain_json
from sidecar.report.render.files import prepare_folder, write_report
from sidecar.report.render.mail import Mailed, mailed_report
from sidecar.report.render.printing import (
    print_changes,
    print_cycles,
    print_explanation,
    print_releases,
    print_simulation,
    print_timings,
    print_verification,
)
from sidecar.report.render.records import records_json
from sidecar.report.render.records_csv import recorded_changes_csv, recorded_cycles_csv
from sidecar.report.render.simulated import simulation_json, write_simulation
from sidecar.report.render.structured import report_json
from sidecar.report.render.terminal import print_report, progress
from sidecar.report.render.verification_structured import verification_json
from sidecar.report.words.gates import gate_sentence
from sidecar.report.words.stops import stop_lines
from sidecar.report.words.timings import timings_line

__all__ = [
    "COMMA",
    "DIALECTS",
    "NOTHING_BESIDE",
    "SEMICOLON",
    "Beside",
    "Mailed",
    "explain_json",
    "gate_sentence",
    "head_lines",
    "mailed_report",
    "prepare_folder",
    "print_changes",
    "print_cycles",
    "print_explanation",
    "print_releases",
    "print_report",
    "print_simulation",
    "print_timings",
    "print_verification",
    "progress",
    "recorded_changes_csv",
    "recorded_cycles_csv",
    "records_json",
    "report_json",
    "simulation_json",
    "stop_lines",
    "timings_line",
    "verification_json",
    "write_report",
    "write_simulation",
]
