"""An office's folders behind SFTP. Only a server whose key is known is spoken with."""

from contextlib import AbstractContextManager

from adapters.collector.sftp.options import SftpOptions
from adapters.collector.shelf import Shelf

__all__ = ["SftpOptions", "opened_sftp"]


def opened_sftp(options: SftpOptions) -> AbstractContextManager[Shelf]:
    """A session, closed at the end whatever happened. Raises OfficeUnreachable and OfficeRefuses."""
    from adapters.collector.sftp.session import session  # noqa: PLC0415 - no other command waits until AsyncSSH is loaded

    return session(options)
