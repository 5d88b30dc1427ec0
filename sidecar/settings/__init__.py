"""The settings: sidecar.toml, the environment (which wins) and secret files, as one frozen value.

Looked for in this order: the file named by `--config`, by `CARDWARDEN_CONFIG`, `./config/sidecar.toml`,
`/etc/cardwarden/sidecar.toml`; none is needed if the environment says enough.
"""

from sidecar.settings.collection import CollectionSettings, OfficeKind, ProfileKind
from sidecar.settings.environment import ENVIRONMENT_PREFIX
from sidecar.settings.gates import GateKind, GateSettings
from sidecar.settings.load import find_settings_file, load_settings
from sidecar.settings.loaded import LoadedSettings
from sidecar.settings.login import LoginSettings
from sidecar.settings.masking import masked
from sidecar.settings.mistakes import SettingsMistakes
from sidecar.settings.model import Settings
from sidecar.settings.sections import (
    AlertSettings,
    BrakeSettings,
    ListenSettings,
    LogSettings,
    MailSettings,
    ReportSettings,
    RuleBrakeSettings,
    ScheduleSettings,
    Section,
)

__all__ = [
    "ENVIRONMENT_PREFIX",
    "AlertSettings",
    "BrakeSettings",
    "CollectionSettings",
    "GateKind",
    "GateSettings",
    "ListenSettings",
    "LoadedSettings",
    "LogSettings",
    "LoginSettings",
    "MailSettings",
    "OfficeKind",
    "ProfileKind",
    "ReportSettings",
    "RuleBrakeSettings",
    "ScheduleSettings",
    "Section",
    "Settings",
    "SettingsMistakes",
    "find_settings_file",
    "load_settings",
    "masked",
]
