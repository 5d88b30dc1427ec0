"""The page: whole in itself, escaped, and built so that it can be read by everybody."""

from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from sidecar.cycle.findings import Findings
from sidecar.policy.explain import policy_in_words
from sidecar.ports import DayTotal, Mode
from sidecar.report import NOTHING_BESIDE, Beside, write_report

from .build import DAY, NOW, POLICY, World, facts, fee, head_line, library, without_plugin

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Tags in their nesting with the attributes that give structure, and the text of headings."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = [
            f'{name}="{value}"' for name, value in attrs if name in {"id", "class", "scope", "role", "aria-labelledby"}
        ]
        self.lines.append("  " * len(self.open) + " ".join([tag, *kept]))
        self.attributes += attrs
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} is not nested well"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"h1", "h2", "caption", "th", "code"} and data.strip():
            self.lines.append("  " * len(self.open) + repr(data.strip()))


def page_of(findings: Findings, folder: Path, *, show_names: bool = False, beside: Beside = NOTHING_BESIDE) -> str:
    paths = {path.name: path for path in write_report(findings, folder, show_names=show_names, beside=beside)}
    return paths["report.html"].read_text(encoding="utf-8")


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    parser.close()
    assert not parser.open
    return parser


def test_the_structure_of_a_dry_run(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(outline(page_of(library().findings(), tmp_path)).lines) == snapshot


@pytest.mark.parametrize("world", [library, without_plugin, World])
def test_nothing_is_loaded_from_elsewhere(world, tmp_path: Path) -> None:
    found = outline(page_of(world().findings(), tmp_path))
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name in {"src", "srcset"} or name.startswith("on")]
    assert all(value.startswith("#") for name, value in found.attributes if name == "href" and value is not None)


def test_patrons_are_linked_to_their_page_for_staff_where_its_address_is_known(tmp_path: Path) -> None:
    world = World([facts("47 11/2", charges=(fee("300.00"),))])
    beside = Beside(patron_page="https://staff.example.org/member?borrowernumber={patron}")
    text = page_of(world.findings(), tmp_path, beside=beside)
    assert 'href="https://staff.example.org/member?borrowernumber=47%2011%2F2"' in text
    assert "staff.example.org" not in page_of(world.findings(), tmp_path)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("world", [library, without_plugin, World])
def test_every_link_leads_somewhere(world, mode: Mode, tmp_path: Path) -> None:
    made = world()
    made.mode = mode if made.writable else Mode.DRY_RUN
    found = outline(page_of(made.findings(), tmp_path))
    ids = {value for name, value in found.attributes if name == "id"}
    links = [value.removeprefix("#") for name, value in found.attributes if name == "href" and value is not None]
    assert set(links) <= ids


def test_the_patrons_behind_the_numbers_are_listed_with_what_they_owe(tmp_path: Path) -> None:
    text = " ".join(page_of(library().findings(), tmp_path).split())
    assert '<ul class="people" id="rule-debt-blocked"> <li>4714 <span>349.00 DKK</span></li>' in text
    assert '<a href="#rule-debt-blocked">3</a>' in text


def test_the_page_begins_with_the_answer_and_with_before_and_after(tmp_path: Path) -> None:
    lines = outline(page_of(library().findings(), tmp_path)).lines
    heading = lines.index("      h1")
    assert lines[heading + 1].strip() == repr(head_line(library().findings()))
    text = page_of(library().findings(), tmp_path)
    assert text.index("With all changes") < text.index("<main>")


def test_overrides_are_listed_with_their_age(tmp_path: Path) -> None:
    text = " ".join(page_of(library().findings(), tmp_path).split())
    assert "Lifted by staff, and left so (2)" in text
    assert "The oldest has been so for 20 days." in text


def test_the_policy_is_there_in_plain_words(tmp_path: Path) -> None:
    text = page_of(library().findings(), tmp_path)
    assert "The policy in plain words" in text
    for sentence in policy_in_words(POLICY, NOW.date())[1][1]:
        assert escape(sentence) in text


def test_the_last_days_are_drawn_and_unknown_ones_left_free(tmp_path: Path) -> None:
    world = library()
    world.more |= {"days": tuple(DayTotal(NOW.date() - DAY * ago, 10 * ago, 0) for ago in (1, 2, 89, 95))}
    text = page_of(world.findings(), tmp_path)
    assert "Between 7 and 890, at the end of each day&#39;s last full cycle. Of 4 days it is known." in text
    assert text.count('<rect class="bar" x=') == 4


def test_of_one_day_nothing_is_drawn(tmp_path: Path) -> None:
    assert 'class="days"' not in page_of(library().findings(), tmp_path)


def test_gates_and_where_they_are_asked_are_named(tmp_path: Path) -> None:
    text = page_of(library().findings(), tmp_path, beside=Beside(gates=("Gate doors: ask `cardwarden verify`.",)))
    assert "<p>Gate doors: ask <code>cardwarden verify</code>.</p>" in text


def test_a_long_list_is_folded_together(tmp_path: Path) -> None:
    many = World([facts(str(number), charges=(fee("300.00"),)) for number in range(1, 144)])
    assert "<summary>123 more</summary>" in page_of(many.findings(), tmp_path)


@pytest.mark.parametrize("world", [library, without_plugin, World])
def test_tables_have_captions_headings_and_a_name_for_each_row(world, tmp_path: Path) -> None:
    found = outline(page_of(world().findings(), tmp_path))
    assert found.tags.count("table") == found.tags.count("caption") == found.tags.count("thead")
    rows = found.tags.count("tr") - found.tags.count("table")
    assert [value for name, value in found.attributes if name == "scope"].count("row") == rows


def test_there_is_one_main_heading_and_no_id_twice(tmp_path: Path) -> None:
    found = outline(page_of(library().findings(), tmp_path))
    assert found.tags.count("h1") == 1
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_what_patrons_are_called_cannot_become_markup(tmp_path: Path) -> None:
    world = World([facts("1", name="<script>alert(1)</script> `x`", charges=(fee("300.00", charge_type="<b>"),))])
    text = page_of(world.findings(), tmp_path, show_names=True)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "<b>" not in text


def test_commands_in_sentences_are_set_as_code(tmp_path: Path) -> None:
    assert "<code>cardwarden retire</code>" in page_of(library().findings(), tmp_path)


def test_it_follows_the_readers_wish_for_dark_or_light_and_prints(tmp_path: Path) -> None:
    text = page_of(library().findings(), tmp_path)
    for needed in ("prefers-color-scheme: dark", "@media print", 'name="viewport"', 'lang="en"', "default-src 'none'"):
        assert needed in text
