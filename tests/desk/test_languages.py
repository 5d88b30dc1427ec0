"""The answer as it is read aloud in each language."""

import re

import pytest

from sidecar.desk import spoken
from sidecar.language import ENGLISH, LANGUAGES

from .situations import DEBT_MONEY_AND_STAFF, HELD, PAID, SITUATIONS, Situation

TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("at", SITUATIONS, ids=lambda at: at.name)
def test_every_language_says_what_english_says_line_by_line_and_nothing_in_english(
    at: Situation, language: str
) -> None:
    answer = at.answer()
    english, other = spoken(answer, ENGLISH), spoken(answer, language)
    assert [(each.key, each.ordered, len(each.lines)) for each in other.paragraphs] == [
        (each.key, each.ordered, len(each.lines)) for each in english.paragraphs
    ]
    lines = {english.headline, *(line for each in english.paragraphs for line in (each.title, *each.lines, each.after))}
    said = {other.headline, *(line for each in other.paragraphs for line in (each.title, *each.lines, each.after))}
    assert lines & said <= {""}
    assert f'<div lang="{language}">' in other.as_html()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("at", SITUATIONS, ids=lambda at: at.name)
def test_an_answer_can_be_read_aloud(at: Situation, language: str) -> None:
    """No placeholder is left, no sentence ends twice, and every line is a sentence."""
    said = spoken(at.answer(), language)
    for line in (said.headline, *(line for each in said.paragraphs for line in each.lines)):
        assert not re.search(r"[{}]|\.\.|  | [,.;:]", line), line
        assert line.endswith("."), line


@pytest.mark.parametrize(
    ("at", "language", "sentences"),
    [
        (
            DEBT_MONEY_AND_STAFF,
            "da",
            [
                "Kortet har været spærret siden den 12. okt. 2026 kl. 10.00.",
                "- Gæld (reglen debt), 239,00 kr. talt med, 312,00 kr., da det blev spærret, siden den 4. nov. 2026",
                "1. Betal alt udestående: 239,00 kr., heraf 124,00 kr. i gebyrer og 115,00 kr. i erstatninger.",
                "2. For PIN-spærringen: Vis gyldigt billed-ID i skranken. Personalet ophæver derefter spærringen.",
                "En spærring, som personalet satte den 12. okt. 2026 (MANUAL): kun personalet kan ophæve den.",
                "- Udestående i alt: 239,00 kr.\n",
            ],
        ),
        (
            DEBT_MONEY_AND_STAFF,
            "de",
            [
                "Der Ausweis ist seit dem 12.10.2026, 10:00 Uhr gesperrt.",
                "1. Bezahlen Sie alles, was offen ist: 239,00 DKK, davon 124,00 DKK für Gebühren und 115,00 DKK für ",
                "2. Zur PIN-Sperre: Legen Sie am Schalter einen gültigen Lichtbildausweis vor.",
                "Die letzte Zahlung wurde am 20.11.2026 um 14:02 Uhr registriert.",
            ],
        ),
        (
            DEBT_MONEY_AND_STAFF,
            "sv",
            [
                "Kortet är spärrat sedan den 12 okt. 2026 kl. 10:00.",
                "1. Betala hela skulden: 239,00 Dkr, varav 124,00 Dkr i avgifter och 115,00 Dkr i ersättningar.",
                "2. För PIN-spärren: visa giltig fotolegitimation i informationsdisken.",
            ],
        ),
        (PAID, "da", ["Kortet er stadig spærret, men er frit inden for et minut.", "betalt fuldt ud kl. 02.55"]),
        (PAID, "de", ["Der Ausweis ist noch gesperrt, wird aber innerhalb einer Minute frei."]),
        (PAID, "sv", ["Kortet är fortfarande spärrat, men är fritt inom en minut."]),
        (
            HELD,
            "da",
            ["ville spærre, men er holdt tilbage af bremsen på nye spærringer, indtil nogen godkender det."],
        ),
    ],
)
def test_it_is_said_as_a_librarian_says_it(at: Situation, language: str, sentences: list[str]) -> None:
    text = spoken(at.answer(), language).as_text()
    for sentence in sentences:
        assert sentence in text, text
