"""Takes docs/report.png, the README's picture: the first screen of an HTML report from a real run, by Chromium.

`make picture`
"""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from adapters.http import HttpApi
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.policy import load_policy
from sidecar.ports import Mode
from sidecar.report import write_report
from sidecar.store import open_journal

ROOT: Final = Path(__file__).parents[1]
PATRONS: Final = 5000
DAY: Final = timedelta(days=1)
SIZE: Final = {"width": 1000, "height": 760}

LEFT_TO_THE_POLICY: Final = {
    "noissuescharge": "100000",
    "maxoutstanding": "100000",
    "OPACFineNoRenewals": "",
    "AllFinesNeedOverride": "0",
    "RestrictionBlockRenewing": "1",
}
"""What Koha would else refuse by itself, and every report would warn of."""


class Clock:
    """The machine's clock, so many days ago."""

    def __init__(self) -> None:
        self.ago = timedelta(0)

    def now(self) -> datetime:
        """Now, or then."""
        return datetime.now(UTC) - self.ago


def main() -> None:
    """Two days of a stand-in of 5,000 patrons: yesterday's first blocks, and what today's payments changed."""
    with tempfile.TemporaryDirectory() as folder:
        findings = two_days(Path(folder))
        write_report(findings, Path(folder), show_names=False)
        photograph(Path(folder) / "report.html")


def two_days(folder: Path) -> Findings:
    """Today's cycle."""
    policy, clock, library = load_policy(ROOT / "config" / "policy.toml").policy, Clock(), build_library(PATRONS)
    for name, value in LEFT_TO_THE_POLICY.items():
        library.set_preference(name, value)
    with (
        StandinKoha(library) as koha,
        HttpApi(koha.url, koha.client_id, koha.client_secret) as http,
        open_journal(f"sqlite:///{folder}/journal.db", clock=clock) as journal,
    ):
        there = connect(http)
        world = World(source=there.source, target=there.target(journal.instance_id), journal=journal, clock=clock)
        clock.ago = DAY
        planned = run_once(world, policy, Order())
        first = Order(mode=Mode.APPLY, approve=planned.kept_digest, staff="picture", clock_tolerance=2 * DAY)
        blocked = [change.patron for change in run_once(world, policy, first).done()]
        clock.ago = timedelta(0)
        settle(library, [int(patron) for patron in dict.fromkeys(blocked)][::20])
        return run_once(world, policy, Order(mode=Mode.APPLY))


def settle(library: Library, patrons: list[int]) -> None:
    """Some pay all that is open."""
    for patron in patrons:
        if library.patrons[patron].balance() > 0:
            library.pay(patron)


def photograph(page: Path) -> None:
    """The first screen, by daylight."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = browser.new_page(viewport=SIZE, color_scheme="light")
        shown.goto(page.as_uri())
        shown.screenshot(path=ROOT / "docs" / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
