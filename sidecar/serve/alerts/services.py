"""Alerts by apprise: an address each for the hundred services that it knows. An extra, imported only if it is named."""

from importlib import import_module
from types import ModuleType

from sidecar.errors import SettingsError
from sidecar.language import ENGLISH, _, speaking
from sidecar.serve.alerts.book import Standing, State
from sidecar.serve.alerts.mailing import TellingFailed
from sidecar.serve.alerts.origin import Origin


class Services:
    """Sends an alert to all addresses. They hold tokens: nothing that is said or logged quotes one."""

    name = "apprise"

    def __init__(self, addresses: tuple[str, ...], origin: Origin, language: str = ENGLISH) -> None:
        """Raises SettingsError without apprise, or if it cannot use an address."""
        self._apprise = _apprise()
        self._origin = origin
        self._language = language
        self._services = self._apprise.Apprise()
        for place, address in enumerate(addresses, start=1):
            if not self._services.add(address):
                raise SettingsError(
                    f"alerts.apprise: address {place} of {len(addresses)} is none that apprise knows; its "
                    "documentation lists how each service's address is written."
                )

    def tell(self, one: Standing) -> None:
        """Send it. Raises TellingFailed if any service did not take it: all are told again then."""
        kinds = self._apprise.NotifyType
        with speaking(self._language):
            over = one.state is not State.BEGUN
            summary = _("over: {summary}", summary=one.alert.summary) if over else one.text
            taken = self._services.notify(
                title=f"Cardwarden: {self._origin}",
                body=summary,
                notify_type=kinds.SUCCESS if over else kinds.WARNING,
            )
        if not taken:
            raise TellingFailed("a service did not take it")


def _apprise() -> ModuleType:
    try:
        return import_module("apprise")
    except ImportError:
        raise SettingsError(
            "alerts.apprise is set, and apprise is not installed: pip install 'cardwarden[apprise]', or take it out."
        ) from None
