"""All settings as one frozen value, from the environment and the file."""

from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from sidecar.ports import Mode
from sidecar.settings.collection import CollectionSettings
from sidecar.settings.environment import ENVIRONMENT_PREFIX
from sidecar.settings.gates import GatesSettings
from sidecar.settings.login import LoginSettings
from sidecar.settings.sections import (
    AlertSettings,
    BrakesSettings,
    JournalSettings,
    KohaSettings,
    ListenSettings,
    LogSettings,
    ReportSettings,
    ScheduleSettings,
    ScopeSettings,
    VerifySettings,
)
from sidecar.settings.values import FilePath


class _Variables(EnvSettingsSource):
    """The environment, in which lists and tables are JSON; what is none stays text, to be refused with its place."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """The value of JSON."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class Settings(BaseSettings):
    """All settings. Every key can also be given by the environment."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    mode: Mode = Field(
        default=Mode.DRY_RUN, description="What the daemon may do: `dry-run`, `release-only` or `apply`."
    )
    policy: FilePath | None = Field(
        default=None,
        description="The policy file; relative to the settings file. By default `policy.toml` beside it, else the one "
        "that comes with Cardwarden.",
        examples=["policy.toml"],
    )
    koha: KohaSettings = KohaSettings()
    journal: JournalSettings = JournalSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    brakes: BrakesSettings = BrakesSettings()
    scope: ScopeSettings = ScopeSettings()
    gates: GatesSettings = Field(default_factory=dict, description="The gates that `verify` looks at, by name.")
    verify: VerifySettings = VerifySettings()
    collection: CollectionSettings = CollectionSettings()
    alerts: AlertSettings = AlertSettings()
    listen: ListenSettings = ListenSettings()
    login: LoginSettings = LoginSettings()
    report: ReportSettings = ReportSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours is in its place; the signature is pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no .env file is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - secret files are named by key
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return _Variables(settings_cls), init_settings
