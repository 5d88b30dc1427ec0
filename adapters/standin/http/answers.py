"""Answers as Koha gives them: JSON with Mojolicious' escapes, and its three shapes of error bodies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.responses import Response

JSON_TYPE: Final = "application/json;charset=UTF-8"
EARLY_JSON_TYPE: Final = "application/json; charset=utf8"
"""As recorded from Koha 23.05: what is refused before the controller has another spelling of the same type."""

_encoder: Final = msgspec.json.Encoder(order="sorted")
_plain_encoder: Final = msgspec.json.Encoder()


def koha_json(value: object, *, in_order: bool = False) -> bytes:
    """JSON with sorted keys (unless the value is already in order) and `/` written as `\\/`, as Mojolicious does."""
    encoded = (_plain_encoder if in_order else _encoder).encode(value)
    return encoded.replace(b"/", b"\\/") if b"/" in encoded else encoded


def answer(
    value: object, status: int = 200, headers: Iterable[tuple[str, str]] = (), *, in_order: bool = False
) -> Response:
    """A JSON answer of a controller. A header may come several times, as Koha's `Link` does."""
    response = Response(koha_json(value, in_order=in_order), status, media_type=JSON_TYPE)
    for name, text in headers:
        response.headers.append(name, text)
    return response


def no_content() -> Response:
    """204, without a body."""
    return Response(status_code=204)


@dataclass(slots=True)
class Refusal(Exception):
    """Ends the handling of a request with an error body of one of Koha's three shapes."""

    status: int
    body: object
    early: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        """The refusal as an answer."""
        response = answer(self.body, self.status, self.headers)
        if self.early:
            response.headers["content-type"] = EARLY_JSON_TYPE
        return response


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that the validator found wrong, and where."""

    path: str
    message: str


def error(status: int, message: str, **more: object) -> Refusal:
    """`{"error": …}`: a controller's own refusal."""
    return Refusal(status, {"error": message, **more})


def invalid(flaws: Iterable[Flaw]) -> Refusal:
    """`{"errors": […], "status": 400}`: what the OpenAPI validator refuses, by path."""
    listed = sorted(flaws, key=lambda flaw: flaw.path)
    return Refusal(400, {"errors": [{"message": flaw.message, "path": flaw.path} for flaw in listed], "status": 400})


def not_found() -> Refusal:
    """No such route, or not with that method."""
    return Refusal(404, {"errors": [{"message": "Not Found.", "path": "/"}], "status": 404})


def unauthenticated() -> Refusal:
    """No token, a wrong one or an expired one."""
    return Refusal(401, {"error": "Authentication failure."}, early=True)


def wrong_basic_password() -> Refusal:
    """Basic authentication failed: 403, not 401, as recorded from Koha 23.05."""
    return Refusal(403, {"error": "Invalid password", "required_permissions": None}, early=True)


def forbidden(required: object) -> Refusal:
    """The key lacks a permission; the body says which."""
    body: Mapping[str, object] = {
        "error": "Authorization failure. Missing required permission(s).",
        "required_permissions": required,
    }
    return Refusal(403, body, early=True)


def undeclared_parameter(name: str) -> Refusal:
    """A query parameter that the route does not know: the bare array."""
    return Refusal(400, [{"message": "Malformed query string", "path": f"/query/{name}"}], early=True)


def internal_error(headers: tuple[tuple[str, str], ...] = ()) -> Refusal:
    """Koha's answer to everything that it did not expect."""
    body = {
        "error": "Something went wrong, check Koha logs for details.",
        "error_code": "internal_server_error",
    }
    return Refusal(500, body, headers=headers)
