"""What goes wrong with an SFTP server, each in a line that says what to set right. What may go better later is
OfficeUnreachable, what a person must look at is OfficeRefuses. No password and no key is ever in a message."""

import socket

import asyncssh

from adapters.collector.sftp.options import SSH_PORT, SftpOptions
from sidecar.errors import OfficeError, OfficeRefuses, OfficeUnreachable


def no_known_key(options: SftpOptions) -> OfficeRefuses:
    """Nothing in the file is about this server."""
    port = "" if options.port == SSH_PORT else f" -p {options.port}"
    return OfficeRefuses(
        f"{options.known_hosts} holds no key of {options.address}, so nobody could tell the office's server from "
        f"another one. Get it by `ssh-keyscan{port} {options.host}`, and compare its fingerprint with the one that the "
        "office gives you by telephone."
    )


def another_key(options: SftpOptions, fingerprint: str | None) -> OfficeRefuses:
    """The server has another key than the one that is known."""
    shows = f" ({fingerprint})" if fingerprint else ""
    return OfficeRefuses(
        f"{options.address} shows another key{shows} than {options.known_hosts} holds: it may be another server. "
        "Nothing was sent. Ask the office whether it has a new key, compare the fingerprint, and only then put it into "
        "the file."
    )


def unreadable_known_hosts(options: SftpOptions) -> OfficeRefuses:
    """The file cannot be used."""
    return OfficeRefuses(f"known_hosts: {options.known_hosts} cannot be read as a file of known hosts.")


def unreadable_key(options: SftpOptions) -> OfficeRefuses:
    """The private key cannot be used."""
    return OfficeRefuses(
        f"key_file: {options.key_file} cannot be read as a private key without a passphrase. Make one for this purpose "
        "alone, by `ssh-keygen -t ed25519 -N ''`."
    )


def not_connected(options: SftpOptions, error: Exception) -> OfficeError:
    """What kept us from a session."""
    match error:
        case asyncssh.PermissionDenied():
            return OfficeRefuses(
                f"{options.address} does not let {options.user} in: check user, and key_file or password_file; the "
                "office has to know the public key."
            )
        case asyncssh.ChannelOpenError() | asyncssh.SFTPError():
            return OfficeRefuses(f"{options.address} lets {options.user} in, and offers no SFTP. Ask the office.")
        case socket.gaierror():
            return OfficeUnreachable(f"There is no host of the name {options.host}: check host. It is tried again.")
        case ConnectionRefusedError():
            return OfficeUnreachable(f"Nothing listens on {options.address}: check host and port. It is tried again.")
        case TimeoutError():
            return OfficeUnreachable(
                f"{options.address} did not answer in {options.timeout:g} s: check host, port and the firewall. It is "
                "tried again."
            )
        case _:
            return OfficeUnreachable(
                f"{options.address} broke the connection off before it was made. It is tried again."
            )


def not_done(options: SftpOptions, where: str, error: Exception) -> OfficeError:
    """What kept an act from being done, at a folder or file."""
    match error:
        case asyncssh.SFTPPermissionDenied() | asyncssh.SFTPWriteProtect():
            return OfficeRefuses(f"{where}: {options.user} may not do that there. Ask the office for the right.")
        case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath() | asyncssh.SFTPNotADirectory():
            return OfficeRefuses(f"{where}: there is no such folder. Check outgoing, incoming and archive.")
        case asyncssh.SFTPNoSpaceOnFilesystem() | asyncssh.SFTPQuotaExceeded():
            return OfficeUnreachable(f"{where}: the office's disk is full. It is tried again.")
        case TimeoutError():
            return OfficeUnreachable(f"{where}: no answer in {options.timeout:g} s. It is tried again.")
        case asyncssh.SFTPFailure():
            return OfficeUnreachable(f"{where}: the server says that it failed, not why. It is tried again.")
        case _:
            return OfficeUnreachable(f"{where}: the connection broke off. It is tried again.")
