"""Reports: terminal, HTML, JSON and CSV, all rendered from the same `Findings`; and what commands print."""

from sidecar.report.explain import print_explanation
from sidecar.report.explain_structured import explain_json
from sidecar.report.files import prepare_folder, write_report
from sidecar.report.journal import print_changes, print_cycles, records_json
from sidecar.report.simulation import print_simulation
from sidecar.report.structured import report_json
from sidecar.report.terminal import print_report, progress

__all__ = [
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
