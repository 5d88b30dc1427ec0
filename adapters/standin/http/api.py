"""The web application: every operation as a route, and Koha's own answer for whatever there is not."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.standin.http.answers import answer, not_found
from adapters.standin.http.operations import EDIT_BORROWERS, SEE_ACCOUNTS, Operation, perform
from adapters.standin.http.tokens import TOKEN_PATH, give_token
from adapters.standin.library.library import Library
from adapters.standin.plugin import changes as plugin_changes
from adapters.standin.plugin import reading as plugin
from adapters.standin.plugin.status import status as plugin_status
from adapters.standin.stock import accounts as stock_accounts
from adapters.standin.stock import libraries as stock_libraries
from adapters.standin.stock import patrons as stock_patrons

Handler = Callable[[Request], Awaitable[Response]]

PLUGIN_OPERATIONS: Final = (
    Operation("GET", f"{plugin.NAMESPACE}/status", SEE_ACCOUNTS, plugin_status, also=plugin.ANY_LIBRARY),
    Operation(
        "GET",
        f"{plugin.NAMESPACE}/patrons",
        SEE_ACCOUNTS,
        plugin.page,
        query=plugin.PAGE_QUERY,
        also=plugin.ANY_LIBRARY,
    ),
    Operation(
        "POST",
        f"{plugin.NAMESPACE}/patrons",
        SEE_ACCOUNTS,
        plugin.look_up,
        body=plugin.LOOKUP_BODY,
        also=plugin.ANY_LIBRARY,
    ),
    Operation(
        "POST",
        f"{plugin.NAMESPACE}/changes",
        EDIT_BORROWERS,
        plugin_changes.change,
        body=plugin_changes.CHANGES_BODY,
        also=plugin.ANY_LIBRARY,
    ),
)
BASE: Final = "/api/v1"
_COMPRESSED_FROM: Final = 860
"""Bytes from which Mojolicious compresses, when asked."""


def build_api(library: Library, control: Sequence[BaseRoute], *, with_plugin: bool) -> Starlette:
    """The application: stock routes, the plugin's if it is there, and the control routes."""
    operations = (
        *stock_patrons.OPERATIONS,
        *stock_accounts.OPERATIONS,
        *stock_libraries.OPERATIONS,
        *(PLUGIN_OPERATIONS if with_plugin else ()),
    )
    document = _document(operations)

    async def token(request: Request) -> Response:
        return await give_token(library, request)

    async def describe(_request: Request) -> Response:
        return answer(document)

    routes = [
        Route(TOKEN_PATH, token, methods=["POST"]),
        *(Route(path, describe, methods=["GET"]) for path in (BASE, f"{BASE}/")),
        *_routes(library, operations),
        *control,
    ]
    api = Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=1)],
        exception_handlers={HTTPException: _nowhere},
    )
    api.router.redirect_slashes = False
    return api


def _routes(library: Library, operations: Sequence[Operation]) -> Iterator[Route]:
    for path in dict.fromkeys(operation.path for operation in operations):
        by_method = {operation.method: operation for operation in operations if operation.path == path}
        yield Route(path, _handler(library, by_method), methods=list(by_method))


def _handler(library: Library, by_method: dict[str, Operation]) -> Handler:
    async def handle(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await perform(by_method[method], library, request)

    return handle


async def _nowhere(_request: Request, _raised: Exception) -> Response:
    return not_found().response()


def _document(operations: Sequence[Operation]) -> dict[str, Any]:
    """A small OpenAPI 2 document that lists the routes, as Koha hands out its whole one without authentication."""
    paths: dict[str, dict[str, Any]] = {TOKEN_PATH.removeprefix(BASE): {"post": {"operationId": "tokenOAuth"}}}
    for operation in operations:
        described: dict[str, Any] = {
            "parameters": [{"in": "query", "name": name, **schema} for name, schema in operation.query.items()],
            "x-koha-authorization": {"permissions": operation.permissions},
        }
        if operation.body is not None:
            described["parameters"].append({"in": "body", "name": "body", "schema": operation.body})
        paths.setdefault(operation.path.removeprefix(BASE), {})[operation.method.lower()] = described
    return {
        "swagger": "2.0",
        "basePath": BASE,
        "info": {"title": "Koha REST API", "version": "1"},
        "paths": paths,
    }
