"""The ILS of the settings: its source and its target, and the pages of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.http import HttpApi, HttpOptions
from adapters.koha.kpz import build_kpz
from adapters.koha.source import connect
from adapters.koha.stock import StockOptions
from sidecar.core.needs import NOTHING, Needs, needs_of
from sidecar.core.policy import Policy
from sidecar.cycle.world import World
from sidecar.errors import SettingsError
from sidecar.ports import Clock, Contacts, Journal
from sidecar.settings import LoadedSettings
from sidecar.wiring.journals import SystemClock, opened_journal


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Connected:
    """An ILS and a journal, ready for cycles."""

    world: World
    has_plugin: bool
    contacts: Contacts | None = None


@contextmanager
def connected(
    loaded: LoadedSettings,
    clock: Clock | None = None,
    *,
    under: Sequence[Policy],
    begin: bool = True,
    writes: bool = False,
) -> Iterator[Connected]:
    """The ILS and the journal (see `opened_journal`) of the settings, for facts as these policies need them; without
    any no patron is to be read. Raises a CardwardenError that says what to set right."""
    clock = clock or SystemClock()
    needs = needs_of(*under)
    with (
        opened_journal(loaded, clock, begin=begin, writes=writes) as journal,
        reached(loaded, journal, clock, needs=lambda: needs) as there,
    ):
        yield there


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
            target = connection.target(journal.instance_id, batch_size=koha.write_batch, writers=koha.writers)
        world = World(source=connection.source, target=target, journal=journal, clock=clock, monotonic=time.monotonic)
        yield Connected(world, connection.has_plugin, connection.contacts)


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


def build_plugin(file: Path) -> None:
    """Write the Koha plugin package. Raises SettingsError if the file cannot be written."""
    try:
        build_kpz(file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}).") from None
