"""Secrets, wherever they are kept: in a setting, in a file that a setting names, or in systemd's credentials."""

import os
from pathlib import Path
from typing import Final

from sidecar.errors import SettingsError

CREDENTIALS: Final = {
    "koha.client_secret": "koha_client_secret",
    "journal.password": "journal_password",
    "listen.token": "listen_token",
    "alerts.mail.password": "mail_password",
    "alerts.ping_url": "ping_url",
}
"""The names of systemd's credentials, by the setting that they stand in for."""


def credential_file(key: str) -> Path | None:
    """What systemd's LoadCredential= has put there for a secret, e.g. `koha_client_secret`."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        return None
    path = Path(directory) / _credential(key)
    return path if path.is_file() else None


def _credential(key: str) -> str:
    """By the table, and for a gate by its name: `gate_sip2_password` for `gates.sip2.password`."""
    return CREDENTIALS.get(key) or key.replace("gates.", "gate_").replace(".", "_")


def read_secret(key: str, path: Path) -> str:
    """The secret in a file, without white space around it. Raises SettingsError, naming the key and the file."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{key}: {path} cannot be read ({cause_of(error)}).") from None
    if not secret:
        raise SettingsError(f"{key}: {path} is empty. Put the secret into it.")
    return secret


def cause_of(error: Exception) -> str:
    """Why a file could not be read, in few words."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
