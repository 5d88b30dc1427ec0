"""Evidence, cases and instants to and from what the database keeps, exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from sidecar.core.model import NO_EVIDENCE, Case, Evidence
from sidecar.errors import JournalError
from sidecar.ports import Phase

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_EVIDENCE_FIELDS: Final = tuple(each.name for each in fields(Evidence))
_CASE_FIELDS: Final = tuple(each.name for each in fields(Case) if each.name != "evidence")
_to_evidence: Final = msgspec.json.Decoder(Evidence)
_to_case: Final = msgspec.json.Decoder(Case)
_to_mapping: Final = msgspec.json.Decoder(dict[str, object])
_to_texts: Final = msgspec.json.Decoder(tuple[str, ...])
_to_counts: Final = msgspec.json.Decoder(dict[str, int])

Word = TypeVar("Word", bound=StrEnum)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970, exactly. A datetime without a zone is a mistake of the caller's."""
    if instant.utcoffset() is None:
        raise ValueError(f"the journal keeps aware instants only, not {instant!r}")
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def evidence_to_json(evidence: Evidence) -> str:
    """What is known, as JSON; what has its default value is left out. Instants are in UTC."""
    return "{}" if evidence == NO_EVIDENCE else _text(_evidence_values(evidence))


def evidence_from_json(text: str) -> Evidence:
    """The same evidence."""
    return NO_EVIDENCE if text == "{}" else _to_evidence.decode(text)


def evidence_values(text: str) -> Mapping[str, object]:
    """The evidence as plain values by field, for a record that is shown."""
    return _to_mapping.decode(text)


def case_to_json(case: Case | None) -> str | None:
    """A case that a change leaves behind; None where it closes the case."""
    if case is None:
        return None
    values = {name: _in_utc(getattr(case, name)) for name in _CASE_FIELDS}
    return _text({**values, "evidence": _evidence_values(case.evidence)})


def case_from_json(text: str | None) -> Case | None:
    """The same case."""
    return None if text is None else _to_case.decode(text)


def texts_to_json(texts: Sequence[str]) -> str:
    """Identifiers, in their order."""
    return msgspec.json.encode(texts).decode()


def texts_from_json(text: str) -> tuple[str, ...]:
    """The same identifiers."""
    return () if text == "[]" else _to_texts.decode(text)


def counts_to_json(counts: Mapping[str, int] | Mapping[Phase, int]) -> str:
    """A cycle's counts, or timings."""
    return _text({str(name): count for name, count in counts.items()})


def counts_from_json(text: str) -> Mapping[str, int]:
    """The same counts."""
    return _to_counts.decode(text)


def word(kind: type[Word], text: str) -> Word:
    """A word of ours that was stored. One that this version does not know is the database's fault, not a crash."""
    try:
        return kind(text)
    except ValueError:
        raise JournalError(
            f"The journal holds {text!r}, which is no {kind.__name__} that this Cardwarden knows: it was damaged or "
            "written by another version. Upgrade Cardwarden, or restore the journal from a backup."
        ) from None


def one_line(message: str) -> str:
    """A message as it is kept: one line, of bounded length, without characters that a database refuses."""
    return " ".join(message.replace("\0", " ").split())[:500]


def _evidence_values(evidence: Evidence) -> dict[str, object]:
    return {
        name: _in_utc(value)
        for name in _EVIDENCE_FIELDS
        if (value := getattr(evidence, name)) != getattr(NO_EVIDENCE, name)
    }


def _in_utc(value: object) -> object:
    return from_micros(to_micros(value)) if isinstance(value, datetime) else value


def _text(values: Mapping[str, object]) -> str:
    return msgspec.json.encode(values).decode()
