"""The panel and the page at the desk in a real browser, without a Koha: what is shown, sent, and can be used by all."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.plugin.seen import ARGUMENTS, problems_seen, reached_by_tab

DOUBLE: Final = Path(__file__).parent / "double"
PLUGIN: Final = Path(__file__).parents[2] / "adapters" / "koha" / "plugin"
FILES: Final = PLUGIN / "Koha/Plugin/Dk/Cardwarden/desk"
CHROMIUM: Final = shutil.which("chromium")
KOHA: Final = "http://koha.invalid"
CIRCULATION: Final = f"{KOHA}/cgi-bin/koha/circ/circulation.pl"
OFFER: Final = {
    "rule": "pin", "type": "CW_PIN", "photo_id": True, "reset_pin": True,
    "titles": {"en": "wrong PINs", "da": "forkerte pinkoder"},
}  # fmt: skip
PARTS: Final = [
    {"key": "blocks", "title": "What blocks it", "ordered": False, "lines": ["Debt <b>of</b> 239.00 kr.", "Wrong PINs"],
     "after": ""},
    {"key": "steps", "title": "What to do", "ordered": True, "lines": ["Pay 239.00 kr.", "Show photo ID."],
     "after": "Then the card is free."},
    {"key": "one", "title": "", "ordered": False, "lines": ["Only one line."], "after": ""},
]  # fmt: skip
KNOWN: Final[dict[str, Any]] = {
    "language": "en",
    "patron": {"rows": [{"id": 1, "type": "CW_PIN", "in_force": 1}, {"id": 2, "type": "CW_DEBT", "in_force": 1}]},
    "answer": {
        "blocked": True,
        "texts": {"en": {"headline": "The card is blocked.", "paragraphs": PARTS},
                  "da": {"headline": "Kortet er blokeret.", "paragraphs": []}},
        "releases": [OFFER, OFFER | {"rule": "debt", "type": "CW_DEBT", "photo_id": False, "titles": {"en": "debt"}}],
    },
    "as_of": 1, "now": 5, "types": {"CW_PIN": 1, "CW_DEBT": 1}, "may_release": 1, "paused": 0,
}  # fmt: skip
OLD: Final = KNOWN | {"now": 1 + 2 * 86_400}
SHOWN: Final = [
    pytest.param(KNOWN, id="blocked"),
    pytest.param(KNOWN | {"language": "da"}, id="in Danish"),
    pytest.param(KNOWN | {"language": "fi"}, id="in a language that is not spoken"),
    pytest.param(OLD, id="old"),
    pytest.param(KNOWN | {"paused": 1}, id="paused"),
    pytest.param(KNOWN | {"may_release": 0}, id="without the permission"),
    pytest.param(KNOWN | {"answer": None}, id="without an answer"),
    pytest.param(KNOWN | {"answer": None, "patron": {"rows": []}}, id="free"),
    pytest.param(KNOWN | {"answer": {"released": {"at": 4, "titles": {"en": "debt"}}, "releases": []}}, id="released"),
    pytest.param(KNOWN | {"page": {"problem": "Tick the box.", "changing": 1}}, id="refused"),
    pytest.param(KNOWN | {"page": {"done": 1}}, id="done"),
]


def perl(what: str, known: dict[str, Any]) -> str:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "PERL5LIB": f"{DOUBLE / 'lib'}:{PLUGIN}",
        "DOUBLE_PLUGIN": str(PLUGIN),
        "DOUBLE_INCLUDES": str(DOUBLE / "inc"),
    }
    done = subprocess.run(
        ["perl", str(DOUBLE / "desk_page.pl"), what],
        input=json.dumps(known).encode(), env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


if (
    CHROMIUM is not None
    and subprocess.run(["perl", "-MTemplate", "-e1"], capture_output=True, check=False).returncode == 0
):

    @pytest.fixture(scope="module")
    def browser() -> Iterator[Browser]:
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield launched
            launched.close()

    class Koha:
        """Answers what a patron's page asks for, under a policy that allows no script within pages."""

        def __init__(self, browser: Browser) -> None:
            self.page = browser.new_page()
            self.asked: list[str] = []
            self.sent: list[dict[str, list[str]]] = []
            self.complaints: list[str] = []
            self.body, self.status = "{}", 200
            self.html = ""
            self.lang = "en"
            self.page.route("**/*", self._answer)
            self.page.on("console", lambda message: self.complaints.append(message.text))
            self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

        def show(self, known: dict[str, Any]) -> Page:
            """A patron's page with the panel."""
            view = json.loads(perl("view", known))
            self.body = json.dumps(view | {"csrf_token": "a token"})
            self.lang = known["language"]
            return self.open(f"{CIRCULATION}?borrowernumber=7")

        def open(self, url: str) -> Page:
            self.page.goto(url)
            self.page.wait_for_load_state("networkidle")
            return self.page

        def _answer(self, route: Route) -> None:
            request = route.request
            self.asked.append(request.url)
            if request.method == "POST":
                self.sent.append(parse_qs(request.post_data or "", keep_blank_values=True))
            name = request.url.split("?")[0].rsplit("/", 1)[1]
            headers = {"Content-Security-Policy": "default-src 'self'; form-action 'self'"}
            if name in {"panel.js", "panel.css"}:
                kind = "text/css" if name.endswith("css") else "text/javascript"
                route.fulfill(body=(FILES / name).read_text(), content_type=kind)
            elif name == "desk":
                route.fulfill(body=self.body, status=self.status, content_type="application/json")
            else:
                route.fulfill(body=self.html or self._page(), content_type="text/html; charset=utf-8", headers=headers)

        def _page(self) -> str:
            script = '<script src="/api/v1/contrib/cardwarden/static/desk/panel.js" defer></script>'
            return (
                f'<!DOCTYPE html><html lang="{self.lang}"><head><title>Koha</title></head><body><main>'
                '<form><label>Card <input name="borrowernumber" type="hidden" value="8"></label></form>'
                f'<label for="plugins_cardwarden_release"></label></main>{script}</body></html>'
            )

    @pytest.fixture
    def koha(browser: Browser) -> Iterator[Koha]:
        one = Koha(browser)
        yield one
        one.page.close()

    @pytest.mark.parametrize("known", SHOWN)
    def test_nothing_keeps_anybody_from_using_the_panel(koha: Koha, known: dict[str, Any]) -> None:
        page = koha.show(known)
        assert problems_seen(page, "#cardwarden-panel") == []
        assert reached_by_tab(page, "#cardwarden-panel") is not None
        assert koha.complaints == []

    @pytest.mark.parametrize("known", SHOWN)
    def test_nothing_keeps_anybody_from_using_the_page(koha: Koha, known: dict[str, Any]) -> None:
        koha.html = perl("page", known).split("\r\n\r\n", 1)[1]
        page = koha.open(f"{KOHA}/cgi-bin/koha/plugins/run.pl")
        assert problems_seen(page, "main") == []
        assert reached_by_tab(page, "main")[-2:] == [
            "cardwarden-patron",
            page.locator("#cardwarden-ask button").inner_text(),
        ]
        assert page.locator("h1").count() == 1
        assert koha.complaints == []

    def test_the_panel_and_the_page_say_the_same(koha: Koha) -> None:
        panel = koha.show(OLD).locator("#cardwarden-panel")
        said = [part.inner_text() for part in panel.locator("p:not(:has(a)), li, h3, legend").all()]
        koha.html = perl("page", OLD).split("\r\n\r\n", 1)[1]
        page = koha.open(f"{KOHA}/cgi-bin/koha/plugins/run.pl").locator("#cardwarden-panel")
        assert [part.inner_text() for part in page.locator("p:not(:has(a)), li, h2, legend").all()] == said
        assert "Debt <b>of</b> 239.00 kr." in said, "text is text"
        assert any("2 days ago" in line for line in said)
        for place in (page, koha.page.locator("main")):
            assert place.locator('[role="alert"]').count() == 1

    def test_a_release_is_sent_with_the_keyboard_alone_and_not_without_the_box(koha: Koha) -> None:
        page = koha.show(KNOWN)
        page.locator("#cardwarden-reason-0").focus()
        page.keyboard.press("Enter")
        assert koha.sent == [], "the box must be ticked"
        assert page.evaluate("document.activeElement.id") == "cardwarden-photo-0"
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Pas set, æøå")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/plugins/run.pl")
        assert koha.sent == [
            {
                "class": ["Koha::Plugin::Dk::Cardwarden"], "method": ["cardwarden_release"], "op": ["cud-release"],
                "csrf_token": ["a token"], "borrowernumber": ["7"], "rule": ["pin"], "type": ["CW_PIN"],
                "photo_id": ["1"], "reason": ["Pas set, æøå"],
            }
        ]  # fmt: skip

    def test_the_answer_is_marked_with_the_language_that_it_is_in(koha: Koha) -> None:
        page = koha.show(KNOWN | {"language": "da-DK"})
        panel = page.locator("#cardwarden-panel")
        assert panel.get_attribute("lang") == "da"
        assert "Kortet er blokeret." in panel.inner_text()
        assert koha.asked[-1].endswith("/desk?patron_id=7&lang=da-DK")

    def test_a_patron_is_found_without_the_address(koha: Koha) -> None:
        koha.show(KNOWN)
        koha.open(CIRCULATION)
        assert koha.asked[-1].endswith("/desk?patron_id=8&lang=en")

    @pytest.mark.parametrize("page", ["mainpage.pl", "members/members-home.pl", "circ/circulation-home.pl"])
    def test_other_pages_ask_nothing(koha: Koha, page: str) -> None:
        opened = koha.open(f"{KOHA}/cgi-bin/koha/{page}?borrowernumber=7")
        assert not any("/desk?" in url for url in koha.asked)
        assert opened.locator("#cardwarden-panel").count() == 0

    def test_a_refusal_is_said_and_a_session_that_is_over_is_not(koha: Koha) -> None:
        koha.body, koha.status = json.dumps({"error": "You may not see <i>that</i>."}), 403
        panel = koha.open(f"{CIRCULATION}?borrowernumber=7").locator("#cardwarden-panel")
        assert panel.inner_text() == "You may not see <i>that</i>."
        assert panel.get_attribute("role") == "status"
        koha.status = 401
        assert koha.open(f"{CIRCULATION}?borrowernumber=7").locator("#cardwarden-panel").count() == 0
        koha.body, koha.status = "no JSON", 500
        assert (
            "could not be read"
            in koha.open(f"{CIRCULATION}?borrowernumber=7").locator("#cardwarden-panel").inner_text()
        )

    def test_koha_s_page_of_permissions_names_ours(koha: Koha) -> None:
        page = koha.open(f"{KOHA}/cgi-bin/koha/members/member-flags.pl?member=7")
        assert "cardwarden_release" in page.locator("label[for]").inner_text()
