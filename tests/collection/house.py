"""A library in memory with a journal on disk, an office that is a real folder, and an exchange between the two."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.collector import FileOffice, Folders, GenericProfile, folder_office
from sidecar.collection import Exchange, Exchanged, Spool, exchange
from sidecar.core.brakes import Limit, Limits
from sidecar.core.collection.claim import Contact, OutgoingFile
from sidecar.core.model import Currency, PatronId
from sidecar.core.policy import AgencyConfirmation, IfLifted, Release, Rule, RuleKind, Terms, Threshold
from sidecar.errors import OfficeUnreachable
from sidecar.ports import Profile
from tests.cycle.house import House, policy

from .office import sheet

DKK = Currency("DKK", 2)


def claim_rule(release: Release | None = None, block_at: int = 225_00) -> Rule:
    terms = Terms(
        release or AgencyConfirmation(),
        Threshold(block_at),
        announce_days=7,
        texts={"en": "Blocked."},
        short_texts={"en": "B."},
    )
    return Rule(
        id="claim", kind=RuleKind.COLLECTION, restriction_type="CW_CLAIM", terms=terms, if_lifted=IfLifted.RESTORE
    )


@dataclass
class Flaky:
    """An office whose every so-manieth act fails, before it or after it was done."""

    office: FileOffice
    every: int = 0
    after: bool = False
    calls: int = 0

    def _act(self, done: bool) -> None:
        if done is self.after and self.every and self.calls % self.every == 0:
            raise OfficeUnreachable("The office does not answer: it will be tried again.")

    def deliver(self, file: OutgoingFile) -> None:
        self.calls += 1
        self._act(done=False)
        self.office.deliver(file)
        self._act(done=True)

    def waiting(self) -> Sequence[str]:
        self.calls += 1
        self._act(done=False)
        return self.office.waiting()

    def fetch(self, name: str) -> bytes:
        self.calls += 1
        self._act(done=False)
        return self.office.fetch(name)

    def archive(self, name: str) -> None:
        self.calls += 1
        self._act(done=False)
        self.office.archive(name)
        self._act(done=True)


@dataclass
class Library(House):
    """A house whose claims go to an office; `gone` are patrons whom the ILS no longer knows."""

    folder: Path
    gone: set[PatronId] = field(default_factory=set)

    def __init__(self, folder: Path, *facts, release: Release | None = None, profile: Profile | None = None) -> None:  # type: ignore[no-untyped-def]
        super().__init__(folder, *facts, types=("CW_CLAIM",))
        self.folder, self.gone = folder, set()
        self.policy = policy(claim_rule(release))
        self.order = replace(
            self.order, limits=Limits(Limit(500, 100.0), removals=Limit(500), office_releases=Limit(5, 20.0))
        )
        for name in ("outgoing", "incoming", "archive"):
            (folder / name).mkdir(exist_ok=True)
        self.office = Flaky(folder_office(folder, Folders("outgoing", "incoming", "archive")))
        self.profile: Profile = profile or GenericProfile()
        self.first_day()

    def contacts(self, patrons: Sequence[PatronId]) -> dict[PatronId, Contact]:
        return {each: Contact(surname=f"Name{each}", city="Aarhus") for each in patrons if each not in self.gone}

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self.journal.hold("test", self.at, timedelta(minutes=1)):
            yield

    @property
    def there(self) -> Exchange:
        return Exchange(
            office=self.office,
            profile=self.profile,
            spool=Spool(self.folder / "spool"),
            journal=self.journal,
            clock=self,
            contacts=self,
            currency=DKK,
            time_zone=ZoneInfo("Europe/Copenhagen"),
            turn=self.turn,
        )

    def exchange(self) -> Exchanged:
        return exchange(self.there)

    def referred(self) -> "Library":
        self.later(days=7)
        self.first_day()
        return self

    def sent(self) -> "Library":
        assert self.referred().exchange().trouble is None
        return self

    def says(self, *lines: str, number: int = 1, name: str = "", total: str | None = None) -> str:
        """A file of the office's, as its documented sheet is written."""

        name = name or f"office-{number:06d}.csv"
        (self.folder / "incoming" / name).write_bytes(sheet(number, lines, total))
        return name

    def files(self, where: str) -> list[str]:
        return sorted(path.name for path in (self.folder / where).iterdir())

    def states(self) -> dict[str, str]:
        return {claim.patron: claim.state.value for claim in self.journal.claims()}
