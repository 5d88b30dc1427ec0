"""Secrets that stand inside other values: a URL's user part and its query."""

import re
from typing import Any, Final

MASK: Final = "***"

_USER_PART: Final = re.compile(r"(://[^:/@?]*):.*@", re.DOTALL)
"""Up to the last @: a password may hold one itself, and it is better to hide too much."""

_IN_QUERY: Final = re.compile(r"([?&][^=&]*(?:pass|pwd|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)


def masked(value: Any) -> Any:
    """Plain values (of JSON) with the passwords of all URLs in them masked."""
    if isinstance(value, dict):
        return {key: masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    return masked_url(value) if isinstance(value, str) else value


def masked_url(text: str) -> str:
    """The text, with the passwords masked if there is a URL in it."""
    if "://" not in text:
        return text
    return _IN_QUERY.sub(rf"\1{MASK}", _USER_PART.sub(rf"\1:{MASK}@", text))
