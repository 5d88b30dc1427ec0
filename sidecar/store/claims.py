"""The journal's part about claims: `sidecar.ports.ClaimJournal`, one transaction for each call."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sidecar.core.collection.claim import ClaimId
from sidecar.core.collection.claims import Claim, Step
from sidecar.core.collection.hearing import Said
from sidecar.core.model import PatronId
from sidecar.ports import FileIn, FileOut, StepRecord
from sidecar.store.database.connections import Database
from sidecar.store.records import claims


class KeptClaims:
    """Claims and files in a database."""

    _database: Database

    def claims(self, of: Collection[PatronId] | None = None) -> Sequence[Claim]:
        """All claims, or those of these patrons, in the order of their numbers."""
        with self._database.reading() as connection:
            return claims.read(connection, of)

    def claim_steps(self, claim: ClaimId) -> Sequence[StepRecord]:
        """A claim's steps, oldest first."""
        with self._database.reading() as connection:
            return claims.steps_of(connection, claim)

    def take_steps(self, steps: Sequence[Step], at: datetime) -> None:
        """Keep claims as these steps leave them, and the steps."""
        if steps:
            with self._database.writing() as connection:
                claims.take(connection, steps, at)

    def next_batch(self, day: date) -> tuple[int, int]:
        """The number of the next batch, and which batch of that day it is."""
        with self._database.reading() as connection:
            return claims.next_batch(connection, day)

    def keep_batch(self, files: Sequence[FileOut], told: Sequence[Claim], day: date) -> None:
        """Keep files that are built and not delivered, with the claims as they stand in them."""
        with self._database.writing() as connection:
            claims.keep_batch(connection, files, told, day)

    def undelivered(self) -> Sequence[FileOut]:
        """Files that are built and not known to be with the office, oldest first."""
        with self._database.reading() as connection:
            return claims.undelivered(connection)

    def keep_delivery(self, file: FileOut, steps: Sequence[Step], at: datetime) -> None:
        """A file is with the office, whole. One that was kept so before changes nothing."""
        with self._database.writing() as connection:
            claims.keep_delivery(connection, file, steps, at)

    def drop_file(self, file: FileOut, steps: Sequence[Step], at: datetime) -> None:
        """A file that is not with the office never will be; its claims are told in another one."""
        with self._database.writing() as connection:
            claims.drop_file(connection, file, steps, at)

    def files_out(self, limit: int) -> Sequence[FileOut]:
        """The latest files for the office, newest first."""
        with self._database.reading() as connection:
            return claims.latest_out(connection, limit)

    def files_in(self, limit: int) -> Sequence[FileIn]:
        """The latest files of the office's, newest first."""
        with self._database.reading() as connection:
            return claims.latest_in(connection, limit)

    def files_in_of(self, sha256: str) -> Sequence[FileIn]:
        """The files with that content that were read."""
        with self._database.reading() as connection:
            return claims.in_of(connection, sha256)

    def numbers_in(self) -> Sequence[int]:
        """The numbers of the office's files that were read, sorted."""
        with self._database.reading() as connection:
            return claims.numbers_in(connection)

    def said_before(self) -> Mapping[ClaimId, frozenset[Said]]:
        """What the office said of each claim so far."""
        with self._database.reading() as connection:
            return claims.said_before(connection)

    def keep_heard(self, file: FileIn, steps: Sequence[Step]) -> None:
        """A file was read: what it did, and what is wrong with it."""
        with self._database.writing() as connection:
            claims.keep_heard(connection, file, steps)
