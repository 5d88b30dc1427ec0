"""Which Koha the suite is for, as the environment named it when the tests were collected."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.http.options import is_loopback

PREFIX: Final = "CARDWARDEN_LIVE_"
NOT_NAMED: Final = f"no Koha was named: set {PREFIX}URL and the keys (tests/live/README.md)"
NO_STAFF_INTERFACE: Final = (
    f"needs the staff interface: set {PREFIX}STAFF_URL, {PREFIX}STAFF_USER, {PREFIX}STAFF_PASSWORD"
)


class WrongTarget(ValueError):
    """The environment names a Koha that cannot or must not be tried."""


@dataclass(frozen=True)
class Login:
    """Who somebody is: a key and its secret, or a user and the password."""

    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Target:
    """A Koha with the plugin, and who may do what there."""

    url: str
    client: Login
    low: Login
    staff_url: str | None = None
    staff: Login | None = None
    record: bool = False


def named_target(environment: Mapping[str, str]) -> Target | None:
    """The Koha that the environment names, None if it names none."""
    if not environment.get(f"{PREFIX}URL"):
        return None
    remote = environment.get(f"{PREFIX}ALLOW_REMOTE") == "yes"
    staff_url = environment.get(f"{PREFIX}STAFF_URL")
    return Target(
        _address(environment[f"{PREFIX}URL"], remote),
        Login(_needed(environment, "CLIENT_ID"), _needed(environment, "CLIENT_SECRET")),
        Login(_needed(environment, "LOW_ID"), _needed(environment, "LOW_SECRET")),
        _address(staff_url, remote) if staff_url else None,
        Login(_needed(environment, "STAFF_USER"), _needed(environment, "STAFF_PASSWORD")) if staff_url else None,
        environment.get(f"{PREFIX}RECORD") == "1",
    )


def _needed(environment: Mapping[str, str], name: str) -> str:
    if value := environment.get(PREFIX + name):
        return value
    raise WrongTarget(f"{PREFIX}{name} is not set")


def _address(url: str, remote: bool) -> str:
    if not remote and not is_loopback(url):
        raise WrongTarget(
            f"{url} is not on this machine, and the suite makes patrons, charges and restrictions: "
            f"if that Koha is one to try things on, set {PREFIX}ALLOW_REMOTE=yes"
        )
    return url.rstrip("/")


TARGET: Final = named_target(os.environ)
