"""The page: whole in itself, escaped, and built so that it can be read by everybody."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from sidecar.cycle.findings import Findings
from sidecar.report import write_report

from .build import World, facts, fee, library, without_plugin

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


def page_of(findings: Findings, folder: Path, *, show_names: bool = False) -> str:
    paths = {path.name: path for path in write_report(findings, folder, show_names=show_names)}
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
    assert not [name for name, _ in found.attributes if name in {"src", "href", "onclick", "onload"}]


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
