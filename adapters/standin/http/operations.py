"""How a request comes to its handler: token, permissions, declared parameters, body; in Koha's own order."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from adapters.standin.http.answers import (
    Flaw,
    Refusal,
    error,
    forbidden,
    internal_error,
    invalid,
    unauthenticated,
    undeclared_parameter,
    wrong_basic_password,
)
from adapters.standin.http.shapes import INTEGER, Schema, check, coerced
from adapters.standin.library.holdings import WHOLE_MODULE, ApiKey
from adapters.standin.library.library import Library
from adapters.standin.library.records import Patron

Permissions = Mapping[str, str]
"""Modules, each with the subpermission that is needed, or with `"1"` for the whole module."""

EDIT_BORROWERS: Final[Permissions] = {"borrowers": "edit_borrowers"}
ALL_BORROWERS: Final[Permissions] = {"borrowers": "1"}
SEE_ACCOUNTS: Final[Permissions] = {"borrowers": "edit_borrowers", "updatecharges": "remaining_permissions"}
CHARGE_ACCOUNTS: Final[Permissions] = {"updatecharges": "remaining_permissions"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed all checks before its controller."""

    library: Library
    key: ApiKey
    request: Request
    path: Mapping[str, int]
    query: Mapping[str, Any]
    body: Any

    def patron(self) -> Patron:
        """The patron in the path; 404 also for one whom newer Koha hides from the API user."""
        patron = self.library.patrons.get(self.path["patron_id"])
        if patron is None or patron.hidden:
            raise error(404, "Patron not found.")
        return patron


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: who may call it, what it takes, and what answers it.

    `permissions` is either all that is needed, or (a sequence) alternatives of which one is enough; `also` is what
    the controller itself asks for. `repeated` names query parameters that may come several times; they reach the
    handler as lists of texts.
    """

    method: str
    path: str
    permissions: Permissions | Sequence[Permissions]
    handler: Callable[[Call], Response]
    query: Mapping[str, Schema] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()
    body: Schema | None = None
    also: Permissions | None = None


async def perform(operation: Operation, library: Library, request: Request) -> Response:
    """Answer a request by one operation, refusals included."""
    try:
        raw = await request.body()
    except ClientDisconnect:
        # Who asked was killed: nobody is left to answer.
        return Response(status_code=400)
    with library.lock:
        try:
            key = _authenticate(library, request)
            if not _permitted(key, operation.permissions):
                raise forbidden(operation.permissions)
            for name in request.query_params:
                if name not in operation.query:
                    raise undeclared_parameter(name)
            call = _validated(operation, library, key, request, raw)
            if operation.also is not None and not _permitted(key, operation.also):
                raise replace(forbidden(operation.also), early=False)
            return operation.handler(call)
        except Refusal as refusal:
            return refusal.response()


def _authenticate(library: Library, request: Request) -> ApiKey:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        raise wrong_basic_password()
    found = library.tokens.get(credentials) if scheme.lower() == "bearer" else None
    if found is None or found[1] <= library.now():
        library.tokens.pop(credentials, None)
        raise unauthenticated()
    return found[0]


def _permitted(key: ApiKey, required: Permissions | Sequence[Permissions]) -> bool:
    if not isinstance(required, Mapping):
        return any(_permitted(key, alternative) for alternative in required)
    for module, needed in required.items():
        granted = key.permissions.get(module, frozenset())
        if granted != WHOLE_MODULE and needed not in granted:
            return False
    return True


def _validated(operation: Operation, library: Library, key: ApiKey, request: Request, raw: bytes) -> Call:
    flaws: list[Flaw] = []
    path: dict[str, int] = {}
    for name, text in request.path_params.items():
        number = coerced(text, INTEGER)
        flaws += check(number, INTEGER, f"/{name}")
        path[name] = number if isinstance(number, int) else 0
    query: dict[str, object] = {}
    for name, text in request.query_params.items():
        if name in operation.repeated:
            query[name] = request.query_params.getlist(name)
        else:
            query[name] = coerced(text, operation.query[name])
            flaws += check(query[name], operation.query[name], f"/{name}")
    body: object = None
    if operation.body is not None:
        body = _decoded(raw)
        flaws += check(body, operation.body, "/body")
    if flaws:
        raise invalid(flaws)
    return Call(library, key, request, path, query, body)


def _decoded(raw: bytes) -> object:
    """The JSON body; what is no JSON stays a text, as in Mojolicious, and fails as one."""
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw.decode(errors="replace")


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """User and password of a Basic header; None without one."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise internal_error() from None
    return user, password
