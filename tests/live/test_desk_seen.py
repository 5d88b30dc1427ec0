"""The desk as it is seen: by staff in a browser, in Koha's own pages, and by the patron at the self-check.

Skipped without the staff interface or a SIP server. `CARDWARDEN_LIVE_AXE` may name a file with axe-core; then what the
plugin shows is held against its rules too. Tried on Koha 23.05.
"""

import shutil
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.live.client import Client
from tests.live.conftest import named
from tests.live.desk import PLUGIN, RELEASE, RUN, Desk
from tests.live.people import People
from tests.live.selfcheck import SelfCheck
from tests.live.staff import CGI
from tests.live.test_desk import Blocked, admin, block, blocked, desk
from tests.plugin.seen import ARGUMENTS, problems_seen, reached_by_tab

__all__ = ("admin", "blocked", "desk")
CHROMIUM: Final = shutil.which("chromium")
PAGES: Final = ("/circ/circulation.pl", "/members/moremember.pl")


@pytest.fixture(scope="module")
def sip() -> Iterator[SelfCheck]:
    gate = SelfCheck(named("SIP_HOST"), int(named("SIP_PORT", "6001")), named("SIP_USER"), named("SIP_PASSWORD"))
    yield gate
    gate.close()


def test_the_self_check_shows_the_card_as_good_once_it_is_released(
    desk: Desk, blocked: Blocked, sip: SelfCheck
) -> None:
    assert not sip.shows_as_good(blocked.card)
    assert desk.release(blocked.patron, blocked.offer).startswith("problem")
    assert not sip.shows_as_good(blocked.card)
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")
    assert sip.shows_as_good(blocked.card)


if CHROMIUM is not None:

    @pytest.fixture(scope="module")
    def browser() -> Iterator[Browser]:
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield launched
            launched.close()

    @pytest.fixture
    def page(browser: Browser, desk: Desk) -> Iterator[Page]:
        """A window of the staff member's, who is logged in."""
        context = browser.new_context()
        for cookie in desk.session.cookies:
            context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": desk.url}])
        yield context.new_page()
        context.close()

    def show(page: Page, desk: Desk, path: str, **query: object) -> None:
        page.goto(f"{desk.url}{CGI}{path}?{urlencode(query)}", wait_until="load")

    def test_the_panel_stands_on_a_patrons_page_and_keeps_nobody_out(page: Page, desk: Desk, blocked: Blocked) -> None:
        show(page, desk, PAGES[0], borrowernumber=blocked.patron)
        panel = page.locator("#cardwarden-panel")
        panel.wait_for()
        assert "The card is blocked." in panel.inner_text()
        assert "Show photo ID." in panel.locator("ol li").first.inner_text()
        assert problems_seen(page, "#cardwarden-panel") == []
        assert reached_by_tab(page, "#cardwarden-panel")[:2] == ["cardwarden-photo-0", "cardwarden-reason-0"]

    def test_the_page_without_scripts_keeps_nobody_out(page: Page, desk: Desk, blocked: Blocked) -> None:
        show(page, desk, RUN, **PLUGIN, method=RELEASE, borrowernumber=blocked.patron)
        assert "The card is blocked." in page.locator("#cardwarden-panel").inner_text()
        assert problems_seen(page, "#cardwarden-panel") == []
        assert problems_seen(page, "#cardwarden-ask") == []

    def test_a_release_from_the_panel_by_the_keyboard(
        page: Page, desk: Desk, koha: Client, blocked: Blocked, sip: SelfCheck
    ) -> None:
        show(page, desk, PAGES[0], borrowernumber=blocked.patron)
        page.locator("#cardwarden-photo-0").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Pas set")
        page.keyboard.press("Enter")
        done = page.locator("#cardwarden-done")
        done.wait_for()
        assert done.get_attribute("role") == "status"
        assert problems_seen(page, "#cardwarden-done") == []
        assert sip.shows_as_good(blocked.card)
        (release,) = koha.facts(blocked.patron)["staff_releases"]
        assert (release["photo_id_checked"], release["reason"]) == (True, "Pas set")
        show(page, desk, PAGES[0], borrowernumber=blocked.patron)
        page.locator("#cardwarden-panel").wait_for()
        assert "the card is free" in page.locator("#cardwarden-panel").inner_text()

    def test_without_the_box_the_browser_sends_nothing(page: Page, desk: Desk, koha: Client, blocked: Blocked) -> None:
        show(page, desk, PAGES[0], borrowernumber=blocked.patron)
        page.locator("#cardwarden-panel button").click()
        assert page.evaluate("document.activeElement.id") == "cardwarden-photo-0"
        assert koha.facts(blocked.patron)["staff_releases"] == []

    def test_where_the_panel_was_left_open_the_second_release_is_refused_in_words(
        page: Page, desk: Desk, koha: Client, people: People, kinds: tuple[str, str]
    ) -> None:
        card = block(koha, people, kinds[1])
        show(page, desk, PAGES[0], borrowernumber=card.patron)
        page.locator("#cardwarden-photo-0").check()
        assert desk.release(card.patron, card.offer, photo_id="1").startswith("done")
        page.locator("#cardwarden-panel button").click()
        problem = page.locator("#cardwarden-problem")
        problem.wait_for()
        assert "not blocked by that rule any more" in problem.inner_text()
        assert problem.get_attribute("role") == "alert"
        assert problems_seen(page, "#cardwarden-problem") == []
