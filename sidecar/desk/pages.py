"""An answer as the ILS's own pages are given it: sentences in every language of its staff, and what it may release."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sidecar.core.model import UNKNOWN
from sidecar.desk.answer import Answer, Block, Offer
from sidecar.desk.digest import digest_of_values
from sidecar.desk.spoken import Spoken, lasting
from sidecar.desk.words import offer_words
from sidecar.language import _, speaking

MOST_LINES: Final = 100
"""Under one title; the plugin takes twice as many."""

_OF_NO_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)


def digest_of(answer: Answer, languages: Sequence[str]) -> str:
    """What tells two pages apart, without their words: the answer's value but for its moment and the numbers of rows,
    the languages, and the program that words it."""
    value = replace(
        answer,
        as_of=_OF_NO_MOMENT,
        blocks=tuple(map(_without_row, answer.blocks)),
        stays=tuple(replace(each, block=_without_row(each.block)) for each in answer.stays),
        lifting=tuple(replace(each, block=_without_row(each.block)) for each in answer.lifting),
    )
    return digest_of_values(tuple(languages), value)


def page_of(answer: Answer, languages: Sequence[str]) -> dict[str, object]:
    """The page, as docs/plugin-api.md has it."""
    return {
        "blocked": None if answer.blocked is UNKNOWN else answer.blocked,
        "texts": {language: _text(answer, language) for language in languages},
        "releases": [_offer(each, languages) for each in answer.offers],
    }


def _without_row(block: Block) -> Block:
    return replace(block, row="")


def _text(answer: Answer, language: str) -> dict[str, object]:
    spoken = lasting(answer, language)
    with speaking(language):
        return _in_paragraphs(spoken)


def _in_paragraphs(spoken: Spoken) -> dict[str, object]:
    return {
        "headline": spoken.headline,
        "paragraphs": [
            {
                "key": each.key,
                "title": each.title,
                "ordered": each.ordered,
                "lines": _so_many(each.lines),
                "after": each.after,
            }
            for each in spoken.paragraphs
        ],
    }


def _so_many(lines: Sequence[str]) -> list[str]:
    """A page takes so many lines and no more: a card may have hundreds of open charges."""
    if len(lines) <= MOST_LINES:
        return list(lines)
    return [*lines[: MOST_LINES - 1], _("And {number} more.", number=len(lines) - MOST_LINES + 1)]


def _offer(offer: Offer, languages: Sequence[str]) -> dict[str, object]:
    titles = {}
    for language in languages:
        with speaking(language):
            titles[language] = offer_words(offer)
    return {
        "rule": offer.rule,
        "type": offer.restriction_type,
        "photo_id": offer.photo_id,
        "reset_pin": offer.reset_pin,
        "titles": titles,
    }
