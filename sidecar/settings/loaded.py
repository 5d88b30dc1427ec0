"""Settings that were read: paths from where they stand, and secrets from where they are kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

from pydantic import SecretStr

from sidecar.settings.addresses import keeps_its_secret
from sidecar.settings.collection import OfficeKind
from sidecar.settings.mistakes import SettingsMistakes
from sidecar.settings.model import Settings
from sidecar.settings.origins import Origins
from sidecar.settings.secrets import UnfitSecret, credential_file, credential_name, plain_secret, read_secret
from sidecar.settings.sections import SHORTEST_TOKEN
from sidecar.toml.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and the file they came from (None: the environment alone).

    Whatever is wrong with a secret is a SettingsMistakes, a SettingsError, with the place of its key.
    """

    settings: Settings
    file: Path | None
    origins: Origins = field(default_factory=Origins, repr=False, compare=False)

    def client_secret(self) -> str:
        """The API key's secret. Raises SettingsError."""
        koha = self.settings.koha
        secret = self._secret("koha.client_secret", koha.client_secret, koha.client_secret_file)
        if secret is None:
            self._refuse(
                "koha.client_secret_file",
                "is not set",
                "name the file that holds the API key's secret there, or set CARDWARDEN_KOHA__CLIENT_SECRET",
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
            self._refuse(
                "listen.host",
                f"{listen.host} can be reached from other machines, so a token is needed",
                "name a file that holds it in listen.token_file, or listen on 127.0.0.1",
            )
        if token is not None and len(token) < SHORTEST_TOKEN:
            self._refuse("listen.token", f"is shorter than {SHORTEST_TOKEN} characters", "make a longer one")
        return token

    def login_secret(self) -> str | None:
        """The secret by which the page shows itself to the login's provider, if people log in there. Raises
        SettingsError."""
        login = self.settings.login
        if login.issuer is None:
            return None
        secret = self._secret("login.client_secret", login.client_secret, login.client_secret_file)
        if secret is None:
            self._refuse(
                "login.client_secret_file", "is not set, though login.issuer is", "name the file that holds it"
            )
        return secret

    def mail_password(self) -> str | None:
        """The mail server's password, if a user is named. Raises SettingsError."""
        mail = self.settings.alerts.mail
        if mail.user is None:
            return None
        password = self._secret("alerts.mail.password", mail.password, mail.password_file)
        if password is None:
            self._refuse(
                "alerts.mail.password_file", "is not set, though alerts.mail.user is", "name the file that holds it"
            )
        return password

    def ping_url(self) -> str | None:
        """What is asked for after each good full cycle, if anything. Raises SettingsError, without quoting it."""
        alerts = self.settings.alerts
        url = self._secret("alerts.ping_url", alerts.ping_url, alerts.ping_url_file)
        if url is not None and not keeps_its_secret(url):
            self._refuse(
                "alerts.ping_url",
                "is no address that keeps its token",
                "begin it with https://, or with http:// on this machine (127.0.0.1)",
            )
        return url

    def apprise_addresses(self) -> str | None:
        """The addresses of services that apprise knows, parted by spaces, if there are any. Raises SettingsError."""
        alerts = self.settings.alerts
        return self._secret("alerts.apprise", alerts.apprise, alerts.apprise_file)

    def report_mail(self) -> str:
        """How often the report is sent by mail. Raises SettingsError if that is asked for and no mail is set up."""
        every = self.settings.report.mail
        if every != "never" and self.settings.alerts.mail.host is None:
            self._refuse("report.mail", "has no mail server to send by", "set alerts.mail.host, sender and to")
        return every

    def gate_password(self, name: str) -> str:
        """The password of a gate's account, empty if it has none. Raises SettingsError."""
        gate, key = self.settings.gates[name], f"gates.{name}"
        password = self._secret(f"{key}.password", gate.password, gate.password_file)
        if password is None and gate.user is not None:
            self._refuse(f"{key}.password_file", f"is not set, though {key}.user is", "name the file that holds it")
        return password or ""

    def collection_password(self) -> str | None:
        """The password at the collection office's server, if it is not reached by a key. Raises SettingsError."""
        office = self.settings.collection
        if office.office is not OfficeKind.SFTP:
            return None
        password = self._secret("collection.password", office.password, office.password_file)
        if password is None and office.key_file is None:
            self._refuse(
                "collection.key_file",
                "is not set, and no password either",
                "name the file that holds the private key, or a password_file",
            )
        return password

    def check_secrets(self) -> None:
        """See that all secrets can be had that a daemon needs. Raises SettingsMistakes with all that is wrong."""
        mistakes: list[Mistake] = []
        secrets: list[Callable[[], str | None]] = [
            self.client_secret,
            self.journal_password,
            self.listen_token,
            self.login_secret,
            self.mail_password,
            self.ping_url,
            self.apprise_addresses,
            self.report_mail,
            self.collection_password,
            *(partial(self.gate_password, name) for name in self.settings.gates),
        ]
        for secret in secrets:
            try:
                secret()
            except SettingsMistakes as found:
                mistakes += found.mistakes
        if mistakes:
            raise SettingsMistakes(mistakes)

    def resolve(self, path: Path) -> Path:
        """A path of the settings file is relative to that file; one from the environment, to the working folder."""
        if path.is_absolute() or self.file is None:
            return path
        beside = self.file.parent / path
        return path if not beside.exists() and path.exists() else beside

    def _secret(self, key: str, value: SecretStr | None, file: Path | None) -> str | None:
        """A secret from its setting, from the file named by `<key>_file`, or from systemd's credentials."""
        try:
            if value is not None:
                return plain_secret(value.get_secret_value())
            if file is not None:
                return read_secret(self.resolve(file))
        except UnfitSecret as unfit:
            self._refuse(key if value is not None else f"{key}_file", unfit.problem, unfit.remedy)
        credential = credential_file(key)
        try:
            return None if credential is None else read_secret(credential)
        except UnfitSecret as unfit:
            raise SettingsMistakes(
                [Mistake("CREDENTIALS_DIRECTORY", 0, credential_name(key), unfit.problem, unfit.remedy)]
            ) from None

    def _refuse(self, key: str, problem: str, remedy: str) -> NoReturn:
        raise SettingsMistakes([self.origins.mistake(tuple(key.split(".")), problem, remedy)])
