"""The HTML report in a real browser: on a phone, printed, without scripts, without anything from elsewhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, sync_playwright

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from tests.conftest import Command

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

if CHROMIUM is not None:

    @pytest.fixture(scope="module")
    def browser() -> Iterator[Browser]:
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield launched
            launched.close()

    @pytest.fixture(params=["report", "simulation"])
    def page_file(connect, cardwarden: Command, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
        curve = ("policy", "simulate", "--curve", "rules.debt.block_at=100..400/25")
        words, code = {"report": (("reconcile",), 2), "simulation": (curve, 0)}[request.param]
        with StandinKoha(build_library(600)) as koha:
            connect(koha)
            assert cardwarden(*words, "--report", str(tmp_path / "report")).code == code
        return tmp_path / "report" / f"{request.param}.html"

    @pytest.mark.parametrize("width", [360, 1280])
    def test_the_report_fits_its_window_and_fetches_nothing(browser: Browser, page_file: Path, width: int) -> None:
        page = browser.new_page(viewport={"width": width, "height": 800})
        asked: list[str] = []
        complaints: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(page_file.as_uri())
        assert page.title().startswith("Cardwarden")
        assert page.locator("h1").count() == 1
        assert page.locator("th").count() > 10
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert asked == [page_file.as_uri()]
        assert complaints == []
        page.close()
