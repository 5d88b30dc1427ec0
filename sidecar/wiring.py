"""The composition root: makes the world of a cycle out of settings. The only module that imports adapters."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from adapters.collector import FileOffice, Folders, GenericProfile, SftpOptions, UmsProfile, folder_office, sftp_office
from adapters.http import HttpApi, HttpOptions
from adapters.ilsdi import IlsDiGate
from adapters.koha.kpz import build_kpz
from adapters.koha.source import connect
from adapters.koha.stock import StockOptions
from adapters.sip2 import Sip2Gate, Sip2Options
from adapters.standin.command import gate_exports
from adapters.standin.command import run as serve_standin_command
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from adapters.standin.sip2 import StandinGate
from sidecar.collection import Exchange, Spool
from sidecar.core.collection.claim import Contact
from sidecar.core.model import PatronId
from sidecar.core.needs import NOTHING, Needs, needs_of
from sidecar.core.policy import Policy
from sidecar.cycle.order import Order
from sidecar.cycle.world import World
from sidecar.desk import DeskPages
from sidecar.errors import Busy, JournalError, NoGate, NoOffice, PolicyError, SettingsError
from sidecar.policy import LoadedPolicy, load_policy, parse_policy
from sidecar.ports import Clock, Contacts, Gate, Journal, Mode, Profile, Seat
from sidecar.settings import CollectionSettings, GateKind, GateSettings, LoadedSettings, OfficeKind, ProfileKind
from sidecar.settings.durations import parse_duration
from sidecar.store import open_journal
from sidecar.store.backup import back_up
from sidecar.store.database.patience import SAID_AFTER, Patience, log
from sidecar.store.database.place import place_of
from sidecar.store.glancing import Glance, glance

LEASE: Final = timedelta(minutes=10)
"""How long a cycle holds the journal without a sign of life; renewed at every page and batch."""

DAEMON_LEASE: Final = timedelta(minutes=2)
"""The same for a daemon, which renews it several times a minute."""

PATIENCE: Final = timedelta(seconds=30)
"""How long a release at the desk waits for the daemon's cycle to end, and the other way round."""


__all__ = ["Library", "StandinGate", "StandinKoha", "build_library"]


def _nothing() -> None:
    pass


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Now, aware."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Connected:
    """An ILS and a journal, ready for cycles."""

    world: World
    has_plugin: bool
    contacts: Contacts | None = None


def policy_file(loaded: LoadedSettings) -> Path:
    """The policy that the settings name, else `policy.toml` beside the settings file. Only where there is no settings
    file at all it is the one that comes with Cardwarden: a policy file that is missing never becomes another one."""
    if loaded.settings.policy is not None:
        return loaded.resolve(loaded.settings.policy)
    return default_policy_file() if loaded.file is None else loaded.file.parent / "policy.toml"


def default_policy_file() -> Path:
    """The policy that comes with Cardwarden: packed into the wheel, or `config/` of a clone."""
    packed = Path(str(files("sidecar"))) / "defaults" / "policy.toml"
    return packed if packed.is_file() else Path(__file__).parent.parent / "config" / "policy.toml"


def policy_of(loaded: LoadedSettings) -> LoadedPolicy:
    """The policy, fit to be run. Raises PolicyError."""
    return policy_at(policy_file(loaded), loaded)


def policy_or_in_force(loaded: LoadedSettings) -> tuple[LoadedPolicy, str | None]:
    """The policy; while its file cannot be used, the one under which the last full cycle wrote, as the journal keeps
    it, and what is wrong with the file: nothing at the desk stops with a broken one. Raises PolicyError if none is
    kept."""
    try:
        return policy_of(loaded), None
    except PolicyError as error:
        kept = _policy_in_force(loaded)
        if kept is None:
            raise
        return kept, str(error)


def _policy_in_force(loaded: LoadedSettings) -> LoadedPolicy | None:
    try:
        with opened_journal(loaded, begin=False) as journal:
            text = journal.policy_in_force()
        answers = loaded.settings.collection.answers
        return None if text is None else parse_policy(text, str(policy_file(loaded)), collection_office=answers)
    except (JournalError, PolicyError):
        return None  # what is wrong with the file is told in its place


def policy_at(path: Path, loaded: LoadedSettings) -> LoadedPolicy:
    """The policy in this very file, fit to be run under these settings. Raises PolicyError."""
    return load_policy(path, collection_office=loaded.settings.collection.answers)


def desk_pages_of(loaded: LoadedSettings, *, is_daemon: bool = False) -> DeskPages:
    """What tells Koha's own pages; for a daemon one that lives as long as the settings do."""
    settings = loaded.settings
    return DeskPages(
        mode=settings.mode,
        scope=settings.scope.scope(),
        every=settings.schedule.quick_interval(),
        is_running=is_daemon,
        answer_days=settings.collection.answer_days,
    )


def order_of(loaded: LoadedSettings, mode: Mode) -> Order:
    """What the settings ask of every cycle."""
    settings = loaded.settings
    return Order(
        mode=mode,
        limits=settings.brakes.limits(),
        drift=settings.brakes.drift_limit(),
        scope=settings.scope.scope(),
        clock_tolerance=parse_duration(settings.koha.clock_tolerance),
        desk=desk_pages_of(loaded),
    )


@contextmanager
def opened_journal(
    loaded: LoadedSettings, clock: Clock | None = None, *, begin: bool = True, writes: bool = False
) -> Iterator[Journal]:
    """The journal of the settings. Unless it may `begin`, one that is not there is an error: of a mistyped path nothing
    could be shown, approved or forgotten. `writes` is for a command that writes to the ILS whatever the settings'
    mode."""
    url, clock = _journal_url(loaded), clock or SystemClock()
    if (writes or loaded.settings.mode is not Mode.DRY_RUN) and place_of(url).is_in_memory:
        raise SettingsError(
            "journal.url: a journal in memory is gone with the program, and with it what was written to Koha and why: "
            "name a file, as in sqlite:////var/lib/cardwarden/journal.db. In memory only dry runs are possible."
        )
    asked = loaded.settings.journal
    patience = Patience(asked.connect_timeout, asked.lock_timeout, asked.answer_timeout)
    journal = open_journal(url, clock=clock, password=loaded.journal_password(), begin=begin, patience=patience)
    try:
        yield journal
    finally:
        journal.close()


def names_its_journal(loaded: LoadedSettings) -> bool:
    """Whether a setting says where the journal is. If none does, what is found in this user's state directory may not
    be the daemon's: a `pause` there would pause nothing."""
    return loaded.settings.journal.url is not None


def journal_name(loaded: LoadedSettings) -> str:
    """What messages call the journal: its file, or its database without any password."""
    return place_of(_journal_url(loaded)).name


def glance_at_journal(loaded: LoadedSettings) -> Glance:
    """What a shell completes from the journal of the settings, which is neither waited for nor touched."""
    return glance(loaded.settings.journal.url or f"sqlite:///{_state_place() / 'journal.db'}", SystemClock().now())


def back_up_journal(loaded: LoadedSettings, file: Path) -> int:
    """Copy the journal of the settings into a new file; its size in bytes. Raises JournalError."""
    return back_up(_journal_url(loaded), file)


@contextmanager
def connected(
    loaded: LoadedSettings,
    clock: Clock | None = None,
    *,
    begin: bool = True,
    writes: bool = False,
    tried: Policy | None = None,
) -> Iterator[Connected]:
    """The ILS and the journal (see `opened_journal`) of the settings. `tried` is a policy whose facts are to be read
    besides. Raises a CardwardenError that says what to set right."""
    clock = clock or SystemClock()
    needs = _needs_of_settings(loaded, tried)
    with (
        opened_journal(loaded, clock, begin=begin, writes=writes) as journal,
        reached(loaded, journal, clock, needs=lambda: needs) as there,
    ):
        yield there


def _needs_of_settings(loaded: LoadedSettings, tried: Policy | None) -> Needs:
    """What the policy of the settings needs; of a broken one nothing: what is wrong with it is told in its place."""
    policies = [] if tried is None else [tried]
    try:
        policies.append(policy_or_in_force(loaded)[0].policy)
    except (PolicyError, JournalError):
        return needs_of(*policies)
    return needs_of(*policies)


@contextmanager
def reached(
    loaded: LoadedSettings,
    journal: Journal,
    clock: Clock,
    *,
    sleep: Callable[[float], None] = time.sleep,
    beat: Callable[[], None] = _nothing,
    needs: Callable[[], Needs] = lambda: NOTHING,
) -> Iterator[Connected]:
    """The ILS of the settings, with a journal that is open already. `sleep` waits between tries, `beat` is called
    before each request, `needs` says what the policy of the moment needs besides what every cycle reads."""
    with _koha_api(loaded, sleep, beat) as http:
        koha = loaded.settings.koha
        connection = connect(
            http,
            plugin_expected=journal.bound_to is not None,
            page_size=koha.page_size,
            stock=StockOptions(workers=koha.workers),
            needs=needs,
        )
        target = None
        if connection.has_plugin:
            target = connection.target(journal.instance_id, batch_size=koha.write_batch)
        world = World(source=connection.source, target=target, journal=journal, clock=clock)
        yield Connected(world, connection.has_plugin, connection.contacts)


@contextmanager
def holding(
    world: World, mode: Mode, *, beside_daemon: bool = False, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the journal while a cycle that writes runs. Raises Busy if another one does, or a daemon that writes.

    `beside_daemon` is for the daemon's own cycles and for a release at the desk: they take turns, and wait; `sleep`
    does it.
    """
    if mode is Mode.DRY_RUN:
        yield
        return
    journal, clock, owner = world.journal, world.clock, f"{socket.gethostname()}:{os.getpid()}"
    with ExitStack() as seats:
        if beside_daemon:
            _take_turns(seats, journal, clock, owner, sleep)
        else:
            seats.enter_context(journal.hold(owner, clock.now(), LEASE, Seat.WRITER))
            seats.enter_context(journal.hold(owner, clock.now(), LEASE))
        yield


@contextmanager
def turn(journal: Journal, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Be alone on the journal for a moment, between the cycles of a daemon. Raises Busy if a cycle takes too long."""
    with ExitStack() as seats:
        _take_turns(seats, journal, clock, f"{socket.gethostname()}:{os.getpid()}", sleep)
        yield


def _take_turns(seats: ExitStack, journal: Journal, clock: Clock, owner: str, sleep: Callable[[float], None]) -> None:
    began, patience, said = time.monotonic(), PATIENCE.total_seconds(), False
    while True:
        try:
            seats.enter_context(journal.hold(owner, clock.now(), LEASE))
        except Busy as error:
            waited = time.monotonic() - began
            if waited > patience:
                raise
            if waited > SAID_AFTER and not said:
                said = True
                log.warning("%s Waiting up to %g s.", error, patience)
            sleep(0.2)
        else:
            return


@contextmanager
def only_daemon(journal: Journal, clock: Clock, mode: Mode) -> Iterator[None]:
    """Be the only daemon on a journal and, if the mode writes, the only one who writes but for a release at the desk.

    Raises Busy, naming the holder.
    """
    with ExitStack() as seats:
        seats.enter_context(journal.hold("cardwarden daemon", clock.now(), DAEMON_LEASE, Seat.DAEMON))
        if mode is not Mode.DRY_RUN:
            seats.enter_context(journal.hold("cardwarden daemon", clock.now(), DAEMON_LEASE, Seat.WRITER))
        yield


def gates_of(loaded: LoadedSettings, only: str | None = None) -> tuple[Gate, ...]:
    """The gates of the settings, or the one of that name. Raises NoGate and SettingsError."""
    configured = loaded.settings.gates
    if not configured:
        raise NoGate(
            "No gate is configured: describe one in the settings under [gates.sip2] or [gates.ilsdi] (docs/gates.md)."
        )
    if only is not None and only not in configured:
        raise NoGate(f"No gate is called {only}. In the settings: {', '.join(sorted(configured))}.")
    return tuple(_gate(name, gate, loaded) for name, gate in configured.items() if only in {None, name})


def _gate(name: str, gate: GateSettings, loaded: LoadedSettings) -> Gate:
    ca_file = None if gate.ca_file is None else loaded.resolve(gate.ca_file)
    if gate.kind is GateKind.ILSDI:
        options = HttpOptions(
            connect_timeout=gate.timeout,
            read_timeout=gate.timeout,
            ca_file=ca_file,
            allow_plain_http=gate.allow_plain_http,
        )
        return IlsDiGate(name, gate.url or "", options)
    return Sip2Gate(
        name,
        Sip2Options(
            host=gate.host or "",
            port=gate.port,
            user=gate.user,
            password=loaded.gate_password(name),
            institution=gate.institution,
            location=gate.location,
            encoding=gate.encoding,
            tls=gate.tls,
            details=gate.details,
            ca_file=ca_file,
            timeout=gate.timeout,
        ),
    )


def office_of(loaded: LoadedSettings) -> FileOffice | None:
    """The collection office of the settings, if there is one. Raises SettingsError for a secret that is missing."""
    asked = loaded.settings.collection
    folders = Folders(asked.outgoing, asked.incoming, asked.archive)
    if asked.office is OfficeKind.FOLDER and asked.folder is not None:
        return folder_office(loaded.resolve(asked.folder), folders, group_readable=asked.group_readable)
    if asked.office is OfficeKind.SFTP:
        return sftp_office(_sftp_options(loaded, asked), folders)
    return None


def _sftp_options(loaded: LoadedSettings, asked: CollectionSettings) -> SftpOptions:
    return SftpOptions(
        host=asked.host or "",
        port=asked.port,
        user=asked.user or "",
        known_hosts=loaded.resolve(asked.known_hosts or Path("known_hosts")),
        key_file=None if asked.key_file is None else loaded.resolve(asked.key_file),
        password=loaded.collection_password(),
        timeout=asked.timeout,
    )


def profile_of(loaded: LoadedSettings) -> Profile:
    """How the collection office's files are written."""
    asked = loaded.settings.collection
    return (UmsProfile if asked.profile is ProfileKind.UMS else GenericProfile)(asked.left_out)


class NoContacts:
    """For whoever only listens to the office."""

    def contacts(self, patrons: Sequence[PatronId]) -> Mapping[PatronId, Contact]:  # noqa: ARG002 - the port's
        """Nobody's."""
        return {}


def exchange_of(
    loaded: LoadedSettings,
    policy: Policy,
    journal: Journal,
    clock: Clock,
    contacts: Contacts,
    sleep: Callable[[float], None] = time.sleep,
) -> Exchange:
    """All that an exchange with the collection office needs. Raises NoOffice if the settings name none."""
    office = office_of(loaded)
    if office is None:
        raise NoOffice(
            "No collection office is configured: describe one in the settings under [collection] "
            "(docs/collection-files.md). Without one claims are a list for staff: cardwarden collection list."
        )
    return Exchange(
        office=office,
        profile=profile_of(loaded),
        spool=Spool(spool_of(loaded)),
        journal=journal,
        clock=clock,
        contacts=contacts,
        currency=policy.currency,
        time_zone=policy.time_zone,
        turn=lambda: turn(journal, clock, sleep),
    )


def spool_of(loaded: LoadedSettings) -> Path:
    """Where files wait for their delivery to the office; it is made by whoever first lays one there."""
    spool = loaded.settings.collection.spool
    if spool is not None:
        return loaded.resolve(spool)
    place = place_of(_journal_url(loaded))
    return _state_directory() / "collection" if place.file is None else place.file.with_name("collection")


def state_file(loaded: LoadedSettings, journal: Journal, name: str) -> Path:
    """Where the daemon keeps a file of its own: beside an SQLite journal, else in the state directory."""
    place = place_of(_journal_url(loaded))
    if place.file is not None:
        return place.file.with_name(f"{place.file.name}.{name}")
    return _state_directory() / f"{journal.instance_id}.{name}"


def build_plugin(file: Path) -> None:
    """Write the Koha plugin package. Raises SettingsError if the file cannot be written."""
    try:
        build_kpz(file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}).") from None


def standin_exports(koha: StandinKoha, gate: StandinGate) -> list[str]:
    """The shell lines with which the other commands reach a stand-in and its gate."""
    return [
        f"export CARDWARDEN_KOHA__URL={koha.url}",
        f"export CARDWARDEN_KOHA__CLIENT_ID={koha.client_id}",
        f"export CARDWARDEN_KOHA__CLIENT_SECRET={koha.client_secret}",
        *gate_exports(gate),
    ]


def serve_standin(*, patrons: int, port: int, sip_port: int, plugin: bool, faults: list[str], seed: int) -> None:
    """Serve a stand-in Koha until told to stop. Raises SettingsError for a fault that does not exist."""
    try:
        serve_standin_command(patrons, port, sip_port, plugin, faults, seed)
    except (ValueError, OSError) as error:
        raise SettingsError(f"the stand-in cannot start: {error}") from None


def _koha_api(loaded: LoadedSettings, sleep: Callable[[float], None], beat: Callable[[], None]) -> HttpApi:
    koha = loaded.settings.koha
    missing = [key for key in ("url", "client_id") if getattr(koha, key) is None]
    if koha.url is None or koha.client_id is None:
        named = " and ".join(f"koha.{key} (CARDWARDEN_KOHA__{key.upper()})" for key in missing)
        where = loaded.file or "no settings file was found"
        raise SettingsError(f"Koha is not configured: set {named}. Settings read: {where}.")
    options = HttpOptions(
        connect_timeout=koha.connect_timeout,
        read_timeout=koha.read_timeout,
        attempts=koha.attempts,
        max_per_second=koha.requests_per_second,
        ca_file=None if koha.ca_file is None else loaded.resolve(koha.ca_file),
        allow_plain_http=koha.allow_plain_http,
    )
    return HttpApi(koha.url, koha.client_id, loaded.client_secret(), options, sleep=sleep, beat=beat)


def _journal_url(loaded: LoadedSettings) -> str:
    url = loaded.settings.journal.url
    if url is not None:
        return url
    return f"sqlite:///{_state_directory() / 'journal.db'}"


def _state_place() -> Path:
    """systemd's StateDirectory, else the user's, whether it is there or not."""
    given = os.environ.get("STATE_DIRECTORY")
    base = os.environ.get("XDG_STATE_HOME")
    return Path(given.split(":")[0]) if given else (Path(base) if base else Path.home() / ".local/state") / "cardwarden"


def _state_directory() -> Path:
    """The same, made if it is not there."""
    directory = _state_place()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{directory} cannot be made ({error.strerror}): set journal.url (CARDWARDEN_JOURNAL__URL) to a place that "
            "can be written, as in sqlite:////var/lib/cardwarden/journal.db."
        ) from None
    return directory
