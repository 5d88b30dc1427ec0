"""Which way in the settings ask for."""

from collections.abc import Callable
from typing import TypeAlias

from starlette.requests import Request

from sidecar.ports import Clock
from sidecar.serve.pages.login.oidc import OidcDoor
from sidecar.serve.pages.login.proxy import ProxyDoor
from sidecar.settings import LoadedSettings

Door: TypeAlias = OidcDoor | ProxyDoor
"""How people come in."""


def door_of(loaded: LoadedSettings, clock: Clock, vouched: Callable[[Request], bool]) -> Door | None:
    """The way in; None if nobody can log in. `vouched` says whether a request brings the listener's token, or none is
    needed. Raises SettingsError for a secret that cannot be had."""
    login, secret = loaded.settings.login, loaded.login_secret()
    if login.header is not None:
        return ProxyDoor(login, vouched)
    if secret is None:
        return None
    # Authlib's OpenID Connect is loaded where a provider is configured, and nowhere else.
    from sidecar.serve.pages.login.provider import Provider  # noqa: PLC0415

    ca_file = None if login.ca_file is None else str(loaded.resolve(login.ca_file))
    return OidcDoor(login, Provider(login, secret, ca_file, clock), clock)
