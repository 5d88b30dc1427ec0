"""Files to and from a collection office: where they lie (folder, sftp), and how they are written (generic, ums)."""

from functools import partial
from pathlib import Path

from adapters.collector.folder import opened_folder
from adapters.collector.generic import GenericProfile
from adapters.collector.office import FileOffice
from adapters.collector.sftp import SftpOptions, opened_sftp
from adapters.collector.shelf import Folders
from adapters.collector.ums import UmsProfile

__all__ = ["FileOffice", "Folders", "GenericProfile", "SftpOptions", "UmsProfile", "folder_office", "sftp_office"]


def folder_office(root: Path, folders: Folders, *, group_readable: bool = False) -> FileOffice:
    """An office whose folders are below one of this machine."""
    below = Folders(*(str(root / each) for each in (folders.outgoing, folders.incoming, folders.archive)))
    return FileOffice(partial(opened_folder, group_readable=group_readable), below, str(root))


def sftp_office(options: SftpOptions, folders: Folders) -> FileOffice:
    """An office whose folders are on an SFTP server."""
    return FileOffice(partial(opened_sftp, options), folders, options.address)
