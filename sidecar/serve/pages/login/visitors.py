"""Persons and what they may do."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from sidecar.core.patron_number import may_be_card_number
from sidecar.settings.login import EVERYBODY, LoginSettings

_LONGEST_NAME: Final = 100


class Role(IntEnum):
    """What somebody may do; whoever may act may look."""

    LOOK = 1
    ACT = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is known, by the name that the journal keeps."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who asks just now. `token` has to be in every form that they send; `can_leave` if they logged in
    here."""

    person: Person
    token: str
    can_leave: bool

    @property
    def may_act(self) -> bool:
        """Whether they may approve, pause, resume and accept drift."""
        return self.person.role >= Role.ACT


def is_fit(name: str) -> bool:
    """Whether the journal may keep the name: one that can be read, and no card number."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and not may_be_card_number(name)


def person_of(login: LoginSettings, name: str, groups: Collection[str]) -> Person | None:
    """Somebody with this name and these groups, if the settings let them do anything."""
    if not is_fit(name):
        return None
    if name in login.act or not set(groups).isdisjoint(login.act_groups):
        return Person(name, Role.ACT)
    if {name, EVERYBODY} & {*login.look} or {*groups, EVERYBODY} & {*login.look_groups}:
        return Person(name, Role.LOOK)
    return None


@dataclass(frozen=True, slots=True)
class Seal:
    """Makes the tokens of forms: what a page elsewhere can neither read nor guess. It is another one in every life of
    the daemon."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def token(self, whose: str) -> str:
        """The token of a session, or of a name that a proxy vouches for."""
        return hmac.new(self._key, whose.encode(), hashlib.sha256).hexdigest()


def is_token(given: str, visitor: Visitor) -> bool:
    """Whether a form carries this visitor's token."""
    return hmac.compare_digest(given.encode(), visitor.token.encode())
