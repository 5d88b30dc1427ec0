"""An office's folders behind SFTP. Only a server whose key is known is spoken with."""

from adapters.collector.sftp.options import SftpOptions
from adapters.collector.sftp.session import opened_sftp

__all__ = ["SftpOptions", "opened_sftp"]
