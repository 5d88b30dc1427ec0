"""The journal of the settings, and what else is kept beside it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sidecar.errors import SettingsError
from sidecar.ports import Clock, Journal, Mode
from sidecar.settings import LoadedSettings
from sidecar.store import open_journal
from sidecar.store.backup import back_up
from sidecar.store.database.patience import Patience
from sidecar.store.database.place import place_of
from sidecar.store.glancing import Glance, glance


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Now, aware."""
        return datetime.now(UTC)


@contextmanager
def opened_journal(
    loaded: LoadedSettings, clock: Clock | None = None, *, begin: bool = True, writes: bool = False
) -> Iterator[Journal]:
    """The journal of the settings. Unless it may `begin`, one that is not there is an error: of a mistyped path nothing
    could be shown, approved or forgotten. `writes` is for a command that writes to the ILS whatever the settings'
    mode."""
    url, clock = journal_url(loaded), clock or SystemClock()
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
    return place_of(journal_url(loaded)).name


def glance_at_journal(loaded: LoadedSettings) -> Glance:
    """What a shell completes from the journal of the settings, which is neither waited for nor touched."""
    return glance(loaded.settings.journal.url or f"sqlite:///{_state_place() / 'journal.db'}", SystemClock().now())


def back_up_journal(loaded: LoadedSettings, file: Path) -> int:
    """Copy the journal of the settings into a new file; its size in bytes. Raises JournalError."""
    return back_up(journal_url(loaded), file)


def state_file(loaded: LoadedSettings, journal: Journal, name: str) -> Path:
    """Where the daemon keeps a file of its own: beside an SQLite journal, else in the state directory."""
    place = place_of(journal_url(loaded))
    if place.file is not None:
        return place.file.with_name(f"{place.file.name}.{name}")
    return state_directory() / f"{journal.instance_id}.{name}"


def journal_url(loaded: LoadedSettings) -> str:
    """Where the journal is: what a setting says, else a file in the state directory."""
    url = loaded.settings.journal.url
    if url is not None:
        return url
    return f"sqlite:///{state_directory() / 'journal.db'}"


def _state_place() -> Path:
    """systemd's StateDirectory, else the user's, whether it is there or not."""
    given = os.environ.get("STATE_DIRECTORY")
    base = os.environ.get("XDG_STATE_HOME")
    return Path(given.split(":")[0]) if given else (Path(base) if base else Path.home() / ".local/state") / "cardwarden"


def state_directory() -> Path:
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
