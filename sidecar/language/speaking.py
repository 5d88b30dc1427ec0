"""In which language is spoken, and the sentences in it. Each thread and task has its own; English unless told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final

from sidecar.language.catalogues import translations


class Language(StrEnum):
    """The languages that everything can be said in."""

    DANISH = "da"
    ENGLISH = "en"
    GERMAN = "de"
    SWEDISH = "sv"


ENGLISH: Final = Language.ENGLISH.value
LANGUAGES: Final = tuple(language.value for language in Language)

_present: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language, one of `LANGUAGES`, until the context ends."""
    if language not in LANGUAGES:
        raise ValueError(f"there is no catalogue for {language!r}")
    token = _present.set(language)
    try:
        yield
    finally:
        _present.reset(token)


def present() -> str:
    """The language that is spoken now."""
    return _present.get()


def _(message: str, /, **values: object) -> str:
    """The sentence in the present language, with its placeholders filled in."""
    return _filled(translations(present()).gettext(message), values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The sentence for this number of things, which is its `{number}`."""
    return _filled(translations(present()).ngettext(one, many, number), {"number": number, **values})


def full_stop(sentence: str) -> str:
    """The sentence with its full stop; one that ends in `225,00 kr.` has it already."""
    return sentence if sentence.endswith(".") else f"{sentence}."


def _filled(message: str, values: Mapping[str, object]) -> str:
    text = message.format(**values)
    return full_stop(text.removesuffix(".")) if message.endswith("}.") else text


def gettext_noop(message: str) -> str:
    """Marks a sentence that is said later, by `_`."""
    return message
