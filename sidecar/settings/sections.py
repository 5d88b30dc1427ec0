"""The tables of the settings file, as frozen values; `docs/settings.md` is written from them."""

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from sidecar.core.brakes import ByLibrarySize, Limit, Limits, RuleLimits
from sidecar.core.drift import DriftLimit
from sidecar.core.policy import Scope
from sidecar.settings.addresses import is_loopback_host
from sidecar.settings.durations import parse_duration
from sidecar.settings.values import (
    MOST_DAYS,
    OFF,
    ClockTime,
    DatabaseUrl,
    Days,
    Duration,
    FilePath,
    Host,
    Interval,
    KohaAddress,
    Seconds,
    Text,
)

SHORTEST_TOKEN: Final = 16


class Section(BaseModel):
    """A table of the settings file. Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class KohaSettings(Section):
    """How Koha's API is reached."""

    url: KohaAddress | None = Field(
        default=None,
        description="Koha's staff or API address, without `/api/v1`.",
        examples=["https://koha.example.org"],
    )
    staff_url: KohaAddress | None = Field(
        default=None,
        description="The address of Koha's staff interface: in the HTML report each patron is then a link to their "
        "page there. Cardwarden itself never asks it for anything.",
        examples=["https://koha-staff.example.org"],
    )
    client_id: Text | None = Field(default=None, description="The API key's client id.")
    client_secret: SecretStr | None = Field(
        default=None, description="The API key's secret. Better kept in a file: `client_secret_file`."
    )
    client_secret_file: FilePath | None = Field(
        default=None,
        description="A file that holds the secret alone (a Docker secret, a systemd credential).",
        examples=["/run/secrets/koha"],
    )
    ca_file: FilePath | None = Field(
        default=None, description="Certificates to trust in place of the system's, for an inner CA."
    )
    allow_plain_http: bool = Field(
        default=False,
        description="Send the secret over plain http to another machine. Loopback needs no permission.",
    )
    connect_timeout: Seconds = Field(default=5.0, description="Seconds to wait for a connection.")
    read_timeout: Seconds = Field(default=60.0, description="Seconds to wait for an answer.")
    attempts: int = Field(default=5, ge=1, le=20, description="How often a request that may be tried again is made.")
    requests_per_second: float | None = Field(
        default=None, gt=0, description="At most so many requests a second. Not limited by default."
    )
    page_size: int = Field(
        default=10000,
        ge=1,
        le=10000,
        description="Patrons a page when reading through the plugin; few large ones cost Koha least.",
    )
    clock_tolerance: Duration = Field(
        default="5m",
        description="How far Koha's clock and this machine's may be apart; beyond it nothing is written.",
    )
    write_batch: int = Field(default=500, ge=1, le=500, description="Patrons a request when writing.")
    writers: int = Field(
        default=1,
        ge=1,
        le=8,
        description="Requests at a time when writing: what a first cycle gains by 2 or more where Koha's API has more "
        "workers than that. Meanwhile so many of them are busy.",
    )
    workers: int = Field(
        default=2, ge=1, le=8, description="Requests at a time when reading without the plugin. Koha has two workers."
    )


class JournalSettings(Section):
    """Where Cardwarden keeps what it did."""

    url: DatabaseUrl | None = Field(
        default=None,
        description=(
            "A database URL of SQLAlchemy. By default an SQLite file `journal.db` in `$STATE_DIRECTORY` (systemd), "
            "else in `$XDG_STATE_HOME/cardwarden` or `~/.local/state/cardwarden`."
        ),
        examples=["sqlite:////var/lib/cardwarden/journal.db", "postgresql+psycopg://cardwarden@localhost/cardwarden"],
    )
    password: SecretStr | None = Field(
        default=None, description="PostgreSQL's password, if `url` holds none. Better kept in a file: `password_file`."
    )
    password_file: FilePath | None = Field(
        default=None,
        description="A file that holds the password alone.",
        examples=["/run/secrets/journal"],
    )
    connect_timeout: float = Field(default=10.0, ge=2, le=60, description="PostgreSQL: seconds for a connection.")
    lock_timeout: float = Field(
        default=30.0,
        gt=0,
        le=60,
        description="Seconds to wait for another process to let go of the journal; after two it is said for whom.",
    )
    answer_timeout: float = Field(
        default=45.0,
        gt=0,
        le=300,
        description="PostgreSQL: seconds for one statement; longer than `lock_timeout`. If no word at all comes for "
        "five seconds more, the connection is given up.",
    )
    keep_days: Days = Field(
        default=30,
        description=(
            "Days for which changes, staff releases and plans are kept. What explains a block that stands is kept as "
            "long as it stands."
        ),
    )
    keep_cycles_days: Days = Field(
        default=90,
        description="Days for which cycles are kept: their times, counts and digests, nobody's records.",
    )

    @model_validator(mode="after")
    def _locks_end_first(self) -> Self:
        if self.answer_timeout <= self.lock_timeout:
            raise ValueError("`answer_timeout` must be longer than `lock_timeout`, which is a part of it")
        return self


class ScheduleSettings(Section):
    """When the daemon runs cycles. Times are in the policy's time zone."""

    full: tuple[ClockTime, ...] = Field(
        default=("03:15",), description="Times of day of full cycles.", examples=[["03:15", "13:00"]]
    )
    quick_every: Interval = Field(
        default="60s",
        description="How often a quick cycle looks at who moved or is due, so that a payment frees a card: `30s`, "
        '`5m`. `"off"`: full cycles only. Needs the plugin.',
        examples=["30s"],
    )

    def quick_interval(self) -> timedelta | None:
        """`quick_every`; None if it is off."""
        return None if self.quick_every == OFF else parse_duration(self.quick_every)


class BrakeSettings(Section):
    """One limit: the larger of a number and a per cent."""

    absolute: int = Field(default=0, ge=0, description="So many in 24 hours.")
    percent: float = Field(default=0.0, ge=0, le=100, description="Or so many per cent.")

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, given: object) -> object:
        """An empty table would mean that nothing is allowed, which nobody has to guess."""
        if given == {}:
            raise ValueError("says no limit; write `absolute` or `percent`, 0 of which allows nothing")
        return given

    def limit(self) -> Limit:
        """The core's value."""
        return Limit(self.absolute, self.percent)


class RuleBrakeSettings(Section):
    """Further limits for one rule."""

    additions: BrakeSettings | None = Field(default=None, description="Additions of this rule.")
    removals: BrakeSettings | None = Field(default=None, description="Removals of this rule.")


class BrakesSettings(Section):
    """How much may change in a rolling 24 hours without an approval. 0 and 0 per cent: nothing."""

    additions: BrakeSettings | None = Field(
        default=None,
        description=(
            "Additions; per cent of all patrons. By default 1 % of the first 5,000 patrons and 0.1 % of the others, at "
            "least 5."
        ),
        examples=[{"absolute": 50, "percent": 1.0}],
    )
    pin_additions: BrakeSettings | None = Field(
        default=None,
        description=(
            "Additions for wrong PINs; per cent of all patrons. By default a fifth of the default for additions, at "
            "least 5."
        ),
        examples=[{"absolute": 20, "percent": 0.2}],
    )
    removals: BrakeSettings = Field(
        default=BrakeSettings(absolute=5, percent=20.0),
        description="Removals without a payment behind them; per cent of our restrictions in force.",
    )
    office_releases: BrakeSettings = Field(
        default=BrakeSettings(absolute=5, percent=20.0),
        description="Releases of claims without a payment here, by a collection office's word first of all; per cent "
        "of the claims' restrictions in force.",
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
        return Limits(
            additions=self.additions.limit() if self.additions else ByLibrarySize(),
            pin_additions=self.pin_additions.limit() if self.pin_additions else ByLibrarySize(divisor=5),
            removals=self.removals.limit(),
            office_releases=self.office_releases.limit(),
            amendments=self.amendments,
            rules=rules,
        )

    def drift_limit(self) -> DriftLimit:
        """The core's value."""
        return DriftLimit(self.drift.absolute, self.drift.percent)


class ScopeSettings(Section):
    """Who is looked at: a pilot begins with one library."""

    libraries: tuple[Text, ...] | None = Field(
        default=None, description="Only patrons of these libraries.", examples=[["MAIN"]]
    )
    categories: tuple[Text, ...] | None = Field(default=None, description="Only patrons of these categories.")
    expired_days: int | None = Field(
        default=None, ge=0, le=MOST_DAYS, description="Leave out cards that expired more than so many days ago."
    )

    def scope(self) -> Scope:
        """The core's value."""
        return Scope(
            libraries=None if self.libraries is None else frozenset(self.libraries),
            categories=None if self.categories is None else frozenset(self.categories),
            expired_days=self.expired_days,
        )


class ListenSettings(Section):
    """Where the daemon shows its state: `/`, `/healthz`, `/readyz`, `/metrics`."""

    host: Host = Field(
        default="127.0.0.1", description="The address to listen on. Any but loopback demands a token (not TLS)."
    )
    port: int = Field(default=8765, ge=0, le=65535, description="The port; 0 takes a free one.")
    names: tuple[Host, ...] = Field(
        default=(),
        description="Further names by which browsers and proxies ask for the pages. Without, they are answered under "
        "IP addresses, `localhost`, `host` and this machine's own name only: no web page elsewhere can read them then.",
        examples=[["cardwarden.library.example.org"]],
    )
    token: SecretStr | None = Field(
        default=None,
        description="Asked of every reader, as a bearer token or as the password of HTTP Basic. At least "
        f"{SHORTEST_TOKEN} characters. Better kept in a file: `token_file`.",
    )
    token_file: FilePath | None = Field(
        default=None, description="A file that holds the token alone.", examples=["/run/secrets/token"]
    )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback_host(self.host)


class MailSettings(Section):
    """Alerts by mail. Without `host` none is sent."""

    host: Host | None = Field(default=None, description="The mail server.", examples=["mail.example.org"])
    port: int = Field(default=25, ge=1, le=65535, description="Its port; with `starttls` often 587.")
    sender: Text | None = Field(default=None, description="From whom.", examples=["cardwarden@example.org"])
    to: tuple[Text, ...] = Field(default=(), description="To whom.", examples=[["library-it@example.org"]])
    starttls: bool = Field(default=False, description="Encrypt by STARTTLS; the server's certificate is checked.")
    user: Text | None = Field(default=None, description="Log in as this user.")
    password: SecretStr | None = Field(default=None, description="Better kept in a file: `password_file`.")
    password_file: FilePath | None = Field(default=None, description="A file that holds the password alone.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.host is not None and (self.sender is None or not self.to):
            raise ValueError("is incomplete; a mail needs `sender` and `to` besides `host`")
        if self.user is not None and not (self.starttls or (self.host is not None and is_loopback_host(self.host))):
            raise ValueError("would send a password in the clear; set `starttls`")
        return self


class AlertSettings(Section):
    """Who is told when something needs a person: once when it begins and once when it is over."""

    command: tuple[str, ...] = Field(
        default=(),
        description="A program and its arguments, run without a shell; the alert comes as JSON on standard input and "
        "in `CARDWARDEN_ALERT_…` variables.",
        examples=[["/usr/local/bin/tell", "library-it"]],
    )
    full_older_than: Duration = Field(
        default="26h", description="Tell when the last good full cycle is older; a full one is then tried too."
    )
    failures: int = Field(
        default=3, ge=1, description="Tell when so many cycles of one kind (full, quick) have failed in a row."
    )
    paused_longer_than: Duration = Field(
        default="4h", description="Tell when `cardwarden pause` has stopped writing for longer."
    )
    timeout: Seconds = Field(default=20.0, le=120, description="Seconds that a command, a mail or a ping may take.")
    ping_url: SecretStr | None = Field(
        default=None,
        description="An address that is asked for (GET) after each good full cycle: a dead-man's switch, which tells "
        "people when that no longer comes. `https`, or `http` on this machine. It often holds a token: it is never "
        "shown, and better kept in a file: `ping_url_file`.",
        examples=["https://hc.example.org/ping/…"],
    )
    ping_url_file: FilePath | None = Field(
        default=None, description="A file that holds the address alone.", examples=["/run/secrets/ping"]
    )
    apprise: SecretStr | None = Field(
        default=None,
        description="Addresses of services that apprise knows (chat, push, tickets), parted by spaces; they are told "
        "as well. Needs the extra: `pip install 'cardwarden[apprise]'`. They often hold tokens: they are never shown, "
        "and better kept in a file: `apprise_file`.",
        examples=["mailto://…", "ntfys://…"],
    )
    apprise_file: FilePath | None = Field(
        default=None,
        description="A file that holds the addresses alone, on one line.",
        examples=["/run/secrets/apprise"],
    )
    mail: MailSettings = MailSettings()


class VerifySettings(Section):
    """What the daemon asks the gates by itself (docs/gates.md); without a gate it asks nothing."""

    after_full: bool = Field(
        default=True,
        description="Ask all gates about a sample of cards after each full cycle that wrote something, beside the "
        "cycles; a gate that is open, or cannot be asked, is asked again every ten minutes.",
    )
    blocks: int = Field(default=20, ge=0, le=1000, description="So many cards that were blocked last.")
    releases: int = Field(default=20, ge=0, le=1000, description="So many that were freed last.")
    controls: int = Field(default=20, ge=0, le=1000, description="So many that nothing stops.")


class ReportSettings(Section):
    """How the report's files are written."""

    csv: Literal["comma", "semicolon"] = Field(
        default="comma",
        description="What stands between the columns of CSV files. `semicolon`, with a decimal comma, is what Danish, "
        "German and most other European spreadsheets open; `comma`, with a decimal point, what English ones do.",
        examples=["semicolon"],
    )
    mail: Literal["daily", "weekly", "never"] = Field(
        default="never",
        description="How often the daemon sends the report by mail, by the settings of `[alerts.mail]`: what it comes "
        "to as text, the whole as an HTML page, without names and card numbers. It is that of the first full cycle of "
        "the day, or of the week (from Monday on).",
        examples=["weekly"],
    )
    instance: Text | None = Field(
        default=None,
        description="What this installation is called in alerts and mails, beside the library's name of the policy: to "
        "tell a test from the real one. The host's name without it.",
        examples=["test"],
    )
    language: Literal["da", "de", "en", "sv"] | None = Field(
        default=None,
        description="The language of the daemon's mails, alerts and status page (a browser that asks for one that "
        "there is gets that); `en` without it. Commands speak it where neither `--language` nor the environment (LANG) "
        "says another. Logs and errors are in English.",
        examples=["da"],
    )


class LogSettings(Section):
    """How the daemon logs, to standard error."""

    format: Literal["console", "json"] = Field(default="console", description="For people or for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least level shown.")
