"""The parts of a patron's facts that the plugin sends only where they are asked for: `with` and `attributes`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from adapters.standin.http.shapes import Schema
from adapters.standin.library.library import Library
from adapters.standin.library.records import Patron, six_decimals

PARTS: Final = ("address", "arose", "attributes", "expired", "guarantees", "overdue")
MAX_ATTRIBUTES: Final = 100
WITH: Final[Schema] = {"type": "array", "maxItems": len(PARTS), "items": {"type": "string", "enum": list(PARTS)}}
ATTRIBUTES: Final[Schema] = {
    "type": "array",
    "maxItems": MAX_ATTRIBUTES,
    "items": {"type": "string", "minLength": 1, "maxLength": 10},
}


class OverdueFacts(Struct, frozen=True):
    """A loan past its due day that is neither lost nor claimed to be returned."""

    item_id: int
    due: str
    item_type: str
    waited_for: bool


class GuaranteeFacts(Struct, frozen=True):
    """Somebody whom the patron answers for, and what is owed on that account."""

    patron_id: int
    category_id: str
    library_id: str
    date_of_birth: str | None
    charges: list[dict[str, Any]]
    credit: str
    attributes: list[str] | UnsetType = UNSET
    overdue: list[OverdueFacts] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    parts: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


def asked_in_query(query: Mapping[str, Any]) -> Asked:
    """As texts with commas, in an address."""
    return Asked(_words(query.get("with", "")), _words(query.get("attributes", "")))


def asked_in_body(body: Mapping[str, Any]) -> Asked:
    """As lists, in a body."""
    return Asked(frozenset(body.get("with", ())), frozenset(body.get("attributes", ())))


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split(",") if word)


def matters(library: Library, patron: Patron, asked: Asked) -> bool:
    """Whether what is asked for makes the patron matter, though nothing else does."""
    today = library.today()
    return bool(
        ("overdue" in asked.parts and overdue_of(library, patron))
        or ("address" in asked.parts and patron.address_unknown)
        or ("expired" in asked.parts and patron.expires is not None and patron.expires < today)
        or (
            "guarantees" in asked.parts
            and any(library.patrons[each].open_debits() for each in patron.guarantees if each in library.patrons)
        )
    )


def overdue_of(library: Library, patron: Patron) -> list[OverdueFacts]:
    """The loans that count as overdue, by item."""
    today = library.today()
    return [
        OverdueFacts(loan.item_id, loan.due.isoformat(), loan.item_type, loan.waited_for)
        for loan in sorted(patron.loans, key=lambda loan: loan.item_id)
        if loan.due < today and not (loan.lost or loan.claimed)
    ]


def guarantees_of(library: Library, patron: Patron, asked: Asked) -> list[GuaranteeFacts]:
    """Those whom the patron answers for, by number."""
    there = [library.patrons[each] for each in sorted(patron.guarantees) if each in library.patrons]
    return [
        GuaranteeFacts(
            each.id,
            each.category_id,
            each.library_id,
            None if each.born is None else each.born.isoformat(),
            [
                {
                    "id": line.id,
                    "type": line.type,
                    "outstanding": six_decimals(line.outstanding),
                    "arose": library.clock.local(line.came_at).date().isoformat(),
                }
                for line in each.open_debits()
            ],
            six_decimals(-sum(line.outstanding for line in each.lines if line.credit)),
            attributes_of(each, asked) if "attributes" in asked.parts else UNSET,
            overdue_of(library, each) if "overdue" in asked.parts else UNSET,
        )
        for each in there
    ]


def attributes_of(patron: Patron, asked: Asked) -> list[str]:
    """Those of the asked attributes that the patron has, with a value that is not 0."""
    return sorted(code for code in asked.attributes if patron.attributes.get(code, "") not in {"", "0"})


def etag_fields(library: Library, patron: Patron, asked: Asked) -> Iterator[str]:
    """What the etag covers besides, part by part in alphabetical order; nothing where nothing is asked for."""
    if "address" in asked.parts:
        yield str(int(patron.address_unknown))
    if "attributes" in asked.parts:
        yield ",".join(attributes_of(patron, asked))
    if "expired" in asked.parts:
        yield str(patron.expires or "")
    if "guarantees" in asked.parts:
        for each in guarantees_of(library, patron, asked):
            lines = ",".join(f"{line['id']}:{line['type']}:{line['outstanding']}" for line in each.charges)
            marks = [f"{each.patron_id}:{each.date_of_birth or ''}:{each.category_id}:{lines}:{each.credit}"]
            marks += [] if each.attributes is UNSET else [",".join(each.attributes)]
            marks += [] if each.overdue is UNSET else [",".join(map(_mark, each.overdue))]
            yield ":".join(marks)
    if "overdue" in asked.parts:
        yield from map(_mark, overdue_of(library, patron))


def _mark(loan: OverdueFacts) -> str:
    return f"{loan.item_id}:{loan.due}:{loan.item_type}:{int(loan.waited_for)}"
