"""Which way in the settings ask for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from starlette.requests import Request

from sidecar.ports import Clock
from sidecar.serve.pages.login.oidc import OidcDoor
from sidecar.serve.pages.login.proxy import ProxyDoor
from sidecar.settings import LoadedSettings

if TYPE_CHECKING:
    from sidecar.serve.pages.login.provider import Provider

Door: TypeAlias = OidcDoor | ProxyDoor
"""How people come in."""


def door_of(loaded: LoadedSettings, clock: Clock, vouched: Callable[[Request], bool]) -> Door | None:
    """The way in; None if nobody can log in. `vouched` says whether a request brings the listener's token, or none is
    needed. Raises SettingsError for a secret that cannot be had."""
    login = loaded.settings.login
    if login.header is not None:
        return ProxyDoor(login, vouched)
    return OidcDoor(login, provider_of(loaded, clock), clock) if login.issuer is not None else None


def provider_of(loaded: LoadedSettings, clock: Clock) -> "Provider":
    """The OpenID Connect provider of the settings, which name one. Raises SettingsError for a secret that cannot be
    had."""
    # Authlib's OpenID Connect is loaded where a provider is configured, and nowhere else.
    from sidecar.serve.pages.login.provider import Provider  # noqa: PLC0415

    login = loaded.settings.login
    ca_file = None if login.ca_file is None else str(loaded.resolve(login.ca_file))
    return Provider(login, loaded.login_secret() or "", ca_file, clock)
