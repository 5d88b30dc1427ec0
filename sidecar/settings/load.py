"""Finding and reading the settings; every mistake at once, with its place and key."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from sidecar.errors import SettingsError
from sidecar.settings.environment import unknown_variables
from sidecar.settings.loaded import LoadedSettings
from sidecar.settings.mistakes import SettingsMistakes, mistakes_of
from sidecar.settings.model import Settings
from sidecar.settings.origins import ENVIRONMENT, Origins
from sidecar.toml.document import read_document, read_text
from sidecar.toml.mistakes import Mistake

SEARCHED: Final = (Path("config/sidecar.toml"), Path("/etc/cardwarden/sidecar.toml"))


def find_settings_file(named: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The settings file to read; None if there is none and none was named. Raises SettingsError."""
    wanted = named or (Path(environment["CARDWARDEN_CONFIG"]) if environment.get("CARDWARDEN_CONFIG") else None)
    if wanted is None:
        return next((path for path in SEARCHED if _is_there(path)), None)
    if not _is_there(wanted):
        raise SettingsError(f"{wanted}: no such settings file. Name one by --config or CARDWARDEN_CONFIG.")
    return wanted


def load_settings(named: Path | None = None) -> LoadedSettings:
    """Read the settings. Raises SettingsMistakes, a SettingsError, with one line per mistake: place, key, remedy."""
    origins = _read(find_settings_file(named, os.environ))
    mistakes = [
        Mistake(ENVIRONMENT, 0, name, "no setting has this name", f"did you mean {near}?")
        for name, near in unknown_variables(Settings, os.environ)
    ]
    try:
        settings = Settings(**origins.says)
    except ValidationError as error:
        raise SettingsMistakes(sorted({*mistakes, *mistakes_of(error, Settings, origins)})) from None
    if mistakes:
        raise SettingsMistakes(mistakes)
    return LoadedSettings(settings, origins.file, origins)


def _is_there(path: Path) -> bool:
    """Whether it is a file. One that may not be looked at is there: to pass by it would be to run on other settings."""
    try:
        return path.is_file()
    except OSError:
        return True


def _read(path: Path | None) -> Origins:
    if path is None:
        return Origins(environment=dict(os.environ))
    document = read_document(read_text(path, SettingsMistakes), str(path), SettingsMistakes)
    return Origins(path, document.data, document.places, dict(os.environ))
