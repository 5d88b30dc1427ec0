"""The languages of a policy: those that it names, else those in which it has texts."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from babel import Locale

from sidecar.policy.file.values import Section
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import quoted

DEFAULT: Final = ("en",)


def read_languages(head: Section, root: Section) -> tuple[str, ...] | None:
    """The languages that `[policy]` names, the first for patrons with another; None if one of them is none.

    Where it names none, they are those of the file's texts, in the order in which these appear.
    """
    if not head.has("languages"):
        return _languages_of_texts(root)
    words = head.words("languages")
    if words is None:
        return None
    languages: list[str] = []
    right = True
    for index, word in enumerate(words):
        at, language = head.at("languages", index), normal_language(word)
        if not _is_language(word, at, head):
            right = False
        elif language in languages:
            head.notes.mistake(at, f"{quoted(word)} is named twice", "name it once")
            right = False
        languages.append(language)
    return tuple(languages) if right else None


def normal_language(code: str) -> str:
    """A language code as patrons' languages are compared with it: `da-DK` and `da_DK` are `da-dk`."""
    return code.replace("_", "-").lower()


def _languages_of_texts(root: Section) -> tuple[str, ...] | None:
    """Without texts it is English."""
    keys = sorted(_text_keys(root), key=lambda key: root.notes.line(key[0]))
    right = [_is_language(word, path, root) for path, word in keys]
    languages = dict.fromkeys(normal_language(word) for _, word in keys)
    return (tuple(languages) or DEFAULT) if all(right) else None


def _text_keys(root: Section) -> Iterator[tuple[KeyPath, str]]:
    """The key of every text of every rule and exception, and the language that it names."""
    for path, table in _tables_with_texts(root.data.get("rules")):
        for name in ("message", "short_message"):
            texts = table.get(name)
            for language in texts if isinstance(texts, dict) else ():
                yield (*path, name, language), language


def _tables_with_texts(rules: object) -> Iterator[tuple[KeyPath, Mapping[str, object]]]:
    for rule_id, rule in rules.items() if isinstance(rules, dict) else ():
        if not isinstance(rule, dict):
            continue
        yield ("rules", rule_id), rule
        clauses = rule.get("except")
        for index, clause in enumerate(clauses if isinstance(clauses, list) else ()):
            if isinstance(clause, dict):
                yield ("rules", rule_id, "except", index), clause


def _is_language(word: str, path: KeyPath, section: Section) -> bool:
    if normal_language(word).split("-")[0] in _known_languages():
        return True
    section.notes.mistake(path, f"{quoted(word)} is not the code of a language", _remedy(word))
    return False


@cache
def _known_languages() -> frozenset[str]:
    """Codes of the world's languages, without regions."""
    return frozenset(Locale("en").languages)


def _remedy(code: str) -> str:
    """What is probably meant by a code that is none."""
    named = [known for known, name in Locale("en").languages.items() if name.casefold() == code.casefold()]
    if named:
        return f"did you mean {named[0]}?"
    territory = Locale("en").territories.get(code.upper())
    if territory is not None:
        return f"it is the code of a country, {territory}; write a language, such as da, de, en, fi, nb or sv"
    return "write a code such as da, de, en, fi, nb or sv"
