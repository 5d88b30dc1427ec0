"""The collection office: what it says, where its files lie, and how they are written."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sidecar.core.collection.claim import Batch, Contact, Heard, OutgoingFile
from sidecar.core.model import AgencyReport, Currency, PatronId


class CollectionOffice(Protocol):
    """What the collection office says."""

    def reports(self) -> Mapping[PatronId, AgencyReport]:
        """Claims reported as paid in full."""


class Office(Protocol):
    """Where files to and from a collection office lie: a folder, a server. Raises OfficeUnreachable when it cannot be
    reached; what it raises names no patron."""

    def deliver(self, file: OutgoingFile) -> None:
        """Put the file there whole: under a temporary name first, then renamed. The same name with the same content a
        second time is done once; other content under a name that is there raises OfficeRefuses."""

    def waiting(self) -> Sequence[str]:
        """The names of the files that wait to be read, in order of name."""

    def fetch(self, name: str) -> bytes:
        """What a waiting file holds."""

    def archive(self, name: str) -> None:
        """Move a file that was read out of the way. One that is there no longer was moved already."""


class Contacts(Protocol):
    """Where the ILS says whom an office has to reach."""

    def contacts(self, patrons: Sequence[PatronId]) -> Mapping[PatronId, Contact]:
        """Names and addresses of these patrons, for a file that leaves now; who is there no longer is left out. Raises
        an IlsError."""


class Profile(Protocol):
    """How an office writes: its files' names and columns."""

    name: str
    answers: bool
    """Whether the office sends anything back; if not, no rule may wait for its word."""
    tells_all: bool
    """Whether its updates name every claim that is with it, each time, and not those that moved alone."""

    def files(self, batch: Batch) -> Sequence[OutgoingFile]:
        """The files that tell the batch; the same batch gives the same bytes. Nothing to tell, no file."""

    def expects(self, name: str) -> bool:
        """Whether an incoming file of this name is the office's; others stay where they are."""

    def hear(self, name: str, content: bytes, currency: Currency) -> Heard:
        """What an incoming file says, line by line. It never raises for what is in a file: that is a problem of its."""
