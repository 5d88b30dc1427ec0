"""The daemon's page in a real browser, with a real daemon and a real login: approve, see it applied, pause, resume."""

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.ports import PersonalAct
from sidecar.store import open_journal
from sidecar.wiring import SystemClock
from tests.report.test_in_a_browser import ARGUMENTS
from tests.serve.people import free_port, oidc
from tests.serve.provider import Provider, a_provider
from tests.serve.running import Running, blocked, eventually, leave_all_to_the_policy

CHROMIUM = shutil.which("chromium")
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
GROUNDS = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 24, 27)"}


class Watched:
    """A browser's window of somebody, and what it asked for and complained of."""

    def __init__(self, browser: Browser, size: str = "desk", scheme: str = "light") -> None:
        self.context: BrowserContext = browser.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="en-GB",
            java_script_enabled=True,
        )
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []

        def note(request: Request) -> None:
            self.asked.append(request.url)

        self.page.on("request", note)
        self.page.on("console", lambda message: self.complaints.append(f"{message.text} {message.location}"))

    def log_in(self, address: str, who: str) -> None:
        self.page.goto(address)
        self.page.get_by_role("link", name="Log in").click()
        self.page.get_by_label("Who").fill(who)
        self.page.get_by_role("button", name="Log in").click()

    def says(self, sentence: str) -> bool:
        return sentence in self.page.locator("main").inner_text()

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


if CHROMIUM is not None:

    @pytest.fixture(scope="module")
    def browser() -> Iterator[Browser]:
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield launched
            launched.close()

    @pytest.fixture
    def library() -> Library:
        return build_library(120)

    @pytest.fixture
    def provider() -> Iterator[Provider]:
        with a_provider(ab=["it"], cd=["desk"]) as provider:
            yield provider

    @pytest.fixture
    def daemon(koha: StandinKoha, provider: Provider, tmp_path: Path) -> Iterator[tuple[Running, str]]:
        """A daemon that writes, whose first plan waits; and its page's address."""
        folder = tmp_path / "d"
        folder.mkdir()
        leave_all_to_the_policy(koha.library)
        daemon, port = Running(folder, koha), free_port()
        daemon.block_at("225.00")
        daemon.configure(more=oidc(provider, port))
        daemon.settings.write_text(daemon.settings.read_text().replace("port = 0", f"port = {port}"))
        try:
            daemon.start()
            eventually(lambda: daemon.health()["waiting"])
            yield daemon, f"http://127.0.0.1:{port}/"
        finally:
            if daemon.process is not None:
                daemon.process.kill()
                daemon.process.wait()

    def test_somebody_logs_in_approves_what_is_held_sees_it_applied_pauses_and_resumes(
        browser: Browser, daemon: tuple[Running, str], koha: StandinKoha
    ) -> None:
        running, address = daemon
        staff = Watched(browser)
        page = staff.page
        page.goto(address)
        assert page.locator("form").count() == 0
        assert "cardwarden approve" in page.content()
        staff.log_in(address, "ab")
        assert page.url == address

        page.get_by_role("link", name="Held back").click()
        assert page.locator("details li, details tbody tr").count() > 10
        assert staff.says("What an approval would do")
        assert blocked(koha.library) == set()
        page.get_by_role("button", name="Approve").click()
        assert staff.says("Approved: the next cycle makes those of the changes that are still due.")
        eventually(lambda: blocked(koha.library))
        eventually(lambda: not running.health()["waiting"])
        page.get_by_role("link", name="Held back").click()
        assert staff.says("Nothing is held back.")

        page.get_by_role("link", name="Overview").click()
        page.get_by_role("button", name="Pause all writing").click()
        assert staff.says("Paused: nothing is written until somebody resumes it.")
        late = koha.library.subjects["owes_little"]
        koha.library.charge(late, "OVERDUE", "900.00")
        cycles = running.cycles()
        eventually(lambda: running.cycles() > cycles + 1)
        assert late not in blocked(koha.library)
        page.get_by_role("button", name="Resume writing").click()
        assert staff.says("Resumed: the next cycle writes again.")
        eventually(lambda: late in blocked(koha.library))

        page.get_by_role("link", name="History").click()
        assert staff.says("approved a plan")
        page.get_by_role("link", name="Last report").click()
        assert "Cardwarden" in page.title()
        page.goto(address)
        page.get_by_role("button", name="Log out").click()
        assert page.get_by_role("link", name="Log in").count() == 1
        assert page.locator("form").count() == 0
        assert staff.complaints == []
        assert {url for url in staff.asked if not url.startswith(("http://127.0.0.1:", "http://localhost:"))} == set()

        assert running.stop() == 0
        with open_journal(running.journal, clock=SystemClock()) as journal:
            acts = [(one.act, one.staff) for one in journal.acts(10)]
        assert acts == [(PersonalAct.RESUME, "ab"), (PersonalAct.PAUSE, "ab"), (PersonalAct.APPROVE, "ab")]
        said = running.log_file.read_text(encoding="utf-8")
        assert not [one for one in koha.library.patrons.values() if one.card_number in said or one.surname in said]

    def test_every_page_fits_a_phone_and_a_desk_in_light_and_dark_and_loads_without_a_complaint(
        browser: Browser, daemon: tuple[Running, str], koha: StandinKoha
    ) -> None:
        _running, address = daemon
        owing = koha.library.patrons[koha.library.subjects["owes_much"]]
        for size, (scheme, colour) in product(SIZES, GROUNDS.items()):
            staff = Watched(browser, size, scheme)
            staff.log_in(address, "ab")
            for name in ("", "held", "history", "patron"):
                staff.page.goto(f"{address}{name}")
                assert staff.fits(), (name, size)
                assert staff.page.evaluate("getComputedStyle(document.body).backgroundColor") == colour
            staff.page.get_by_label("Number", exact=True).fill(owing.card_number)
            staff.page.get_by_role("button", name="Explain").click()
            assert staff.says(f"Patron {owing.id}")
            assert owing.card_number not in staff.page.content()
            assert owing.card_number not in staff.page.url
            assert staff.fits()
            assert staff.complaints == []
            staff.context.close()

    def test_without_scripts_all_of_it_works_too(browser: Browser, daemon: tuple[Running, str]) -> None:
        _running, address = daemon
        context = browser.new_context(java_script_enabled=False, locale="en-GB")
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name="Log in").click()
        page.get_by_label("Who").fill("ab")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Pause all writing").click()
        assert "Paused: nothing is written" in page.locator("main").inner_text()
        context.close()
