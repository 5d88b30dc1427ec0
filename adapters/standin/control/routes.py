"""The control routes under `/standin/`: everything that happens in a library, by HTTP, for people and scripts.

Nobody is asked who they are; the server listens on loopback only. `GET /standin/` lists the routes. A POST takes
a JSON object and answers `{"result": …}`.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import fields
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.standin.control.act import Act
from adapters.standin.control.acts import ACTS
from adapters.standin.http.faults import Faults
from adapters.standin.library.holdings import UnknownPatronError, UnknownRestrictionError
from adapters.standin.library.library import Library
from adapters.standin.library.records import six_decimals

PREFIX: Final = "/standin"
_NUMBERS: Final = {"attempts_at_least": int, "limit": int}
_SWITCHES: Final = frozenset({"card_lost", "restricted"})
_TEXTS: Final = frozenset({"owes_at_least", "owes_at_most", "category"})


def control_routes(library: Library, faults: Faults) -> Sequence[BaseRoute]:
    """The routes that act on this library and these faults."""

    async def restrictions(request: Request) -> Response:
        return _answer(list(library.rows(foreign=request.query_params.get("foreign") == "1")))

    async def patrons(request: Request) -> Response:
        try:
            found = library.pick(**_asked(request))
        except (ValueError, ArithmeticError) as wrong:
            return _answer({"error": str(wrong)}, 400)
        return _answer([_shown(library, number) for number in found])

    async def subjects(_request: Request) -> Response:
        return _answer(library.subjects)

    async def preferences(_request: Request) -> Response:
        return _answer(library.preferences)

    async def one_patron(request: Request) -> Response:
        number = request.path_params["patron_id"]
        if number not in library.patrons:
            return _answer({"error": f"there is no patron {number}"}, 404)
        return _answer(_shown(library, number))

    async def routes(_request: Request) -> Response:
        return _answer(_listing())

    return [
        *(Route(path, routes, methods=["GET"]) for path in (PREFIX, f"{PREFIX}/")),
        Route(f"{PREFIX}/restrictions", restrictions, methods=["GET"]),
        Route(f"{PREFIX}/patrons", patrons, methods=["GET"]),
        Route(f"{PREFIX}/patrons/{{patron_id:int}}", one_patron, methods=["GET"]),
        Route(f"{PREFIX}/subjects", subjects, methods=["GET"]),
        Route(f"{PREFIX}/preferences", preferences, methods=["GET"]),
        *_fault_routes(faults),
        *(_act_route(library, name, act) for name, act in ACTS.items()),
    ]


def _fault_routes(faults: Faults) -> Sequence[BaseRoute]:
    async def add_fault(request: Request) -> Response:
        try:
            faults.add(msgspec.json.decode(await request.body(), type=_FaultText).fault)
        except (ValueError, msgspec.DecodeError) as wrong:
            return _answer({"error": str(wrong)}, 400)
        return _answer({"result": [str(fault.kind) for fault in faults.standing()]}, 201)

    async def list_faults(_request: Request) -> Response:
        return _answer(faults.standing())

    async def clear_faults(_request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    return [
        Route(f"{PREFIX}/faults", list_faults, methods=["GET"]),
        Route(f"{PREFIX}/faults", add_fault, methods=["POST"]),
        Route(f"{PREFIX}/faults", clear_faults, methods=["DELETE"]),
    ]


class _FaultText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault in the words of the command line."""

    fault: str


def _act_route(library: Library, name: str, act: type[Act]) -> Route:
    decoder = msgspec.json.Decoder(act)

    async def perform(request: Request) -> Response:
        try:
            result = decoder.decode(await request.body() or b"{}").perform(library)
        except (UnknownPatronError, UnknownRestrictionError) as missing:
            return _answer({"error": str(missing)}, 404)
        except (ValueError, msgspec.DecodeError) as wrong:
            return _answer({"error": str(wrong)}, 400)
        return _answer({"result": result})

    return Route(f"{PREFIX}/{name}", perform, methods=["POST"])


def _asked(request: Request) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, text in request.query_params.items():
        if name in _NUMBERS:
            asked[name] = _NUMBERS[name](text)
        elif name in _SWITCHES:
            asked[name] = text in {"1", "true"}
        elif name in _TEXTS:
            asked[name] = text
        else:
            raise ValueError(f"patrons cannot be picked by {name}")
    return asked


def _shown(library: Library, patron_id: int) -> dict[str, object]:
    """What a person would want to see of a patron; no names."""
    with library.lock:
        patron = library.patron(patron_id)
        today = library.today()
        return {
            "patron_id": patron.id,
            "category": patron.category_id,
            "library": patron.library_id,
            "born": patron.born,
            "settled_at": patron.settled_at,
            "paid_at": patron.paid_at,
            "balance": six_decimals(patron.balance()),
            "attempts": patron.attempts,
            "card_lost": patron.card_lost,
            "restricted": patron.is_restricted(today),
            "restrictions": [
                {"id": row.id, "type": row.type, "comment": row.comment, "expiration": row.expiration}
                for row in patron.restrictions
            ],
            "pin": library.pin_of(patron.id),
            "answer": _answer_shown(library, patron.id),
            "staff_releases": [release for release in library.releases if release.patron_id == patron.id],
        }


def _answer_shown(library: Library, patron_id: int) -> dict[str, object] | None:
    """What the patron's page in Koha shows."""
    kept = library.answers.get(patron_id)
    if kept is None:
        return None
    return {"as_of": kept.as_of, "holds_at": library.answers_hold_at, "overtaken": kept.overtaken, "body": kept.body}


def _listing() -> dict[str, object]:
    gets = {
        "restrictions?foreign=1": "every restriction row, or those that are not Cardwarden's",
        "patrons?owes_at_least=225&limit=5": "patrons by balance, attempts_at_least, card_lost, restricted, category",
        "patrons/ID": "one patron",
        "preferences": "Koha's system preferences as they are",
        "subjects": "one patron for each thing worth showing",
        "faults": "faults that are on; POST {fault: text} adds one, DELETE clears them",
    }
    return {
        "GET": {f"{PREFIX}/{path}": text for path, text in gets.items()},
        "POST": {
            f"{PREFIX}/{name}": {
                "does": (act.__doc__ or "").strip(),
                "takes": {field.name: "" if field.required else "optional" for field in fields(act)},
            }
            for name, act in ACTS.items()
        },
    }


def _answer(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
