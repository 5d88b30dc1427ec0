"""What the library has and knows, before anybody acts: tables, types, preferences, keys and the plugin's state."""

import re
import uuid
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from threading import RLock
from typing import Final

from adapters.standin.library.building import Population
from adapters.standin.library.clock import Clock
from adapters.standin.library.names import (
    CATEGORIES,
    CURRENCY,
    DEBIT_TYPES,
    ITEM_TYPES,
    LIBRARIES,
    PATRON_ATTRIBUTES,
    PREFERENCES,
    SYSTEM_RESTRICTION_TYPES,
)
from adapters.standin.library.records import (
    FLAG_COMMENT_LENGTH,
    CategoryLimits,
    NoticeRow,
    Patron,
    RestrictionRow,
    StaffReleaseRow,
    StoredAnswer,
    millionths,
    six_decimals,
)

OWN_TYPE: Final = re.compile(r"CW_[A-Z0-9_]{1,47}")
"""What the plugin's page takes as a type of Cardwarden's own."""
DEFAULT_RESTRICTION_TYPE: Final = "MANUAL"
API_USER_ID: Final = 1
CONTRACTS: Final = range(1, 4)
"""Versions of the plugin's contract that the stand-in can speak."""
NAMED: Final = ("libraries", "charge_types", "item_types", "patron_attributes")
"""What has a code and a name, and nothing else that matters here."""
TABLES: Final = (
    *NAMED,
    "patrons",
    "categories",
    "category_limits",
    "currency",
    "preferences",
    "restriction_types",
    "keys",
    "tokens",
    "installation_id",
    "writer",
    "paused",
    "registered",
    "answers",
    "answers_hold_at",
    "releases",
    "notices",
    "unreachable",
    "has_letter",
    "_ids",
    "_next_patron",
    "_next_line",
    "_next_restriction",
    "_next_release",
)
"""What a backup of the database holds."""


class UnknownPatronError(KeyError):
    """There is no patron of that number."""

    def __str__(self) -> str:
        return f"there is no patron {self.args[0]}"


class UnknownRestrictionError(KeyError):
    """There is no restriction row, or no restriction type, of that name or number."""

    def __str__(self) -> str:
        return f"there is no restriction {self.args[0]}"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A row of Koha's `api_keys`: whoever has it acts as this patron, with these permissions.

    `permissions` maps a module to its subpermissions, or to `"1"` for the whole module.
    """

    client_id: str
    client_secret: str
    patron_id: int
    permissions: Mapping[str, frozenset[str]]


def _from_seed(seed: int, purpose: str) -> str:
    digest = sha256(f"cardwarden stand-in {purpose} {seed}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


WHOLE_MODULE: Final = frozenset({"1"})


def _keys(seed: int) -> dict[str, ApiKey]:
    granted: dict[str, dict[str, frozenset[str]]] = {
        "client": {
            "borrowers": frozenset({"edit_borrowers", "view_borrower_infos_from_any_libraries"}),
            "updatecharges": frozenset({"remaining_permissions"}),
        },
        "setup": {"borrowers": WHOLE_MODULE, "updatecharges": WHOLE_MODULE},
        "low": {},
    }
    return {
        name: ApiKey(_from_seed(seed, f"{name} id"), _from_seed(seed, f"{name} secret"), API_USER_ID, permissions)
        for name, permissions in granted.items()
    }


class Holdings:
    """The tables, and the few look-ups that everything else is made of."""

    def __init__(
        self, clock: Clock, made: Population, *, seed: int, registered_types: Sequence[str], lock: RLock
    ) -> None:
        self.lock = lock
        self.clock = clock
        self.seed = seed
        self.opened_at = clock.now()
        self.patrons = made.patrons
        self.subjects: Mapping[str, int] = made.subjects
        self.libraries = dict(LIBRARIES)
        self.charge_types = dict(DEBIT_TYPES)
        self.item_types = dict(ITEM_TYPES)
        self.patron_attributes = dict(PATRON_ATTRIBUTES)
        self.categories = dict(CATEGORIES)
        self.category_limits: dict[str, CategoryLimits] = {}
        self.currency = CURRENCY
        self.preferences = dict(PREFERENCES)
        self.restriction_types = SYSTEM_RESTRICTION_TYPES | {name: name for name in registered_types}
        self.api_user_id = API_USER_ID
        self.keys = _keys(seed)
        self.tokens: dict[str, tuple[ApiKey, int]] = {}
        # A library that is built anew has forgotten its restrictions: a journal of the one before must not fit it.
        self.installation_id = str(uuid.uuid4())
        self.writer: str | None = None
        self.paused = False
        self.registered = list(registered_types)
        self.contract = CONTRACTS[-1]
        self.answers: dict[int, StoredAnswer] = {}
        self.answers_hold_at: int | None = None
        self.releases: list[StaffReleaseRow] = []
        self.notices: list[NoticeRow] = []
        self.unreachable: set[int] = set()
        self.has_letter = True
        self.backups: dict[str, dict[str, object]] = {}
        self._ids = sorted(made.patrons)
        self._next_patron = made.next_patron
        self._next_line = made.next_line
        self._next_restriction = made.next_restriction
        self._next_release = 1

    def now(self) -> int:
        """The database's clock, whole seconds since 1970."""
        return self.clock.now()

    def today(self) -> date:
        """The library's calendar day."""
        return self.clock.today()

    def patron(self, patron_id: int) -> Patron:
        """The patron of that number, or UnknownPatronError."""
        try:
            return self.patrons[patron_id]
        except KeyError:
            raise UnknownPatronError(patron_id) from None

    def ascending(self, after: int = 0) -> Iterator[Patron]:
        """Patrons by number, those above `after`."""
        for position in range(bisect_right(self._ids, after), len(self._ids)):
            yield self.patrons[self._ids[position]]

    def by_card_number(self, card_number: str) -> Patron | None:
        """The holder of a card number, which is unique."""
        return next((patron for patron in self.patrons.values() if patron.card_number == card_number), None)

    def by_userid(self, userid: str) -> Patron | None:
        """The patron of a login name, which is unique."""
        return next((patron for patron in self.patrons.values() if patron.userid == userid), None)

    @staticmethod
    def amount(value: Decimal | str | float | None) -> int | None:
        """An amount in major units as millionths, None kept."""
        return None if value is None else millionths(value)

    def pin_of(self, patron_id: int) -> str:
        """The right PIN: the last four digits of the patron's number, until a password is set."""
        patron = self.patron(patron_id)
        return patron.pin if patron.pin is not None else f"{patron_id % 10_000:04d}"

    def login_limit(self) -> int | None:
        """How many failures lock an account; None (an empty preference, or 0) never locks."""
        limit = self.preferences.get("FailedLoginAttempts", "")
        return int(limit) if limit.isdecimal() and int(limit) > 0 else None

    def account_locked(self, patron: Patron) -> bool:
        """Koha's own rule: at the limit, or locked by an administrator (a negative counter)."""
        limit = self.login_limit()
        return patron.attempts < 0 or (limit is not None and patron.attempts >= limit)

    def etag(self, patron: Patron, more: tuple[str, ...] = ()) -> str:
        """The patron's etag by the plugin's contract, kept until something about the patron changes; `more` are fields
        of parts that a request asks for."""
        if more:
            return sha256("|".join((self.etag_text(patron), *more)).encode()).hexdigest()
        if patron.etag is None:
            patron.etag = sha256(self.etag_text(patron).encode()).hexdigest()
        return patron.etag

    def etag_text(self, patron: Patron) -> str:
        """What the etag covers, whatever a request asks for."""
        lines = [f"{line.id}:{line.type}:{six_decimals(line.outstanding)}" for line in patron.lines if line.outstanding]
        rows = [
            f"{row.id}:{row.type}:{row.expiration or ''}" for row in patron.restrictions if row.type in self.registered
        ]
        unapplied = -sum(line.outstanding for line in patron.lines if line.credit)
        settled_at = self.moments(patron)[0]
        fields = (
            *lines,
            six_decimals(unapplied),
            str(patron.attempts),
            str(int(patron.card_lost)),
            str(patron.born or ""),
            patron.category_id,
            patron.library_id,
            "" if settled_at is None else str(settled_at),
            *rows,
        )
        return "|".join(fields)

    def moments(self, patron: Patron) -> tuple[int | None, int | None]:
        """`settled_at` and `paid_at` as the plugin tells them. Version 1 of the contract knew nothing of voids."""
        if self.contract > 1:
            return patron.settled_at, patron.paid_at
        settled = [credit.at for credit in patron.noted if credit.settled]
        return settled[-1] if settled else None, patron.noted[-1].at if patron.noted else None

    def touch(self, patron: Patron, *, record: bool) -> None:
        """Note that something about the patron moved; `record` when the row in `borrowers` did (`updated_on`).

        As recorded from Koha 23.05: payments and charges leave `updated_on` where it was.
        """
        patron.etag = None
        patron.moved_at = self.now()
        if record:
            patron.updated_on = patron.moved_at

    def new_row(self, patron: Patron, kind: str, comment: str, expiration: date | None) -> RestrictionRow:
        """Insert a restriction row, made by the API user; the flag is left to `refresh_flag`."""
        row = RestrictionRow(self._next_restriction, kind, comment, expiration, self.now(), manager_id=self.api_user_id)
        self._next_restriction += 1
        patron.restrictions.append(row)
        return row

    def refresh_flag(self, patron: Patron) -> None:
        """Koha's UpdateBorrowerDebarmentFlags: the flag and its joined comment, cut at 255 characters."""
        today = self.today()
        flag = patron.implied_flag(today)
        comment = patron.joined_comments(today)[:FLAG_COMMENT_LENGTH] if flag is not None else None
        moved = (flag, comment) != (patron.debarred, patron.debarred_comment)
        patron.debarred, patron.debarred_comment = flag, comment
        self.touch(patron, record=moved)

    def _add(self, patron: Patron) -> None:
        self.patrons[patron.id] = patron
        self._ids.append(patron.id)  # numbers only grow, so the list stays sorted

    def _drop(self, patron_id: int) -> None:
        del self.patrons[patron_id]
        self.answers.pop(patron_id, None)
        self.releases = [release for release in self.releases if release.patron_id != patron_id]
        self._ids.remove(patron_id)

    def _forget_etags(self) -> None:
        for patron in self.patrons.values():
            patron.etag = None
