"""The claims, their steps, and the files to and from the collection office."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from sidecar.core.collection.claim import ClaimId, Problem
from sidecar.core.collection.claims import Claim, Step
from sidecar.core.collection.hearing import Said
from sidecar.core.collection.steps import LOOKED, NEW
from sidecar.core.model import PatronId
from sidecar.errors import JournalError
from sidecar.ports import FileIn, FileOut, StepRecord
from sidecar.store.database.codec import texts_from_json, texts_to_json
from sidecar.store.database.connections import of_patrons
from sidecar.store.database.schema import claim_steps, claims, files_in, files_out

_HEARD: Final = "heard."
_to_claim: Final = msgspec.json.Decoder(Claim)
_to_evidence: Final = msgspec.json.Decoder(dict[str, int | str])
_to_problems: Final = msgspec.json.Decoder(tuple[Problem, ...])


def number_of(claim: ClaimId) -> int:
    """The journal's number of a claim. Raises JournalError for what is no claim's."""
    digits = claim.removeprefix("C-")
    if not (claim.startswith("C-") and digits.isdecimal() and digits.isascii()):
        raise JournalError(f"{claim!r} is no claim: they are written as C-000123.")
    return int(digits)


def read(connection: Connection, patrons: Collection[PatronId] | None = None) -> Sequence[Claim]:
    """All claims, or those of these patrons, by number."""
    queries = of_patrons(select(claims), claims.c.patron, patrons)
    rows = [row for query in queries for row in connection.execute(query)]
    return [_claim(row) for row in sorted(rows, key=lambda row: row.id)]


def with_moments(connection: Connection) -> Sequence[tuple[Claim, datetime]]:
    """All claims, and when each moved last."""
    return [(_claim(row), row.moved) for row in connection.execute(select(claims).order_by(claims.c.id))]


def steps_of(connection: Connection, claim: ClaimId) -> Sequence[StepRecord]:
    """A claim's steps, oldest first."""
    query = select(claim_steps).where(claim_steps.c.claim == number_of(claim)).order_by(claim_steps.c.id)
    return [StepRecord(claim, row.at, row.what, _to_evidence.decode(row.evidence)) for row in connection.execute(query)]


def take(connection: Connection, steps: Iterable[Step], at: datetime) -> None:
    """Keep claims as the steps leave them, and the steps."""
    for step in steps:
        number = _keep(connection, step.claim, at)
        if step.what != LOOKED:
            evidence = msgspec.json.encode(dict(step.evidence)).decode()
            values = {"claim": number, "at": at, "what": step.what, "evidence": evidence}
            connection.execute(insert(claim_steps).values(values))


def next_batch(connection: Connection, day: date) -> tuple[int, int]:
    """The number of the next batch, and which of that day it is."""
    last = connection.scalar(select(func.max(files_out.c.batch))) or 0
    of_day = select(func.count(func.distinct(files_out.c.batch))).where(files_out.c.day == day.isoformat())
    return last + 1, (connection.scalar(of_day) or 0) + 1


def keep_batch(connection: Connection, files: Iterable[FileOut], told: Iterable[Claim], day: date) -> None:
    """Keep files before they leave, and the claims that stand in them."""
    built: datetime | None = None
    for file in files:
        built = file.built
        values = {
            "batch": file.batch,
            "day": day.isoformat(),
            "kind": file.kind,
            "name": file.name,
            "sha256": file.sha256,
            "claims": texts_to_json(file.claims),
            "total": file.total,
            "built": file.built,
        }
        connection.execute(insert(files_out).values(values))
    if built is not None:
        take(connection, (Step(claim, "filed", (("batch", claim.in_file or 0),)) for claim in told), built)


def undelivered(connection: Connection) -> Sequence[FileOut]:
    """Files that are not known to be with the office."""
    return _files_out(connection, files_out.c.delivered.is_(None), files_out.c.dropped.is_(None))


def keep_delivery(connection: Connection, file: FileOut, steps: Iterable[Step], at: datetime) -> None:
    """A file is there."""
    which = (files_out.c.id == file.id, files_out.c.delivered.is_(None))
    if connection.execute(update(files_out).where(*which).values(delivered=at)).rowcount:
        take(connection, steps, at)


def drop_file(connection: Connection, file: FileOut, steps: Iterable[Step], at: datetime) -> None:
    """A file is given up."""
    which = (files_out.c.id == file.id, files_out.c.delivered.is_(None), files_out.c.dropped.is_(None))
    if connection.execute(update(files_out).where(*which).values(dropped=at)).rowcount:
        take(connection, steps, at)


def latest_out(connection: Connection, limit: int) -> Sequence[FileOut]:
    """The latest files for the office, newest first."""
    rows = connection.execute(select(files_out).order_by(files_out.c.id.desc()).limit(limit))
    return [_file_out(row) for row in rows]


def latest_in(connection: Connection, limit: int) -> Sequence[FileIn]:
    """The latest files of the office's, newest first."""
    rows = connection.execute(select(files_in).order_by(files_in.c.id.desc()).limit(limit))
    return [_file_in(row) for row in rows]


def in_of(connection: Connection, sha256: str) -> Sequence[FileIn]:
    """The files with that content."""
    rows = connection.execute(select(files_in).where(files_in.c.sha256 == sha256).order_by(files_in.c.id))
    return [_file_in(row) for row in rows]


def numbers_in(connection: Connection) -> Sequence[int]:
    """The office's own numbers that were read."""
    query = select(files_in.c.number).where(files_in.c.number.is_not(None)).distinct().order_by(files_in.c.number)
    return [int(number) for number in connection.scalars(query) if number is not None]


def said_before(connection: Connection) -> Mapping[ClaimId, frozenset[Said]]:
    """What was said of each claim."""
    found: dict[ClaimId, set[Said]] = {}
    for row in connection.execute(select(claim_steps).where(claim_steps.c.what.startswith(_HEARD, autoescape=True))):
        evidence = _to_evidence.decode(row.evidence)
        found.setdefault(_id(row.claim), set()).add(_said(row.what.removeprefix(_HEARD), evidence))
    return {claim: frozenset(said) for claim, said in found.items()}


def keep_heard(connection: Connection, file: FileIn, steps: Iterable[Step]) -> None:
    """A file was read, and what it did."""
    values = {
        "name": file.name,
        "sha256": file.sha256,
        "number": file.number,
        "read": file.read,
        "taken": file.taken,
        "problems": msgspec.json.encode(file.problems).decode(),
    }
    connection.execute(insert(files_in).values(values))
    take(connection, steps, file.read)


def _said(kind: str, evidence: Mapping[str, int | str]) -> Said:
    reference = evidence.get("reference")
    if reference:
        return "payment", None, str(reference)
    amount = evidence.get("amount")
    return kind, amount if isinstance(amount, int) else None, str(evidence.get("day"))


def _keep(connection: Connection, claim: Claim, at: datetime) -> int:
    values = {"patron": claim.patron, "rule": claim.rule, "state": claim.state.value, "moved": at}
    if claim.id == NEW:
        row = connection.execute(insert(claims).values({**values, "body": ""}).returning(claims.c.id))
        number = int(row.scalar_one())
        claim = replace(claim, id=_id(number))
    else:
        number = number_of(claim.id)
    body = msgspec.json.encode(claim).decode()
    connection.execute(update(claims).where(claims.c.id == number).values({**values, "body": body}))
    return number


def _id(number: int) -> ClaimId:
    return f"C-{number:06d}"


def _claim(row: Row[Any]) -> Claim:
    try:
        return _to_claim.decode(row.body)
    except msgspec.MsgspecError:
        raise JournalError(
            f"The journal holds a claim ({_id(row.id)}) that this Cardwarden cannot read: it was damaged or written by "
            "another version. Upgrade Cardwarden, or restore the journal from a backup."
        ) from None


def _files_out(connection: Connection, *which: ColumnElement[bool]) -> Sequence[FileOut]:
    return [_file_out(row) for row in connection.execute(select(files_out).where(*which).order_by(files_out.c.id))]


def _file_out(row: Row[Any]) -> FileOut:
    return FileOut(
        batch=row.batch,
        kind=row.kind,
        name=row.name,
        sha256=row.sha256,
        claims=texts_from_json(row.claims),
        total=row.total,
        built=row.built,
        delivered=row.delivered,
        dropped=row.dropped,
        id=row.id,
    )


def _file_in(row: Row[Any]) -> FileIn:
    return FileIn(row.name, row.sha256, row.number, row.read, row.taken, _to_problems.decode(row.problems))
