"""Records of the journal as JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum

from sidecar.core.policy import Policy
from sidecar.ports import ChangeRecord, CycleRecord, ReleaseRecord
from sidecar.report.render.evidence import Json, instant
from sidecar.report.render.structured import as_text
from sidecar.report.words.reasons import why_recorded


def change_json(record: ChangeRecord, policy: Policy | None = None) -> dict[str, Json]:
    """A change of the journal, with its sentence where the policy is known."""
    known = record_json(record)
    return known if policy is None else {**known, "sentence": why_recorded(record, policy)}


def records_json(
    records: Sequence[CycleRecord] | Sequence[ChangeRecord], releases: Sequence[ReleaseRecord] = ()
) -> str:
    """Records of the journal as JSON text. Sums in evidence are integers of minor units."""
    released = ({"kind": "staff_release"} | record_json(each) for each in releases)
    return as_text([*(record_json(record) for record in records), *released])


def record_json(record: CycleRecord | ChangeRecord | ReleaseRecord) -> dict[str, Json]:
    """A record by its fields."""
    return {each.name: _plain_json(getattr(record, each.name)) for each in fields(record)}


def _plain_json(value: object) -> Json:  # noqa: PLR0911 - one line per type
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_json(each) for each in value]
    return str(value)
