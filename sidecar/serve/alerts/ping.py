"""A sign of life for a dead-man's switch elsewhere: a service that tells people when it no longer comes."""

from typing import Final

import requests

from sidecar.serve.alerts.mailing import TellingFailed
from sidecar.serve.liveness.aside import Aside, Late
from sidecar.settings import LoadedSettings
from sidecar.settings.addresses import is_loopback

_GOOD: Final = range(200, 300)


class Ping:
    """Asks for an address. It may carry a token, so that no error or log line holds any of it."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._asking = Aside("ping", self._status)

    def send(self) -> None:
        """Ask for it once. Raises TellingFailed."""
        try:
            status = self._asking.ask(self._timeout)
        except (Late, requests.Timeout):
            raise TellingFailed(f"alerts.ping_url did not answer within {self._timeout:g} s") from None
        except requests.RequestException as error:
            raise TellingFailed(f"alerts.ping_url cannot be reached ({type(error).__name__})") from None
        if status not in _GOOD:
            raise TellingFailed(f"alerts.ping_url answered {status}")

    def _status(self) -> int:
        with requests.Session() as session:
            session.trust_env = not is_loopback(self._url)  # proxies are for the way out of the house
            with session.get(self._url, timeout=self._timeout, allow_redirects=False, stream=True) as answer:
                return answer.status_code


def ping_of(loaded: LoadedSettings) -> Ping | None:
    """The ping that the settings ask for. Raises SettingsError if its address cannot be read or used."""
    url = loaded.ping_url()
    return None if url is None else Ping(url, loaded.settings.alerts.timeout)
