"""The catalogues say every sentence of the code in Danish, German and Swedish, and nothing else."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from sidecar.language import ENGLISH, LANGUAGES
from sidecar.language.catalogues import catalogue_file, read_catalogue
from sidecar.language.extraction import SOURCE, TRANSLATED, as_text, brought_up_to_date, extracted

SAYING = {"_", "gettext_noop", "ngettext"}


def forms(value: object) -> tuple[str, ...]:
    """A sentence, or its singular and plural."""
    if isinstance(value, str):
        return (value,)
    assert isinstance(value, list | tuple)
    return tuple(value)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each form of a sentence with the translation of it."""
    yield from zip(forms(message.id), forms(message.string), strict=True)


def placeholders(sentence: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}


@pytest.fixture(scope="module")
def said() -> set[tuple[str, ...]]:
    """Every sentence that the code says."""
    return {forms(message.id) for message in extracted() if message.id}


@pytest.fixture(params=TRANSLATED)
def messages(request: pytest.FixtureRequest) -> list[Message]:
    return [message for message in read_catalogue(request.param) if message.id]


def test_every_language_but_english_has_a_catalogue() -> None:
    assert {*TRANSLATED, ENGLISH} == set(LANGUAGES)
    assert all(catalogue_file(language).is_file() for language in TRANSLATED)


def test_no_sentence_is_missing_and_none_is_left_over(messages: list[Message], said: set[tuple[str, ...]]) -> None:
    assert {forms(message.id) for message in messages} == said
    assert [message.id for message in messages if not message.string or not all(forms(message.string))] == []


def test_no_translation_is_a_guess(messages: list[Message]) -> None:
    assert [message.id for message in messages if message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_obsolete_is_kept(language: str) -> None:
    assert not read_catalogue(language).obsolete


def test_a_translation_has_the_placeholders_of_its_sentence(messages: list[Message]) -> None:
    """In each form: what is filled in is neither lost nor asked for in vain."""
    wrong = [
        (one, other) for each in messages for one, other in pairs(each) if placeholders(one) != placeholders(other)
    ]
    assert wrong == []


def test_every_number_has_its_form(messages: list[Message]) -> None:
    assert [message.id for message in messages if len(forms(message.string)) != len(forms(message.id))] == []


def test_commands_settings_and_the_end_of_a_sentence_stay_as_they_are(messages: list[Message]) -> None:
    def kept(sentence: str) -> tuple[object, ...]:
        return re.findall(r"`[^`]*`", sentence), sentence[-1] in ".:", sentence == sentence.strip()

    assert [(one, other) for each in messages for one, other in pairs(each) if kept(one) != kept(other)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_as_make_catalogues_writes_it(language: str) -> None:
    """So that nothing in it depends on the day, the machine or a line number."""
    assert catalogue_file(language).read_text(encoding="utf-8") == as_text(brought_up_to_date(language))


def marked(file: Path) -> Iterator[tuple[str, ...]]:
    """The sentences that a file of code says or marks, found without Babel."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            words = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            assert node.func.id != "ngettext" or len(words) == 2, f"{file}:{node.lineno}: both forms stand in the call"
            if words:
                yield tuple(words)


def test_the_extraction_overlooks_nothing_that_the_code_marks(said: set[tuple[str, ...]]) -> None:
    found = {words for file in SOURCE.rglob("*.py") for words in marked(file)}
    assert len(found) > 500
    assert found <= said
