"""The report, the explanation and the verification in the language that is spoken; what machines read stays."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from sidecar.language import ENGLISH, LANGUAGES, speaking
from sidecar.report import report_json, write_report
from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.sections import Page
from sidecar.report.pages.view import View

from .build import library, without_plugin

TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]
SAME_EVERYWHERE = {"Journal", "Plan", "Sum", "Sum DKK", "Text", "Type"}
"""Words that some languages write as English does."""


def words(page: Page) -> set[str]:
    """Titles, sentences and headings of a page."""
    said = {page.title, page.result, page.next_step, *page.head, *(name for name, _ in page.heading)}
    for section in page.sections:
        said |= {section.title, section.lead, *section.sentences}
        said |= set() if section.table is None else {column.heading for column in section.table.columns}
    return said - {""}


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("world", [library, without_plugin])
def test_nothing_of_the_page_stays_english_but_what_koha_and_the_administrator_are_told(
    world: Any, language: str
) -> None:
    findings = world().findings()
    english = words(make_page(findings, View(show_names=False)))
    with speaking(language):
        page = make_page(findings, View(show_names=False))
    assert words(page) & english <= SAME_EVERYWHERE | set(findings.warnings) | set(findings.gaps)


def keys(value: Any) -> Any:
    """The shape of a document: its keys, and the values that are no sentences."""
    if isinstance(value, dict):
        return {key: keys(each) for key, each in value.items() if key not in {"sentence", "next", "head"}}
    return [keys(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("language", TRANSLATED)
def test_json_has_the_same_keys_and_values_and_other_sentences(language: str) -> None:
    findings = library().findings()
    english = json.loads(report_json(findings, show_names=False))
    with speaking(language):
        other = json.loads(report_json(findings, show_names=False))
    assert keys(other) == keys(english)
    assert other["result"]["sentence"] != english["result"]["sentence"]


def test_files_are_written_in_the_language_and_lists_keep_their_codes_and_days(tmp_path: Path) -> None:
    findings = library().findings()
    with speaking("da"):
        written = {
            path.name: path.read_text(encoding="utf-8-sig")
            for path in write_report(findings, tmp_path, show_names=False)
        }
    assert '<html lang="da">' in written["report.html"]
    assert "Lavet af Cardwarden" in written["report.html"]
    assert "Resultat: " in written["report.txt"]
    changes = list(csv.DictReader(written["changes.csv"].splitlines()))
    assert {"låner", "ændring", "regel", "forklaring"} <= changes[0].keys()
    assert {each["ændring"] for each in changes} <= {"add", "remove", "amend", "reset_pin"}
    (told, *_) = csv.DictReader(written["announcements.csv"].splitlines())
    assert told["spærrer_den"] == "" or told["spærrer_den"].startswith("2026-")
    assert told["ny"] in {"ja", "nej"}


@pytest.mark.parametrize(
    ("language", "result"),
    [
        ("da", "ændringer venter; intet blev skrevet, da dette var en prøvekørsel."),
        ("de", "Änderungen stehen an; es wurde nichts geschrieben, da dies ein Probelauf war."),
        ("sv", "ändringar väntar; ingenting skrevs, eftersom detta var en provkörning."),
    ],
)
def test_the_result_is_a_sentence_of_its_language(language: str, result: str) -> None:
    with speaking(language):
        assert result in make_page(library().findings(), View(show_names=False)).result
