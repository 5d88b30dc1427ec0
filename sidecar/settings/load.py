"""Finding and reading the settings; every mistake at once, with its file and key."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sidecar.errors import SettingsError
from sidecar.ports import Mode
from sidecar.settings.addresses import keeps_its_secret
from sidecar.settings.environment import ENVIRONMENT_PREFIX, unknown_variables, variable_of
from sidecar.settings.gates import GatesSettings
from sidecar.settings.secrets import cause_of, credential_file, read_secret
from sidecar.settings.sections import (
    SHORTEST_TOKEN,
    AlertSettings,
    BrakesSettings,
    JournalSettings,
    KohaSettings,
    ListenSettings,
    LogSettings,
    ScheduleSettings,
    ScopeSettings,
)

SEARCHED: Final = (Path("config/sidecar.toml"), Path("/etc/cardwarden/sidecar.toml"))


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
    gates: GatesSettings = Field(default_factory=dict, description="The gates that `verify` looks at, by name.")
    alerts: AlertSettings = AlertSettings()
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
        """The API key's secret. Raises SettingsError."""
        koha = self.settings.koha
        secret = self._secret("koha.client_secret", koha.client_secret, koha.client_secret_file)
        if secret is None:
            raise SettingsError(
                "koha.client_secret_file is not set: name the file that holds the API key's secret there, or set "
                "CARDWARDEN_KOHA__CLIENT_SECRET."
            )
        return secret

    def journal_password(self) -> str | None:
        """The journal's database's password, if it is not in the URL. Raises SettingsError."""
        journal = self.settings.journal
        return self._secret("journal.password", journal.password, journal.password_file)

    def listen_token(self) -> str | None:
        """The token that readers of the daemon's pages need; None asks nobody. Raises SettingsError."""
        listen = self.settings.listen
        token = self._secret("listen.token", listen.token, listen.token_file)
        if token is None and not listen.is_loopback:
            raise SettingsError(
                f"listen.host: {listen.host} can be reached from other machines, so a token is needed: name a file "
                "that holds it in listen.token_file, or listen on 127.0.0.1."
            )
        if token is not None and len(token) < SHORTEST_TOKEN:
            raise SettingsError(f"listen.token: it is shorter than {SHORTEST_TOKEN} characters. Make a longer one.")
        return token

    def mail_password(self) -> str | None:
        """The mail server's password, if a user is named. Raises SettingsError."""
        mail = self.settings.alerts.mail
        if mail.user is None:
            return None
        password = self._secret("alerts.mail.password", mail.password, mail.password_file)
        if password is None:
            raise SettingsError("alerts.mail.password_file is not set, though alerts.mail.user is.")
        return password

    def ping_url(self) -> str | None:
        """What is asked for after each good full cycle, if anything. Raises SettingsError, without quoting it."""
        alerts = self.settings.alerts
        url = self._secret("alerts.ping_url", alerts.ping_url, alerts.ping_url_file)
        if url is not None and not keeps_its_secret(url):
            raise SettingsError(
                "alerts.ping_url: it is no address that keeps its token: it must begin with https://, or with http:// "
                "on this machine (127.0.0.1)."
            )
        return url

    def gate_password(self, name: str) -> str:
        """The password of a gate's account, empty if it has none. Raises SettingsError."""
        gate = self.settings.gates[name]
        password = self._secret(f"gates.{name}.password", gate.password, gate.password_file)
        if password is None and gate.user is not None:
            raise SettingsError(f"gates.{name}.password_file is not set, though gates.{name}.user is.")
        return password or ""

    def _secret(self, key: str, value: SecretStr | None, file: Path | None) -> str | None:
        """A secret from its setting, from the file named by `<key>_file`, or from systemd's credentials."""
        if value is not None:
            return value.get_secret_value()
        if file is not None:
            return read_secret(f"{key}_file", self.resolve(file))
        credential = credential_file(key)
        return None if credential is None else read_secret("CREDENTIALS_DIRECTORY", credential)

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
    mistakes = list(unknown_variables(Settings, os.environ))
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join([*mistakes, *_mistakes(error, path, values)])) from None
    except (ValueError, TypeError) as error:
        problem = (
            f"The environment's {ENVIRONMENT_PREFIX}… variables cannot be read (lists and tables are JSON): {error}"
        )
        raise SettingsError("\n".join([*mistakes, problem])) from None
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return LoadedSettings(settings, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({cause_of(error)}).") from None


def _mistakes(error: ValidationError, path: Path | None, values: Mapping[str, Any]) -> list[str]:
    lines = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        location = [str(part) for part in mistake["loc"]]
        place = str(path) if path is not None and _is_in(values, location) else "environment"
        problem = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "extra_forbidden":
            problem = "unknown key" + _nearest(location)
        elif mistake["type"] == "tuple_type" and place == "environment":
            problem = f"lists are JSON in the environment, as in {variable_of(location)}='{_example(location)}'"
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


def _example(location: list[str]) -> str:
    field = _model_of(location).model_fields[location[-1]]
    return json.dumps(field.examples[0] if field.examples else ["A", "B"])


def _nearest(location: list[str]) -> str:
    known = list(getattr(_model_of(location), "model_fields", {}))
    near = get_close_matches(location[-1], known, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known here: {', '.join(sorted(known))}" if known else ""


def _model_of(location: list[str]) -> Any:
    """The section that a key stands in; None below what has no fixed keys."""
    model: Any = Settings
    for part in location[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        model = getattr(field, "annotation", None)
    return model
