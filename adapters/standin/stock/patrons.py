"""Stock routes for patrons, with the quirks that were recorded from Koha 23.05."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.responses import Response

from adapters.standin.http.answers import Flaw, answer, error, internal_error, invalid, no_content
from adapters.standin.http.operations import ALL_BORROWERS, EDIT_BORROWERS, Call, Operation
from adapters.standin.http.paging import LIST_QUERY, QUERY_BODY, REPEATED, Window, embeds, ordered, queried, readable
from adapters.standin.http.query import Column, Filter, Kind
from adapters.standin.http.shapes import STRING, Schema
from adapters.standin.library.records import MILLIONTHS, Patron
from adapters.standin.stock.fields import COLUMNS, FILTERS, PATRON_BODY, patron_fields, write_fields
from adapters.standin.stock.libraries import library_fields

LIST_EMBEDS: Final = ("extended_attributes", "checkouts+count", "overdues+count", "account_balance", "library")
ONE_EMBEDS: Final = ("extended_attributes",)
_PATRONS: Final = Filter(COLUMNS)


def _no_attribute(_patron: Patron) -> None:
    """The stand-in's patrons have no extended attributes."""


_ATTRIBUTES: Final = {
    f"extended_attributes.{name}": Column(Kind.TEXT, _no_attribute) for name in ("code", "type", "value")
}
_PATRONS_JOINED: Final = Filter(COLUMNS | _ATTRIBUTES)
_PATRONS_PREFIXED: Final = Filter(_PATRONS_JOINED.columns, ambiguous=frozenset({"patron_id"}))
"""With extended attributes joined in, MariaDB finds `borrowernumber` twice: the page, not its count, needs `me.`."""
_MATCHES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "exact": lambda text, part: text == part,
    "starts_with": lambda text, part: text.startswith(part),
    "ends_with": lambda text, part: text.endswith(part),
}


def list_patrons(call: Call) -> Response:
    """`GET /patrons`: filtered, ordered, paged, with embeds."""
    wanted = _embeds(call, LIST_EMBEDS)
    window, library = Window.of(call), call.library
    joined = "extended_attributes" in wanted
    filters = _PATRONS_JOINED if joined else _PATRONS
    base = list(library.ascending())
    if "restricted" in call.query:
        # the parameter asks for a flag, even one whose date is past; the field `restricted` does not
        asked = call.query["restricted"]
        base = [patron for patron in base if (patron.debarred is not None) is asked]
    found = queried(call, _by_parameters(call, base), filters)
    headers = window.headers(call, len(found), len(base))
    if joined and not readable(call, _PATRONS_PREFIXED):
        raise internal_error(headers)
    page = window.cut(ordered(call, found, _PATRONS_PREFIXED if joined else _PATRONS, headers))
    rows = [patron_fields(library, patron) | _embedded(call, patron, wanted) for patron in page]
    return answer(rows, headers=headers, in_order=not wanted)


def _by_parameters(call: Call, patrons: list[Patron]) -> list[Patron]:
    matches = _MATCHES[call.query.get("_match", "contains")]
    for name in FILTERS & call.query.keys():
        column, part = COLUMNS[name], str(call.query[name]).casefold()
        patrons = [
            patron
            for patron in patrons
            if (value := column.value(patron)) is not None and matches(_as_text(value), part)
        ]
    return patrons


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value).casefold()


def _embeds(call: Call, known: tuple[str, ...]) -> list[str]:
    wanted = embeds(call)
    flaws = [
        Flaw(f"/x-koha-embed/{place}", f"Not in enum list: {', '.join(known)}.")
        for place, name in enumerate(wanted)
        if name not in known
    ]
    if flaws:
        raise invalid(flaws)
    return wanted


def _embedded(call: Call, patron: Patron, wanted: list[str]) -> dict[str, object]:
    embedded: dict[str, object] = {}
    for name in wanted:
        match name:
            case "account_balance":
                embedded["account_balance"] = balance_number(patron)
            case "library":
                embedded["library"] = library_fields(patron.library_id, call.library.libraries)
            case "extended_attributes":
                embedded["extended_attributes"] = []
            case _:
                embedded[name.replace("+", "_")] = 0
    return embedded


def balance_number(patron: Patron) -> float:
    """The net total as a JSON number; 0, not 0.0, where there is no line to add up."""
    return patron.balance() / MILLIONTHS if any(line.outstanding for line in patron.lines) else 0


def get_patron(call: Call) -> Response:
    """`GET /patrons/{patron_id}`."""
    wanted = _embeds(call, ONE_EMBEDS)
    patron = call.patron()
    return answer(patron_fields(call.library, patron) | _embedded(call, patron, wanted), in_order=not wanted)


def add_patron(call: Call) -> Response:
    """`POST /patrons`: 201 and the new patron."""
    _check_references(call, None)
    library = call.library
    patron = library.patron(library.create_patron(library=call.body["library_id"], category=call.body["category_id"]))
    patron.first_name = ""
    write_fields(patron, call.body)
    library.touch(patron, record=True)
    where = f"{call.request.url.path}/{patron.id}"
    return answer(patron_fields(library, patron), 201, [("Location", where)], in_order=True)


def put_patron(call: Call) -> Response:
    """`PUT /patrons/{patron_id}`: only the keys that were sent change."""
    patron = call.patron()
    _check_references(call, patron)
    write_fields(patron, call.body)
    call.library.touch(patron, record=True)
    return answer(patron_fields(call.library, patron), in_order=True)


def _check_references(call: Call, patron: Patron | None) -> None:
    body, library = call.body, call.library
    if body["library_id"] not in library.libraries:
        raise error(400, "Given library_id does not exist")
    if body["category_id"] not in library.categories:
        raise error(400, "Given category_id does not exist")
    holder = library.by_card_number(body["cardnumber"]) if body.get("cardnumber") else None
    if holder is not None and holder is not patron:
        raise error(409, "Duplicate ID", conflict="cardnumber")


def delete_patron(call: Call) -> Response:
    """`DELETE /patrons/{patron_id}`: 204, unless something is owed."""
    patron = call.patron()
    if patron.balance() > 0:
        raise error(409, "Pending debts prevent deletion", error_code="has_debt")
    call.library.delete_patron(patron.id)
    return no_content()


def set_password(call: Call) -> Response:
    """`POST /patrons/{patron_id}/password`: also sets the counter of failures to 0, even from -1."""
    patron = call.patron()
    if call.body["password"] != call.body["password_2"]:
        raise error(400, "Passwords don't match")
    call.library.reset_pin(patron.id, call.body["password"])
    return answer("")


def validate_password(call: Call) -> Response:
    """`POST /auth/password/validation`: 201 or 400; a failure counts, until the account is locked."""
    body: Mapping[str, Any] = call.body
    if "userid" in body and "identifier" in body:
        raise error(400, "Bad request. Only one identifier attribute can be passed.")
    if "userid" not in body and "identifier" not in body:
        raise error(400, "Bad request. No identifier attribute passed.")
    library, named = call.library, body.get("userid", body.get("identifier", ""))
    patron = library.by_userid(named) or (library.by_card_number(named) if "identifier" in body else None)
    if patron is None:
        raise error(400, "Validation failed")
    if body["password"] != library.pin_of(patron.id):
        library.wrong_pin(patron.id)
        raise error(400, "Validation failed")
    if not library.right_pin(patron.id):
        raise error(400, "Validation failed")
    return answer({"cardnumber": patron.card_number, "patron_id": patron.id, "userid": patron.userid}, 201)


_TEXT_FILTERS: Final[dict[str, Schema]] = dict.fromkeys(FILTERS, STRING)
_PASSWORD_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["password", "password_2"],
    "properties": {"password": STRING, "password_2": STRING},
}
_VALIDATION_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["password"],
    "properties": {"password": STRING, "identifier": STRING, "userid": STRING},
}
_LIST_PERMISSIONS: Final = (
    EDIT_BORROWERS,
    {"tools": "label_creator"},
    {"serials": "routing"},
    {"acquisition": "order_manage"},
)
_ONE: Final = "/api/v1/patrons/{patron_id}"
OPERATIONS: Final = (
    Operation(
        "GET",
        "/api/v1/patrons",
        _LIST_PERMISSIONS,
        list_patrons,
        query=LIST_QUERY | _TEXT_FILTERS | {"restricted": {"type": "boolean"}},
        repeated=REPEATED,
        body=QUERY_BODY,
    ),
    Operation("POST", "/api/v1/patrons", EDIT_BORROWERS, add_patron, body=PATRON_BODY),
    Operation("GET", _ONE, EDIT_BORROWERS, get_patron),
    Operation("PUT", _ONE, ALL_BORROWERS, put_patron, body=PATRON_BODY),
    Operation("DELETE", _ONE, {"borrowers": "delete_borrowers"}, delete_patron),
    Operation("POST", f"{_ONE}/password", ALL_BORROWERS, set_password, body=_PASSWORD_BODY),
    Operation("POST", "/api/v1/auth/password/validation", ALL_BORROWERS, validate_password, body=_VALIDATION_BODY),
)
