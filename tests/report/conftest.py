"""What several report tests need."""

from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from sidecar.cycle.findings import Findings
from sidecar.report import print_report

Printed = Callable[..., str]


@pytest.fixture
def printed() -> Printed:
    """The report as printed where there is no terminal."""

    def text(findings: Findings, *, width: int = 100, show_names: bool = False) -> str:
        sink = StringIO()
        print_report(findings, Console(file=sink, width=width), show_names=show_names)
        return sink.getvalue()

    return text
