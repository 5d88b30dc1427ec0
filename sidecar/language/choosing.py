"""Which language somebody is spoken to in."""

from collections.abc import Iterable, Mapping
from typing import Final

from sidecar.language.speaking import ENGLISH, LANGUAGES

_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which gettext asks them."""

_NO_LANGUAGE: Final = frozenset({"", "C", "POSIX"})


def language_of_environment(environment: Mapping[str, str]) -> str | None:
    """The language that the environment asks for, if there is a catalogue for it."""
    for name in _VARIABLES:
        wanted = [_plain(word) for word in environment.get(name, "").split(":")]
        named = [word for word in wanted if word not in _NO_LANGUAGE]
        if named:
            return _first_known(named)
    return None


def language_of_request(accepted: str) -> str | None:
    """The language that a browser likes best (its `Accept-Language`) among those that there is a catalogue for."""
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(","):
        word, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > 0:
            wanted.append((weight, word.strip()))
    return _first_known(word for _, word in sorted(wanted, key=lambda each: -each[0]))


def language_to_speak(
    asked: str | None, environment: Mapping[str, str], settings: str | None, policy_languages: Iterable[str]
) -> str:
    """What was asked for, else what the environment says, else the settings, else the policy's first language, else
    English."""
    first = next(iter(policy_languages), ENGLISH)
    return asked or language_of_environment(environment) or settings or _first_known([first]) or ENGLISH


def languages_of_ils(staff_languages: str) -> tuple[str, ...]:
    """Of the languages in which an ILS speaks to its staff (Koha's preference `language`, as `da-DK,en`) those that are
    spoken here. English is always among them: it is read where a staff member's own is not."""
    asked = [_first_known([_plain(word.strip())]) for word in staff_languages.split(",")]
    return tuple(dict.fromkeys([ENGLISH, *(code for code in asked if code is not None)]))


def _plain(word: str) -> str:
    return word.split(".", maxsplit=1)[0].split("@", maxsplit=1)[0]


def _first_known(words: Iterable[str]) -> str | None:
    codes = (word.replace("-", "_").split("_")[0].lower() for word in words)
    return next((code for code in codes if code in LANGUAGES), None)
