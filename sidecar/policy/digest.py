"""The digest of a policy's meaning: the same for the same rules, however the file is laid out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sidecar.core.policy import Policy

_Json: TypeAlias = "str | int | bool | list[_Json] | dict[str, _Json] | None"


def policy_digest(policy: Policy) -> str:
    """SHA-256, in hexadecimal, over all that the policy says; the order of rules does not matter."""
    meaning = {field.name: _plain(getattr(policy, field.name)) for field in fields(policy) if field.name != "digest"}
    meaning["rules"] = [_plain(rule) for rule in sorted(policy.rules, key=lambda rule: rule.id)]
    canonical = json.dumps(meaning, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _is_said(field: Field[object], value: object) -> bool:
    """Whether a field counts: one that came later does where it differs from what was always so."""
    return "since" not in field.metadata or getattr(value, field.name) != field.default


def _plain(value: object) -> _Json:  # noqa: PLR0911 - one line per sort of value
    """A value as JSON; classes are named, so that two releases without numbers differ."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, ZoneInfo | date):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, frozenset):
        return [*sorted(str(_plain(entry)) for entry in value)]
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if is_dataclass(value):
        named = {field.name: _plain(getattr(value, field.name)) for field in fields(value) if _is_said(field, value)}
        return {type(value).__name__: named}
    raise TypeError(f"a policy cannot hold {type(value).__name__}")
