"""Draws docs/report.svg, the README's picture of a report, from a real run: `make picture`."""

import io
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from adapters.http import HttpApi
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.policy import load_policy
from sidecar.report import print_report
from sidecar.store import open_journal

ROOT = Path(__file__).parents[1]
PATRONS = 500


class Clock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


def main() -> None:
    """A dry run on a stand-in of 500 patrons, printed into a recording console."""
    console = Console(record=True, width=100, highlight=False, force_terminal=True, file=io.StringIO())
    policy = load_policy(ROOT / "config" / "policy.toml").policy
    with (
        tempfile.TemporaryDirectory() as folder,
        StandinKoha(build_library(PATRONS)) as koha,
        HttpApi(koha.url, koha.client_id, koha.client_secret) as http,
        open_journal(f"sqlite:///{folder}/journal.db", clock=Clock()) as journal,
    ):
        world = World(source=connect(http).source, target=None, journal=journal, clock=Clock())
        print_report(run_once(world, policy, Order()), console, show_names=False)
    drawing = console.export_svg(title="cardwarden reconcile")
    # The reader's own monospaced font will do: a picture in a repository fetches nothing.
    drawing = re.sub(r"@font-face \{.*?\}", "", drawing, flags=re.DOTALL).replace("Fira Code, ", "")
    drawing = re.sub(r"<!--.*?-->\s*", "", drawing, flags=re.DOTALL)
    (ROOT / "docs" / "report.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
