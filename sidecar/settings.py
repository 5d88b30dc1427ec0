"""The settings: sidecar.toml, the environment (which wins) and secret files, as one frozen value.

Looked for in this order: the file named by `--config`, by `CARDWARDEN_CONFIG`, `./config/sidecar.toml`,
`/etc/cardwarden/sidecar.toml`; none is needed if the environment says enough.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sidecar.core.brakes import Limit, Limits, RuleLimits
from sidecar.core.drift import DriftLimit
from sidecar.core.policy import Scope
from sidecar.durations import parse_clock_time, parse_duration
from sidecar.errors import SettingsError
from sidecar.ports import Mode

ENVIRONMENT_PREFIX: Final = "CARDWARDEN_"
SEARCHED: Final = (Path("config/sidecar.toml"), Path("/etc/cardwarden/sidecar.toml"))


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _clock_time(value: str) -> str:
    parse_clock_time(value)
    return value


Duration = Annotated[str, AfterValidator(_duration)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]


class Section(BaseModel):
    """A table of the settings file. Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KohaSettings(Section):
    """How Koha's API is reached."""

    url: str | None = Field(
        default=None,
        description="Koha's staff or API address, without `/api/v1`.",
        examples=["https://koha.example.org"],
    )
    client_id: str | None = Field(default=None, description="The API key's client id.")
    client_secret: SecretStr | None = Field(
        default=None, description="The API key's secret. Better kept in a file: `client_secret_file`."
    )
    client_secret_file: Path | None = Field(
        default=None,
        description="A file that holds the secret alone (a Docker secret, a systemd credential).",
        examples=["/run/secrets/koha"],
    )
    ca_file: Path | None = Field(
        default=None, description="Certificates to trust in place of the system's, for an inner CA."
    )
    allow_plain_http: bool = Field(
        default=False,
        description="Send the secret over plain http to another machine. Loopback needs no permission.",
    )
    connect_timeout: float = Field(default=5.0, gt=0, description="Seconds to wait for a connection.")
    read_timeout: float = Field(default=60.0, gt=0, description="Seconds to wait for an answer.")
    attempts: int = Field(default=5, ge=1, le=20, description="How often a request that may be tried again is made.")
    requests_per_second: float | None = Field(
        default=None, gt=0, description="At most so many requests a second. Not limited by default."
    )
    page_size: int = Field(default=2000, ge=1, le=10000, description="Patrons a page when reading through the plugin.")
    write_batch: int = Field(default=100, ge=1, le=500, description="Patrons a request when writing.")
    workers: int = Field(
        default=2, ge=1, le=8, description="Requests at a time when reading without the plugin. Koha has two workers."
    )


class JournalSettings(Section):
    """Where Cardwarden keeps what it did."""

    url: str | None = Field(
        default=None,
        description=(
            "A database URL of SQLAlchemy. By default an SQLite file `journal.db` in `$STATE_DIRECTORY` (systemd), "
            "else in `$XDG_STATE_HOME/cardwarden` or `~/.local/state/cardwarden`."
        ),
        examples=["sqlite:////var/lib/cardwarden/journal.db", "postgresql+psycopg://cardwarden@localhost/cardwarden"],
    )


class ScheduleSettings(Section):
    """When the daemon runs cycles. Times are in the policy's time zone."""

    full: tuple[ClockTime, ...] = Field(
        default=("03:15",), description="Times of day of full cycles.", examples=[["03:15", "13:00"]]
    )
    every: Duration | None = Field(
        default="15m", description="A full cycle also this often, counted from the start: `90s`, `15m`, `2h`."
    )


class BrakeSettings(Section):
    """One limit: the larger of a number and a per cent."""

    absolute: int = Field(ge=0, description="So many in 24 hours.")
    percent: float = Field(default=0.0, ge=0, le=100, description="Or so many per cent.")

    def limit(self) -> Limit:
        """The core's value."""
        return Limit(self.absolute, self.percent)


class RuleBrakeSettings(Section):
    """Further limits for one rule."""

    additions: BrakeSettings | None = Field(default=None, description="Additions of this rule.")
    removals: BrakeSettings | None = Field(default=None, description="Removals of this rule.")


class BrakesSettings(Section):
    """How much may change in a rolling 24 hours without an approval. 0 and 0 per cent: nothing."""

    additions: BrakeSettings = Field(
        default=BrakeSettings(absolute=50, percent=1.0), description="Additions; per cent of all patrons."
    )
    pin_additions: BrakeSettings = Field(
        default=BrakeSettings(absolute=20, percent=0.2),
        description="Additions for wrong PINs; per cent of all patrons.",
    )
    removals: BrakeSettings = Field(
        default=BrakeSettings(absolute=50, percent=20.0),
        description="Removals without a payment behind them; per cent of our restrictions in force.",
    )
    drift: BrakeSettings = Field(
        default=BrakeSettings(absolute=10, percent=2.0),
        description="Our rows lifted by others before it is taken for drift; per cent of those we know of.",
    )
    amendments: int = Field(default=500, ge=0, description="Texts amended in one cycle.")
    rules: dict[str, RuleBrakeSettings] = Field(default_factory=dict, description="Further limits by rule id.")

    def limits(self) -> Limits:
        """The core's value."""
        rules = {
            rule: RuleLimits(
                own.additions.limit() if own.additions else None, own.removals.limit() if own.removals else None
            )
            for rule, own in self.rules.items()
        }
        return Limits(self.additions.limit(), self.pin_additions.limit(), self.removals.limit(), self.amendments, rules)

    def drift_limit(self) -> DriftLimit:
        """The core's value."""
        return DriftLimit(self.drift.absolute, self.drift.percent)


class ScopeSettings(Section):
    """Who is looked at: a pilot begins with one library."""

    libraries: tuple[str, ...] | None = Field(
        default=None, description="Only patrons of these libraries.", examples=[["MAIN"]]
    )
    categories: tuple[str, ...] | None = Field(default=None, description="Only patrons of these categories.")
    expired_days: int | None = Field(
        default=None, ge=0, description="Leave out cards that expired more than so many days ago."
    )

    def scope(self) -> Scope:
        """The core's value."""
        return Scope(
            libraries=None if self.libraries is None else frozenset(self.libraries),
            categories=None if self.categories is None else frozenset(self.categories),
            expired_days=self.expired_days,
        )


class ListenSettings(Section):
    """Where the daemon answers `/healthz`."""

    host: str = Field(default="127.0.0.1", description="The address to listen on. Loopback unless told otherwise.")
    port: int = Field(default=8765, ge=0, le=65535, description="The port; 0 takes a free one.")


class LogSettings(Section):
    """How the daemon logs, to standard error."""

    format: Literal["console", "json"] = Field(default="console", description="For people or for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least level shown.")


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
    policy: Path | None = Field(
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
    listen: ListenSettings = ListenSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no .env file is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - secret files are named by key
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and the file they came from (None: the environment alone)."""

    settings: Settings
    file: Path | None

    def client_secret(self) -> str:
        """The API key's secret, from the setting or its file. Raises SettingsError."""
        koha = self.settings.koha
        if koha.client_secret is not None:
            return koha.client_secret.get_secret_value()
        if koha.client_secret_file is None:
            raise SettingsError(
                "koha.client_secret_file is not set: name the file that holds the API key's secret there, or set "
                "CARDWARDEN_KOHA__CLIENT_SECRET."
            )
        path = self.resolve(koha.client_secret_file)
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"koha.client_secret_file: {path} cannot be read ({_cause(error)}).") from None
        if not secret:
            raise SettingsError(f"koha.client_secret_file: {path} is empty. Put the API key's secret into it.")
        return secret

    def resolve(self, path: Path) -> Path:
        """A path of the settings file is relative to that file; one from the environment, to the working folder."""
        if path.is_absolute() or self.file is None:
            return path
        beside = self.file.parent / path
        return path if not beside.exists() and path.exists() else beside


def find_settings_file(named: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The settings file to read; None if there is none and none was named. Raises SettingsError."""
    wanted = named or (Path(environment["CARDWARDEN_CONFIG"]) if environment.get("CARDWARDEN_CONFIG") else None)
    if wanted is None:
        return next((path for path in SEARCHED if path.is_file()), None)
    if not wanted.is_file():
        raise SettingsError(f"{wanted}: no such settings file. Name one by --config or CARDWARDEN_CONFIG.")
    return wanted


def load_settings(named: Path | None = None) -> LoadedSettings:
    """Read the settings. Raises SettingsError with one line per mistake, each naming file and key."""
    path = find_settings_file(named, os.environ)
    values = {} if path is None else _read(path)
    try:
        return LoadedSettings(Settings(**values), path)
    except ValidationError as error:
        raise SettingsError("\n".join(_mistakes(error, path, values))) from None
    except (ValueError, TypeError) as error:
        raise SettingsError(f"The environment's {ENVIRONMENT_PREFIX}… variables cannot be read: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({_cause(error)}).") from None


def _mistakes(error: ValidationError, path: Path | None, values: Mapping[str, Any]) -> list[str]:
    lines = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        location = [str(part) for part in mistake["loc"]]
        place = str(path) if path is not None and _is_in(values, location) else "environment"
        problem = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "extra_forbidden":
            problem = "unknown key" + _nearest(location)
        lines.append(f"{place}: {'.'.join(location)}: {problem}")
    return lines


def _is_in(values: Mapping[str, Any], location: list[str]) -> bool:
    here: Any = values
    for part in location:
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        else:
            return isinstance(here, list | tuple)
    return True


def _nearest(location: list[str]) -> str:
    model: Any = Settings
    for part in location[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        model = getattr(field, "annotation", None)
    known = list(getattr(model, "model_fields", {}))
    near = get_close_matches(location[-1], known, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known here: {', '.join(sorted(known))}" if known else ""


def _cause(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
