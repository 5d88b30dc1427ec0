"""A library on a stand-in Koha, its journal, and an office behind an SFTP server, whose clock stands until it is moved.

The process can be killed at any of its calls (to Koha, the journal, the spool, the server) and begins anew; the server
can fail. An evening is all that can be seen of it from outside, and a morning can be gone back to.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from adapters.collector import FileOffice, Folders, GenericProfile, sftp_office
from adapters.collector.shelf import Shelf
from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar.collection import Exchange, Spool, exchange
from sidecar.core.brakes import Limit, Limits
from sidecar.core.model import Currency
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.errors import OfficeUnreachable
from sidecar.policy.load import parse_policy
from sidecar.ports import Mode
from sidecar.store import open_journal
from sidecar.wiring import turn
from tests.collector.servers import LoopbackSftp, options_for
from tests.faults.disturb import Crash, Disturbance, Watched, never
from tests.faults.watch import StoppedClock, empty_library

from .office import sheet

OUTGOING, INCOMING, ARCHIVE, SPOOL = "outgoing", "incoming", "archive", "spool"
ZONE: Final = ZoneInfo("Europe/Copenhagen")
BEGINS: Final = datetime(2026, 12, 1, 8, tzinfo=ZONE)
NAMES: Final = "Navnesen"
WIDE: Final = Limits(Limit(50), removals=Limit(50), office_releases=Limit(50, 100.0))
POLICY: Final = """
[policy]
name = "Month"
currency = "DKK"
languages = ["en"]
time_zone = "Europe/Copenhagen"

[rules.collection]
kind = "collection"
block_at = 225.00
pay_within_days = 7
announce = "notice"
if_lifted = "respect"

[[rules.collection.except]]
ages = { under = 18 }
exempt = true
"""

Step = Literal["cycle", "approved cycle", "exchange"]


@dataclass(frozen=True)
class Moment:
    """A time of the month: what people do, and what the program does then."""

    day: int
    hour: int
    happens: "Callable[[Month], None]"
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Told:
    """A claim as the journal has it."""

    patron: int
    claim: str
    state: str
    ending: str | None
    owed: str
    office_knows: str | None
    held: str


@dataclass(frozen=True)
class Evening:
    """What is to be seen: rows in Koha, notices, claims with their steps, files."""

    rows: tuple[tuple[int, str], ...]
    noticed: tuple[int, ...]
    claims: tuple[Told, ...]
    steps: dict[str, tuple[str, ...]]
    outgoing: dict[str, bytes]
    others: dict[str, tuple[str, ...]]
    """The names in the other folders."""


@dataclass(frozen=True)
class Morning:
    """What a moment begins from: the backup of Koha, the time, the journal, the folders."""

    backup: str
    at: int
    folder: Path


class Month:
    """`breaks_off` is asked before and after each visit to the office: whether that is the end of it."""

    def __init__(self, folder: Path, koha: StandinKoha, server: LoopbackSftp) -> None:
        self.folder, self.koha, self.server = folder, koha, server
        self.library: Library = koha.library
        self.policy = parse_policy(POLICY).policy
        self.quiet = self.disturbance = Disturbance(0, never)
        self.breaks_off: Callable[[], bool] = lambda: False
        self.office_is_away = False
        for name in (OUTGOING, INCOMING, ARCHIVE):
            (server.root / name).mkdir(parents=True)
        self._known = server.known_hosts(folder / "known_hosts")
        self._begin()

    def now(self) -> datetime:
        """Both clocks show the same."""
        return datetime.fromtimestamp(self.library.now(), UTC)

    def play(self, moment: Moment, disturbance: Disturbance | None = None) -> None:
        """People act; then the program does its steps, and whatever is killed is begun again a minute later."""
        self._go_to(datetime(BEGINS.year, BEGINS.month, moment.day, moment.hour, tzinfo=ZONE))
        moment.happens(self)
        self.disturbance = disturbance or Disturbance(0, never)
        for step in moment.steps:
            self._do(step)

    def _do(self, step: Step) -> None:
        try:
            match step:
                case "exchange":
                    self._exchange()
                case _:
                    self._cycle(approved=step == "approved cycle")
        except Crash:
            self.close()
            self.library.advance(60)
            self._begin()
            self._do(step)

    def says(self, number: int, *lines: str) -> None:
        """A file of the office's comes."""
        (self.server.root / INCOMING / f"office-{number:06d}.csv").write_bytes(sheet(number, lines))

    # the process

    def _begin(self) -> None:
        self.http = HttpApi(
            self.koha.url, self.koha.client_id, self.koha.client_secret, HttpOptions(), sleep=lambda _seconds: None
        )
        self.journal = open_journal(f"sqlite:///{self.folder / 'journal.db'}", clock=self)

    def close(self) -> None:
        self.journal.close()
        self.http.close()

    def _watched(self, thing: Any) -> Any:
        return Watched(thing, self.disturbance)

    def _cycle(self, *, approved: bool) -> None:
        journal = self._watched(self.journal)
        with turn(journal, self):
            connection = connect(self._watched(self.http))
            world = World(
                source=connection.source,
                target=connection.target(self.journal.instance_id),
                journal=journal,
                clock=self,
            )
            digest = run_once(world, self.policy, Order(limits=WIDE)).kept_digest if approved else None
            findings = run_once(world, self.policy, Order(mode=Mode.APPLY, limits=WIDE, approve=digest))
        assert findings.stopped is None
        assert not findings.pending, "a brake holds what the month is about"

    def _exchange(self) -> None:
        """What goes wrong is tried again after ten minutes, as the daemon does."""
        contacts = connect(self._watched(self.http)).contacts
        assert contacts is not None
        journal = self._watched(self.journal)
        there = Exchange(
            office=self._office(),
            profile=GenericProfile(),
            spool=self._watched(Spool(self.folder / SPOOL)),
            journal=journal,
            clock=self,
            contacts=contacts,
            currency=Currency("DKK", 2),
            time_zone=ZONE,
            turn=lambda: turn(journal, self),
        )
        for _ in range(5):
            if exchange(there).trouble is None or self.office_is_away:
                return
            self.library.advance(600)
        raise AssertionError("the office was not reached, however often it was tried")

    def _office(self) -> FileOffice:
        folders = Folders(f"/{OUTGOING}", f"/{INCOMING}", f"/{ARCHIVE}")
        office = sftp_office(options_for(self.server, self._known), folders)

        @contextmanager
        def opened() -> Iterator[Shelf]:
            if self.office_is_away or self.breaks_off():
                raise OfficeUnreachable("The office does not answer: it is tried again.")
            with office._opened() as shelf:
                yield _CutOff(shelf, self.disturbance)  # type: ignore[misc]
            if self.breaks_off():
                raise OfficeUnreachable("The office broke off: it is tried again.")

        return FileOffice(opened, folders, office.address)

    # what is seen, and what is gone back to

    def evening(self) -> Evening:
        claims = self.journal.claims()
        return Evening(
            rows=tuple(sorted((int(str(row["borrowernumber"])), str(row["type"])) for row in self.library.rows())),
            noticed=tuple(sorted(row.patron_id for row in self.library.notices)),
            claims=tuple(
                Told(
                    int(claim.patron),
                    claim.id,
                    claim.state.value,
                    None if claim.ending is None else claim.ending.value,
                    _crowns(claim.amount),
                    None if claim.told_amount is None else _crowns(claim.told_amount),
                    claim.held,
                )
                for claim in claims
            ),
            steps={claim.id: tuple(step.what for step in self.journal.claim_steps(claim.id)) for claim in claims},
            outgoing={path.name: path.read_bytes() for path in sorted((self.server.root / OUTGOING).iterdir())},
            others={
                place.name: tuple(sorted(path.name for path in place.iterdir())) if place.is_dir() else ()
                for place in (self.server.root / INCOMING, self.server.root / ARCHIVE, self.folder / SPOOL)
            },
        )

    def keep(self, name: str) -> Morning:
        """Remember how all stands."""
        kept = self.folder / "kept" / name
        kept.mkdir(parents=True)
        self.library.back_up(name)
        with sqlite3.connect(self.folder / "journal.db") as there, sqlite3.connect(kept / "journal.db") as here:
            there.backup(here)
        there.close()
        here.close()
        shutil.copytree(self.server.root, kept / "office")
        if (self.folder / SPOOL).is_dir():
            shutil.copytree(self.folder / SPOOL, kept / SPOOL)
        return Morning(name, self.library.now(), kept)

    def back_to(self, morning: Morning) -> None:
        """As it stood then, with a process that begins."""
        self.close()
        self.library.restore(morning.backup)
        self._go_to(datetime.fromtimestamp(morning.at, UTC))
        for file in self.folder.glob("journal.db*"):
            file.unlink()
        shutil.copy(morning.folder / "journal.db", self.folder / "journal.db")
        for here, there in ((self.server.root, "office"), (self.folder / SPOOL, SPOOL)):
            shutil.rmtree(here, ignore_errors=True)
            if (morning.folder / there).is_dir():
                shutil.copytree(morning.folder / there, here)
        self.office_is_away = False
        self._begin()

    def _go_to(self, moment: datetime) -> None:
        clock = self.library.clock
        assert isinstance(clock, StoppedClock)
        clock.at = int(moment.timestamp())


class _CutOff:
    """Folders on a server; a file may also be left written by half."""

    def __init__(self, shelf: Shelf, disturbance: Disturbance) -> None:
        self._shelf, self._disturbance = shelf, disturbance
        self._watched = Watched(shelf, disturbance)

    def write(self, folder: str, name: str, content: bytes) -> None:
        self._shelf.write(folder, name, content[: len(content) // 2])
        self._watched.write(folder, name, content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._watched, name)


def _crowns(amount: int) -> str:
    return f"{amount / 100:.2f}"


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that costs no disk, where there is such."""
    shared = Path("/dev/shm")  # noqa: S108 - what is in it is unpredictable in name, and this user's
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@contextmanager
def month(folder: Path) -> Iterator[Month]:
    """A library with nobody in it yet."""
    library = empty_library(int(BEGINS.timestamp()))
    library._next_patron = 101
    with StandinKoha(library) as koha, LoopbackSftp(folder / "office") as server:
        made = Month(folder, koha, server)
        try:
            yield made
        finally:
            made.close()


@dataclass
class Undisturbed:
    """A month that was played once, and can be played again from each of its mornings."""

    month: Month
    moments: Sequence[Moment]

    def __post_init__(self) -> None:
        self.mornings: list[Morning] = []
        self.evenings: list[Evening] = []
        self.calls: list[int] = []
        for place, moment in enumerate(self.moments):
            self.mornings.append(self.month.keep(str(place)))
            counting = Disturbance(0, never)
            self.month.play(moment, counting)
            self.calls.append(counting.calls)
            self.evenings.append(self.month.evening())

    @property
    def end(self) -> Evening:
        return self.evenings[-1]

    def kills(self) -> Sequence[tuple[int, int]]:
        """After every call of every moment, which is before the next one: the moment's place, and the step there."""
        return [(place, step) for place, calls in enumerate(self.calls) for step in range(2, calls + 1, 2)]

    def killed(self, place: int, step: int) -> Evening:
        """The evening of a moment that was killed there."""
        self.month.back_to(self.mornings[place])
        self.month.play(self.moments[place], Disturbance(step, _crash))
        return self.month.evening()

    def killed_each_time(self, share: float) -> Evening:
        """The end of a month whose every moment was killed at this share of its calls."""
        self.month.back_to(self.mornings[0])
        for moment, calls in zip(self.moments, self.calls, strict=True):
            self.month.play(moment, Disturbance(1 + int(share * (calls - 1)), _crash))
        return self.month.evening()

    def again(self) -> Evening:
        """The end of a month that is played from its beginning, with what fails as it is told."""
        self.month.back_to(self.mornings[0])
        for moment in self.moments:
            self.month.play(moment)
        return self.month.evening()


def _crash() -> None:
    raise Crash


@contextmanager
def undisturbed(moments: Sequence[Moment]) -> Iterator[Undisturbed]:
    """A month from its beginning to its end."""
    with in_memory() as folder, month(folder) as made:
        yield Undisturbed(made, moments)
