"""The collection office of the settings, and the exchange with it."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from adapters.collector import FileOffice, Folders, GenericProfile, SftpOptions, UmsProfile, folder_office, sftp_office
from sidecar.collection import Exchange, Spool
from sidecar.core.collection.claim import Contact
from sidecar.core.model import PatronId
from sidecar.core.policy import Policy
from sidecar.errors import NoOffice
from sidecar.ports import Clock, Contacts, Journal, Profile
from sidecar.settings import CollectionSettings, LoadedSettings, OfficeKind, ProfileKind
from sidecar.store.database.place import place_of
from sidecar.wiring.journals import journal_url, state_directory
from sidecar.wiring.turns import turn


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
    place = place_of(journal_url(loaded))
    return state_directory() / "collection" if place.file is None else place.file.with_name("collection")
