"""Forms that come in: small, of our own pages, and with the token that only those hold."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from sidecar.serve.pages.login.visitors import Visitor, is_token

LARGEST: Final = 4096
"""Bytes; ours have some hundred."""

_KIND: Final = "application/x-www-form-urlencoded"
_OURS: Final = frozenset({"same-origin", "none"})


async def read_form(request: Request) -> Mapping[str, str] | None:
    """The fields of a form; None for what is none, or too large."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _KIND:
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20))
    except ValueError:
        return None


def is_ours(request: Request, form: Mapping[str, str], visitor: Visitor) -> bool:
    """Whether a page of ours sent it: by the visitor's token, and by what the browser says of where it stood."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in _OURS:
        return False
    return is_token(form.get("token", ""), visitor)
