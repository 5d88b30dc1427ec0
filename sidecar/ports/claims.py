"""What the journal keeps of claims, and of the files to and from the collection office."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sidecar.core.collection.claim import ClaimId, Problem
from sidecar.core.collection.claims import Claim, Step
from sidecar.core.collection.hearing import Said
from sidecar.core.model import PatronId


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a claim as the journal keeps it. No names are in its evidence."""

    claim: ClaimId
    at: datetime
    what: str
    evidence: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file for the office. `claims` are those told in it, `total` the sum of their amounts in minor units,
    `delivered` when it was there, whole, `dropped` when it was given up before (its copy in the spool was lost). `id`
    is 0 until it is journalled."""

    batch: int
    kind: str
    name: str
    sha256: str
    claims: tuple[ClaimId, ...]
    total: int
    built: datetime
    delivered: datetime | None = None
    dropped: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class FileIn:
    """A file of the office's that was read: `number` is its own count, `taken` how many lines had an effect."""

    name: str
    sha256: str
    number: int | None
    read: datetime
    taken: int
    problems: tuple[Problem, ...] = ()


class ClaimJournal(Protocol):
    """The claims and files. What a call has returned from is kept, in one transaction."""

    def claims(self, of: Collection[PatronId] | None = None) -> Sequence[Claim]:
        """All claims, or those of these patrons, in the order of their numbers, closed ones too."""

    def claim_steps(self, claim: ClaimId) -> Sequence[StepRecord]:
        """A claim's steps, oldest first."""

    def take_steps(self, steps: Sequence[Step], at: datetime) -> None:
        """Keep claims as these steps leave them, and the steps. A claim without a number gets one."""

    def next_batch(self, day: date) -> tuple[int, int]:
        """The number of the next batch, and which batch of that day it is; `day` is the library's."""

    def keep_batch(self, files: Sequence[FileOut], told: Sequence[Claim], day: date) -> None:
        """Keep files that are built and not delivered, with the claims as they stand in them."""

    def undelivered(self) -> Sequence[FileOut]:
        """Files that are built and not known to be with the office, oldest first."""

    def keep_delivery(self, file: FileOut, steps: Sequence[Step], at: datetime) -> None:
        """A file is with the office, whole."""

    def drop_file(self, file: FileOut, steps: Sequence[Step], at: datetime) -> None:
        """A file that is not with the office never will be; its claims are told in another one."""

    def files_out(self, limit: int) -> Sequence[FileOut]:
        """The latest files for the office, newest first."""

    def files_in(self, limit: int) -> Sequence[FileIn]:
        """The latest files of the office's, newest first."""

    def files_in_of(self, sha256: str) -> Sequence[FileIn]:
        """The files with that content that were read."""

    def numbers_in(self) -> Sequence[int]:
        """The numbers of the office's files that were read, sorted."""

    def said_before(self) -> Mapping[ClaimId, frozenset[Said]]:
        """What the office said of each claim so far."""

    def keep_heard(self, file: FileIn, steps: Sequence[Step]) -> None:
        """A file was read: what it did, and what is wrong with it."""
