"""Koha's ILS-DI at the OPAC's address, as far as it tells of a card: GetPatronInfo, without a patron's PIN."""

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.standin.library.library import Library
from adapters.standin.library.records import MILLIONTHS, Patron

PATH: Final = "/cgi-bin/koha/ilsdi.pl"
SERVICE: Final = "GetPatronInfo"


def ilsdi_routes(library: Library) -> Sequence[BaseRoute]:
    """The one route. Other services of ILS-DI are answered as Koha answers what it does not know."""

    async def serve(request: Request) -> Response:
        service = request.query_params.get("service", "ilsdi")
        with library.lock:
            said = list(_answer(library, service, request.query_params.get("patron_id", "")))
        inside = "".join(f"  <{name}>{escape(value)}</{name}>\n" for name, value in said if value)
        root = service if service.isalpha() else "ilsdi"
        xml = f'<?xml version="1.0" encoding="UTF-8" ?>\n<{root}>\n{inside}</{root}>\n'
        return Response(xml, media_type="text/xml; charset=utf-8")

    return [Route(PATH, serve, methods=["GET"])]


def _answer(library: Library, service: str, number: str) -> Iterator[tuple[str, str]]:
    if library.preferences.get("ILS-DI", "0") in {"", "0"}:
        yield "code", "NotAllowed"
        yield "message", "ILS-DI is disabled."
    elif service != SERVICE:
        yield "message", "NotSupported"
    elif not number.isdecimal() or int(number) not in library.patrons:
        yield "code", "PatronNotFound"
    else:
        yield from _about(library, library.patron(int(number)))


def _about(library: Library, patron: Patron) -> Iterator[tuple[str, str]]:
    """Koha leaves out what is empty, and tells of a flag whose day has gone by."""
    expired = patron.expires is not None and library.today() > patron.expires
    charges = sum(line.outstanding for line in patron.open_debits())
    yield "borrowernumber", str(patron.id)
    yield "cardnumber", patron.card_number
    yield "surname", patron.surname
    yield "firstname", patron.first_name
    yield "branchcode", patron.library_id
    yield "categorycode", patron.category_id
    yield "dateexpiry", "" if patron.expires is None else patron.expires.isoformat()
    yield "is_expired", str(int(expired))
    yield "login_attempts", str(patron.attempts)
    yield "lost", str(int(patron.card_lost))
    yield "charges", f"{charges / MILLIONTHS:.2f}"
    yield "debarred", "" if patron.debarred is None else patron.debarred.isoformat()
    yield "debarredcomment", patron.debarred_comment or ""
