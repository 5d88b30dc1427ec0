"""The plugin's routes that read patrons: `GET /patrons` and `POST /patrons`, as docs/plugin-api.md has them."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from adapters.standin.http.answers import Flaw, answer, invalid
from adapters.standin.http.operations import Call, Permissions
from adapters.standin.http.shapes import Schema
from adapters.standin.library.library import Library
from adapters.standin.library.records import Patron, six_decimals
from adapters.standin.plugin.contacts import ContactFacts, contact_of
from adapters.standin.plugin.parts import (
    ATTRIBUTES,
    WITH,
    Asked,
    GuaranteeFacts,
    OverdueFacts,
    asked_in_body,
    asked_in_query,
    attributes_of,
    etag_fields,
    guarantees_of,
    matters,
    overdue_of,
)

NAMESPACE: Final = "/api/v1/contrib/cardwarden"
MAX_PAGE: Final = 10_000
DEFAULT_PAGE: Final = 500
MAX_ITEMS: Final = 500
BEFORE_PAGES: Final = 2
"""The last version of the contract in which staff have no pages of the plugin's."""

ANY_LIBRARY: Final[Permissions] = {"borrowers": "view_borrower_infos_from_any_libraries"}
"""The plugin's controllers ask for this themselves: bulk SQL passes by Koha's library limits."""
GREATEST: Final = 2_147_483_647
_SWITCH: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 1}
PAGE_QUERY: Final[dict[str, Schema]] = {
    "after": {"type": "integer", "minimum": 0, "maximum": GREATEST},
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
    "everyone": _SWITCH,
    "changed_since": {"type": "integer", "minimum": 0, "maximum": GREATEST},
    "names": _SWITCH,
    "with": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[a-z]+(,[a-z]+)*$"},
    "attributes": {
        "type": "string",
        "minLength": 1,
        "maxLength": 1099,
        "pattern": "^[^,]{1,10}(,[^,]{1,10}){0,99}$",
    },
}
PATRON_ID: Final[Schema] = {"type": "integer", "minimum": 1}
LOOKUP_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "patron_ids": {"type": "array", "maxItems": MAX_ITEMS, "items": PATRON_ID},
        "cardnumber": {"type": "string", "minLength": 1, "maxLength": 32},
        "names": {"type": "boolean"},
        "with": WITH,
        "attributes": ATTRIBUTES,
        "contact": {"type": "boolean"},
    },
}


class ChargeFacts(Struct, frozen=True):
    """A debit line with something outstanding."""

    id: int
    type: str
    status: str | None
    outstanding: str
    date: str
    item_id: int | None
    arose: str | UnsetType = UNSET


class RestrictionFacts(Struct, frozen=True):
    """A restriction row, in force or not."""

    id: int
    type: str
    comment: str
    expiration: date | None
    created: int
    ours: bool


class ReleaseFacts(Struct, frozen=True):
    """A block that staff released on the patron's page, and that the sidecar has not taken yet."""

    id: int
    type: str
    rule: str
    staff_id: int
    photo_id_checked: bool
    reason: str
    at: int
    rows: tuple[int, ...]


class NoticeFacts(Struct, frozen=True):
    """A letter that the sidecar asked for, and what became of it."""

    key: str
    code: str
    queued_at: int
    status: str
    at: int


class PatronFacts(Struct, frozen=True):
    """One patron as the plugin sends it. With a hidden patron all but the number and the library is null."""

    patron_id: int
    library_id: str
    etag: str | None = None
    category_id: str | None = None
    date_of_birth: date | None = None
    lang: str | None = None
    expiry_date: date | None = None
    card_lost: bool | None = None
    login_attempts: int | None = None
    charges: list[ChargeFacts] | None = None
    credit: str | None = None
    settled_at: int | None = None
    paid_at: int | None = None
    restrictions: list[RestrictionFacts] | None = None
    debarred: date | None = None
    flag_matches: bool | None = None
    staff_releases: list[ReleaseFacts] | UnsetType | None = UNSET
    cardnumber: str | UnsetType | None = UNSET
    surname: str | UnsetType | None = UNSET
    firstname: str | UnsetType | None = UNSET
    overdue: list[OverdueFacts] | UnsetType | None = UNSET
    attributes: list[str] | UnsetType | None = UNSET
    address_unknown: bool | UnsetType | None = UNSET
    guarantees: list[GuaranteeFacts] | UnsetType | None = UNSET
    contact: ContactFacts | UnsetType = UNSET
    notices: list[NoticeFacts] | UnsetType = UNSET
    money_at: int | UnsetType | None = UNSET


def page(call: Call) -> Response:
    """A keyset page of patrons: those who can matter, those who moved since a moment, or everyone."""
    library, query = call.library, call.query
    limit, asked = query.get("limit", DEFAULT_PAGE), asked_in_query(query)
    candidates = library.ascending(query.get("after", 0))
    if "changed_since" in query:
        since = query["changed_since"]
        candidates = (patron for patron in candidates if patron.moved_at >= since)
    elif not query.get("everyone"):
        released = {release.patron_id for release in library.releases if not release.taken}
        candidates = (
            patron
            for patron in candidates
            if patron.can_matter() or patron.id in released or matters(library, patron, asked)
        )
    patrons = list(islice(candidates, limit))
    full = len(patrons) == limit
    return _facts_of(
        library, patrons, names=bool(query.get("names")), asked=asked, next_after=patrons[-1].id if full else None
    )


def look_up(call: Call) -> Response:
    """Patrons by number, or the one of a card number."""
    library, body = call.library, call.body
    if ("patron_ids" in body) == ("cardnumber" in body):
        raise invalid([Flaw("/body", "Give either patron_ids or cardnumber.")])
    if "cardnumber" in body:
        holder = library.by_card_number(body["cardnumber"])
        patrons = [] if holder is None else [holder]
    else:
        patrons = [library.patrons[number] for number in sorted(set(body["patron_ids"])) if number in library.patrons]
    contact, asked = bool(body.get("contact")) and library.contract > BEFORE_PAGES, asked_in_body(body)
    return _facts_of(library, patrons, names=bool(body.get("names")), asked=asked, contact=contact)


def _facts_of(
    library: Library,
    patrons: Iterable[Patron],
    *,
    names: bool,
    asked: Asked,
    contact: bool = False,
    next_after: int | UnsetType | None = UNSET,
) -> Response:
    facts = msgspec.Raw(b"[" + b",".join(_encoded(library, patrons, names=names, asked=asked, contact=contact)) + b"]")
    body: dict[str, object] = {"as_of": library.now(), "patrons": facts}
    if next_after is not UNSET:
        body["next_after"] = next_after
    return answer(body, in_order=True)


_encode: Final = msgspec.json.Encoder().encode


def _encoded(
    library: Library, patrons: Iterable[Patron], *, names: bool, asked: Asked, contact: bool
) -> Iterator[bytes]:
    today = library.today()
    days: dict[int, str] = {}
    for patron in patrons:
        found = facts(library, patron, today, days, names=names, asked=asked)
        if contact and not patron.hidden:
            found = msgspec.structs.replace(found, contact=contact_of(library, patron))
        yield _encode(found)


def facts(
    library: Library, patron: Patron, today: date, days: dict[int, str], *, names: bool, asked: Asked
) -> PatronFacts:
    """One patron's facts; `days` keeps the calendar day of each epoch day already met, in the library's zone."""
    if patron.hidden:
        name = None if names else UNSET
        releases = None if library.contract > BEFORE_PAGES else UNSET
        return PatronFacts(
            patron.id, patron.library_id, staff_releases=releases, cardnumber=name, surname=name, firstname=name
        )
    charges: list[ChargeFacts] = []
    unapplied = 0
    for line in patron.lines:
        if line.credit:
            unapplied -= line.outstanding
        elif line.outstanding > 0:
            day = _day(library, line.date, days)
            arose = _day(library, line.came_at, days) if "arose" in asked.parts else UNSET
            charges.append(
                ChargeFacts(line.id, line.type, line.status, six_decimals(line.outstanding), day, line.item_id, arose)
            )
    settled_at, paid_at = library.moments(patron)
    return PatronFacts(
        patron.id,
        patron.library_id,
        library.etag(patron, tuple(etag_fields(library, patron, asked))),
        patron.category_id,
        patron.born,
        patron.lang,
        patron.expires,
        patron.card_lost,
        patron.attempts,
        charges,
        six_decimals(unapplied),
        settled_at,
        paid_at,
        [
            RestrictionFacts(row.id, row.type, row.comment, row.expiration, row.created, row.type in library.registered)
            for row in patron.restrictions
        ],
        patron.debarred,
        patron.flag_matches(today),
        _releases_of(library, patron),
        patron.card_number if names else UNSET,
        patron.surname if names else UNSET,
        patron.first_name if names else UNSET,
        overdue=overdue_of(library, patron) if "overdue" in asked.parts else UNSET,
        attributes=attributes_of(patron, asked) if "attributes" in asked.parts else UNSET,
        address_unknown=patron.address_unknown if "address" in asked.parts else UNSET,
        guarantees=guarantees_of(library, patron, asked) if "guarantees" in asked.parts else UNSET,
        notices=_notices_of(library, patron),
        money_at=patron.money_at if library.contract > BEFORE_PAGES else UNSET,
    )


def _day(library: Library, moment: int, days: dict[int, str]) -> str:
    day = days.get(moment)
    if day is None:
        day = days[moment] = library.clock.local(moment).date().isoformat()
    return day


def _notices_of(library: Library, patron: Patron) -> list[NoticeFacts] | UnsetType:
    if library.contract <= BEFORE_PAGES:
        return UNSET
    return [
        NoticeFacts(row.key, row.code, row.queued_at, status, at) for row, status, at in library.notices_of(patron.id)
    ]


def _releases_of(library: Library, patron: Patron) -> list[ReleaseFacts] | UnsetType:
    if library.contract <= BEFORE_PAGES:
        return UNSET
    return [
        ReleaseFacts(
            each.id, each.type, each.rule, each.staff_id, each.photo_id_checked, each.reason, each.at, each.rows
        )
        for each in library.untaken(patron.id)
    ]
