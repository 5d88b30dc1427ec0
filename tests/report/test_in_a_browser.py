"""The HTML report in a real browser: on a phone, in the dark, on paper, whole in itself."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from adapters.http import HttpApi
from adapters.koha.source import connect
from adapters.koha.staff_pages import patron_page
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.policy import load_policy
from sidecar.ports import DayTotal
from sidecar.report import Beside, write_report
from sidecar.store import open_journal
from sidecar.wiring import SystemClock
from tests.conftest import Command
from tests.plugin.seen import ARGUMENTS, problems_seen

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
POLICY_FILE = Path(__file__).parents[2] / "config" / "policy.toml"
STAFF = "https://koha-staff.example.org"

if CHROMIUM is not None:

    @pytest.fixture(scope="module")
    def browser() -> Iterator[Browser]:
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield launched
            launched.close()

    @pytest.fixture(scope="module")
    def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("report")
        with (
            StandinKoha(build_library(200)) as koha,
            HttpApi(koha.url, koha.client_id, koha.client_secret) as http,
            open_journal(f"sqlite:///{folder}/journal.db", clock=SystemClock()) as journal,
        ):
            world = World(source=connect(http).source, target=None, journal=journal, clock=SystemClock())
            findings = run_once(world, load_policy(POLICY_FILE).policy, Order())
        days = tuple(DayTotal(findings.today - timedelta(days=ago), 30 + ago, 0) for ago in range(1, 90, 2))
        beside = Beside(patron_page=patron_page(STAFF), gates=("Gate doors: ask `cardwarden verify`.",))
        write_report(replace(findings, days=days), folder, show_names=False, beside=beside)
        return folder / "report.html"

    @contextmanager
    def shown(browser: Browser, file: Path, size: Any = DESK, **wishes: Any) -> Iterator[Page]:
        page = browser.new_page(viewport=size, **wishes)
        page.goto(file.as_uri())
        yield page
        page.close()

    def is_cut_off(page: Page) -> bool:
        """Whether anything stands out at the side, with everything unfolded too."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        folded = bool(page.evaluate(wide))
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        return folded or bool(page.evaluate(wide))

    @pytest.fixture(params=["report", "simulation"])
    def any_file(connect, cardwarden: Command, page_file: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
        if request.param == "report":
            return page_file
        with StandinKoha(build_library(200)) as koha:
            connect(koha)
            curve = ("--curve", "rules.debt.block_at=100..400/25", "--report", str(tmp_path))
            assert cardwarden("policy", "simulate", *curve).code == 0
        return tmp_path / "simulation.html"

    def test_the_report_fetches_nothing_and_the_browser_complains_of_nothing(browser: Browser, any_file: Path) -> None:
        page = browser.new_page()
        asked: list[str] = []
        complaints: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(any_file.as_uri())
        assert page.title().startswith("Cardwarden")
        assert page.locator("h1").count() == 1
        assert page.locator("th").count() > 10
        assert page.locator("script, link, img, iframe, object").count() == 0
        assert asked == [any_file.as_uri()]
        assert complaints == []
        page.close()

    @pytest.mark.parametrize("width", [320, 390, 640, 1280])
    def test_nothing_is_cut_off_sideways(browser: Browser, any_file: Path, width: int) -> None:
        with shown(browser, any_file, {"width": width, "height": 800}) as page:
            assert not is_cut_off(page)

    def test_the_answer_is_within_the_first_screen_of_a_phone(browser: Browser, page_file: Path) -> None:
        with shown(browser, page_file, PHONE) as page:
            for part in ("h1", ".figures", ".result", ".chips"):
                box = page.locator(part).bounding_box()
                assert box is not None, part
                assert box["y"] + box["height"] <= PHONE["height"], part

    def test_reasons_have_room_on_a_phone(browser: Browser, page_file: Path) -> None:
        with shown(browser, page_file, PHONE) as page:
            box = page.locator("#changes td.prose").first.bounding_box()
            assert box is not None
            assert box["width"] > 300

    def test_every_link_leads_to_something_that_can_be_seen(browser: Browser, page_file: Path) -> None:
        with shown(browser, page_file) as page:
            links = page.locator("main a[href^='#'], header a[href^='#']")
            targets = {str(link.get_attribute("href")) for link in links.all()}
            assert len(targets) > 20
            for target in sorted(targets):
                page.evaluate("target => { location.hash = target; }", target)
                assert page.locator(f"[id='{target[1:]}']").is_visible(), target

    def test_links_out_of_the_page_lead_to_kohas_staff_interface_only(browser: Browser, page_file: Path) -> None:
        with shown(browser, page_file) as page:
            listed = (
                "[...document.querySelectorAll('a:not([href^=\"#\"])')].map(one => [one.href, one.textContent.trim()])"
            )
            out = page.evaluate(listed)
            assert len(out) > 50
            for address, number in out:
                assert address == f"{STAFF}/cgi-bin/koha/members/moremember.pl?borrowernumber={number}"

    @pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_nothing_keeps_anybody_from_reading_it(browser: Browser, page_file: Path, scheme: Any, size: Any) -> None:
        with shown(browser, page_file, size, color_scheme=scheme) as page:
            page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
            assert problems_seen(page, "body") == []

    def test_dark_is_dark_and_paper_is_white(browser: Browser, page_file: Path) -> None:
        ground = "getComputedStyle(document.body).backgroundColor"
        with shown(browser, page_file, color_scheme="dark") as page:
            dark = page.evaluate(ground)
            page.emulate_media(media="print")
            assert (dark, page.evaluate(ground)) == ("rgb(21, 24, 27)", "rgb(255, 255, 255)")
            assert problems_seen(page, "body") == []
            assert page.pdf(format="A4").startswith(b"%PDF")
