"""How alerts get out: a command, a mail, apprise. Each has a time limit; a failure is told to the caller."""

import json
import os
import signal
import subprocess  # the program that the administrator names, without a shell
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from email.message import EmailMessage
from tempfile import TemporaryFile
from typing import IO, Final, Protocol

from sidecar.language import ENGLISH, _, speaking
from sidecar.serve.alerts.book import Standing, State
from sidecar.serve.alerts.mailing import TellingFailed, addressed, send
from sidecar.serve.alerts.origin import Origin, origin_of
from sidecar.serve.alerts.services import Services
from sidecar.serve.state import local
from sidecar.settings import AlertSettings, LoadedSettings, MailSettings

_LAST_WORDS: Final = 200
"""So much of what a command that failed said last is logged."""


class Channel(Protocol):
    """One way out."""

    name: str

    def tell(self, one: Standing) -> None:
        """Send it. Raises TellingFailed."""


class Command:
    """Runs a program with the alert as JSON on standard input and in variables. Exit code 0 means told."""

    name = "command"

    def __init__(self, arguments: tuple[str, ...], timeout: float, origin: Origin) -> None:
        self._arguments = arguments
        self._origin = origin
        self._timeout = timeout

    def tell(self, one: Standing) -> None:
        """Run it; after the time limit it is killed with all that it started. Its last words are told if it fails."""
        with _somewhere() as errors:
            try:
                self._run(one, errors)
            except TellingFailed as failure:
                words = _last_words(errors)
                raise TellingFailed(f"{failure}: {words}" if words else str(failure)) from None

    def _run(self, one: Standing, errors: IO[bytes] | None) -> None:
        try:
            process = subprocess.Popen(  # noqa: S603 - the settings' own program
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if errors is None else errors,
                env=_environment(one, self._origin),
                start_new_session=True,
            )
        except OSError as error:
            raise TellingFailed(f"{self._arguments[0]} cannot be run ({error.strerror})") from None
        with process:
            try:
                process.communicate(as_json(one, self._origin).encode(), timeout=self._timeout)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise TellingFailed(f"{self._arguments[0]} took longer than {self._timeout:g} s") from None
        if process.returncode != 0:
            raise TellingFailed(f"{self._arguments[0]} ended with exit code {process.returncode}")


class Mail:
    """Sends a mail by SMTP."""

    name = "mail"

    def __init__(
        self, settings: MailSettings, password: str | None, timeout: float, origin: Origin, language: str = ENGLISH
    ) -> None:
        self._settings = settings
        self._origin = origin
        self._language = language
        self._password = password
        self._timeout = timeout

    def tell(self, one: Standing) -> None:
        """Send one mail to all."""
        settings = self._settings
        with speaking(self._language):
            message = _message(one, settings, self._origin)
        send(message, settings, self._password, self._timeout)


def channels_of(loaded: LoadedSettings, library: str) -> list[Channel]:
    """The ways out that the settings name, for the library of that name. Raises SettingsError if a secret of theirs
    cannot be read, or what they need is not installed."""
    alerts: AlertSettings = loaded.settings.alerts
    origin, language = origin_of(loaded, library), loaded.settings.report.language or ENGLISH
    found: list[Channel] = []
    if alerts.command:
        found.append(Command(alerts.command, alerts.timeout, origin))
    if alerts.mail.host is not None:
        found.append(Mail(alerts.mail, loaded.mail_password(), alerts.timeout, origin, language))
    addresses = loaded.apprise_addresses()
    if addresses is not None:
        found.append(Services(tuple(addresses.split()), origin, language))
    return found


def _environment(one: Standing, origin: Origin) -> Mapping[str, str]:
    """The daemon's own environment without its settings, which may hold secrets, and the alert."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CARDWARDEN_") or key == "CARDWARDEN_CONFIG"
    }
    alert = {
        "CAUSE": str(one.alert.cause),
        "SUBJECT": one.alert.subject,
        "STATE": str(one.state),
        "SUMMARY": one.text,
        "SINCE": one.since.isoformat(timespec="seconds"),
        "LIBRARY": origin.library,
        "INSTANCE": origin.instance,
    }
    return kept | {f"CARDWARDEN_ALERT_{key}": value for key, value in alert.items()}


@contextmanager
def _somewhere() -> Iterator[IO[bytes] | None]:
    """A file for what a command says: a pipe would stay open as long as anything that it started. None if there is no
    room for one, which must not keep the alert."""
    with ExitStack() as stack:
        file = None
        with suppress(OSError):
            file = stack.enter_context(TemporaryFile())
        yield file


def _last_words(errors: IO[bytes] | None) -> str:
    if errors is None:
        return ""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4 * _LAST_WORDS))
    lines = errors.read().decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return "".join(sign for sign in last[-_LAST_WORDS:] if sign.isprintable())


def as_json(one: Standing, origin: Origin) -> str:
    """An alert as the command gets it."""
    value = {
        "cause": str(one.alert.cause),
        "subject": one.alert.subject,
        "summary": one.text,
        "details": dict(one.alert.details),
        "state": str(one.state),
        "since": one.since.isoformat(timespec="seconds"),
        "at": one.latest.isoformat(timespec="seconds"),
        "library": origin.library,
        "instance": origin.instance,
    }
    return json.dumps(value, ensure_ascii=False)


def _message(one: Standing, settings: MailSettings, origin: Origin) -> EmailMessage:
    summary = " ".join(one.alert.summary.split())[:150]
    if one.state is not State.BEGUN:
        summary = _("over: {summary}", summary=summary)
    message = addressed(f"Cardwarden {origin}: {summary}", settings)
    details = [f"{key}: {value}" for key, value in one.alert.details.items()]
    lines = [
        one.text,
        "",
        _when(one),
        *details,
        "",
        _("Cardwarden of {origin}; cause {cause}", origin=origin, cause=one.alert.cause),
    ]
    message.set_content("\n".join(lines) + "\n")
    return message


def _when(one: Standing) -> str:
    since, latest = local(one.since), local(one.latest)
    match one.state:
        case State.BEGUN if one.latest > one.since:
            return _("Since {since}; it grew or changed at {latest}.", since=since, latest=latest)
        case State.BEGUN:
            return _("Since {since}.", since=since)
        case State.OVER:
            return _("It is over since {latest}; it began at {since}.", since=since, latest=latest)
        case State.PASSED:
            return _(
                "It was so from {since} to {latest}; you could not be told while it was.", since=since, latest=latest
            )
