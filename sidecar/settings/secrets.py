"""Secrets, wherever they are kept: in a setting, in a file that a setting names, or in systemd's credentials."""

import os
from pathlib import Path
from typing import Final

from sidecar.toml.encoding import NotUtf8, text_of

CREDENTIALS: Final = {
    "koha.client_secret": "koha_client_secret",
    "journal.password": "journal_password",
    "listen.token": "listen_token",
    "login.client_secret": "login_client_secret",
    "alerts.mail.password": "mail_password",
    "alerts.ping_url": "ping_url",
    "alerts.apprise": "apprise",
    "collection.password": "collection_password",
}
"""The names of systemd's credentials, by the setting that they stand in for."""


class UnfitSecret(Exception):
    """No secret can be had from there. Neither part says anything of what is in it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def credential_file(key: str) -> Path | None:
    """What systemd's LoadCredential= has put there for a secret, e.g. `koha_client_secret`."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        return None
    path = Path(directory) / credential_name(key)
    return path if path.exists() else None


def credential_name(key: str) -> str:
    """By the table, and for a gate by its name: `gate_sip2_password` for `gates.sip2.password`."""
    return CREDENTIALS.get(key) or key.replace("gates.", "gate_").replace(".", "_")


def read_secret(path: Path) -> str:
    """The secret in a file: one line, without a byte order mark and white space around it. Raises UnfitSecret."""
    try:
        raw = path.read_bytes()
    except IsADirectoryError:
        raise UnfitSecret(
            f"{path} is a folder", "name the file (Docker makes a folder where a file to mount is not there)"
        ) from None
    except OSError as error:
        raise UnfitSecret(
            f"{path} cannot be read ({error.strerror or error})", "name a file that this user may read"
        ) from None
    try:
        return plain_secret(text_of(raw))
    except NotUtf8 as error:
        raise UnfitSecret(f"{path} {error}", "save the file as UTF-8") from None
    except UnfitSecret as unfit:
        raise UnfitSecret(f"{path} {unfit.problem}", unfit.remedy) from None


def plain_secret(text: str) -> str:
    """A secret as it is meant: an editor's or a shell's line end and byte order mark are no part of it.

    Raises UnfitSecret.
    """
    secret = text.removeprefix("\ufeff").strip()
    if not secret:
        raise UnfitSecret("is empty", "put the secret there")
    if len(secret.splitlines()) > 1:
        raise UnfitSecret("has more than one line", "keep the secret there alone")
    if not secret.isprintable():
        raise UnfitSecret("holds a character that cannot be seen", "type the secret anew")
    return secret
