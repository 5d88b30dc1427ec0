"""The shapes on the wire, and their one way into facts.

Two families: the plugin's (docs/plugin-api.md, version 1) and stock Koha's as recorded from 23.05. Keys that are not
named here are ignored: both may grow. A key without a default must be there, though it may be null. A null is an
unknown fact, never a zero; for the few keys of which null has a meaning of its own (birth date, expiry date), it is
unknown only in a record that Koha redacted.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from sidecar.core.model import UNKNOWN, Charge, Facts, Patron, Restriction, Truth, Unknown
from sidecar.errors import UnexpectedAnswer
from sidecar.ports import IlsStatus, RegisteredType

V = TypeVar("V")

LARGEST: Final = Decimal(10) ** 22
"""Koha's amounts are DECIMAL(28,6): anything at or above this is no amount."""


class PluginCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A debit line with something outstanding, in major units."""

    id: int
    type: str
    outstanding: Decimal
    status: str | None = None
    date: str | None = None
    item_id: int | None = None


class PluginRestriction(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction row, in force or not. `created` is epoch seconds; `expiration` may be MySQL's 0000-00-00."""

    id: int
    type: str
    ours: bool
    comment: str | None = None
    expiration: str | None
    created: int | None = None


class PluginPatron(msgspec.Struct, frozen=True, kw_only=True):
    """One patron as the plugin sends it. Instants are epoch seconds of the database's clock."""

    patron_id: int
    etag: str | None
    library_id: str | None
    category_id: str | None
    date_of_birth: str | None
    lang: str | None
    expiry_date: str | None
    card_lost: bool | None
    login_attempts: int | None
    charges: tuple[PluginCharge, ...] | None
    credit: Decimal | None
    settled_at: int | None
    paid_at: int | None
    restrictions: tuple[PluginRestriction, ...] | None
    debarred: str | None
    flag_matches: bool | None
    cardnumber: str | None = None
    surname: str | None = None
    firstname: str | None = None

    @property
    def is_redacted(self) -> bool:
        """Whether Koha hides this patron from the API user: a patron without a category does not exist."""
        return self.category_id is None


class PluginPage(msgspec.Struct, frozen=True, kw_only=True):
    """A keyset page of GET /patrons, or the answer of POST /patrons, which has no `next_after`."""

    as_of: int
    patrons: tuple[PluginPatron, ...]
    next_after: int | msgspec.UnsetType | None = msgspec.UNSET


class PluginVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What of GET /status is read before anything else, in every version of the contract."""

    api_version: int
    plugin_version: str


class PluginType(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction type registered as ours."""

    type: str
    exists: bool
    rows: int
    in_force: int


class PluginStatus(msgspec.Struct, frozen=True, kw_only=True):
    """GET /status of version 1."""

    plugin_version: str
    koha_version: str
    installation_id: str
    database_time: int
    time_zone: str | None
    currency: str | None
    patron_count: int
    paused: bool
    writer: str | None
    api_user_id: int | None
    anonymous_patron_id: int | None
    statistical_categories: frozenset[str]
    types: tuple[PluginType, ...]
    preferences: dict[str, str | int | None]


class PluginResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one item of POST /changes."""

    patron_id: int
    status: int
    written: bool
    etag: str | None = None
    error: str | None = None


class PluginResults(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of POST /changes, in the order of its items."""

    as_of: int
    results: tuple[PluginResult, ...]


class StockPatron(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a stock patron record. A redacted one (24.05 and newer) has nulls, its id included."""

    patron_id: int | None
    library_id: str | None = None
    category_id: str | None = None
    date_of_birth: str | None = None
    lang: str | None = None
    expiry_date: str | None = None
    patron_card_lost: bool | None = None
    restricted: bool | None = None
    login_attempts: int | None = None
    account_balance: Decimal | None = None
    cardnumber: str | None = None
    surname: str | None = None
    firstname: str | None = None

    @property
    def is_redacted(self) -> bool:
        """Whether Koha hides this patron from the API user: a patron without a category does not exist."""
        return self.category_id is None


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """An open line of an account. Credits are negative."""

    account_line_id: int
    amount_outstanding: Decimal
    debit_type: str | None
    date: str | None
    status: str | None = None
    item_id: int | None = None


class StockLines(msgspec.Struct, frozen=True, kw_only=True):
    """The open debits or credits of an account."""

    lines: tuple[StockLine, ...]


class StockAccount(msgspec.Struct, frozen=True, kw_only=True):
    """GET /patrons/{id}/account. Its balance and totals are not read: they are sums of binary floats."""

    outstanding_debits: StockLines
    outstanding_credits: StockLines


def instant(epoch: int) -> datetime:
    """Whole seconds since 1970 as an aware moment."""
    moment = _moment_or_none(epoch)
    if moment is None:
        raise UnexpectedAnswer("Koha sent a moment that no calendar has: check its database's clock")
    return moment


def plugin_facts(record: PluginPatron, as_of: datetime) -> Facts:
    """The facts in a plugin record that was read at `as_of`. Raises UnexpectedAnswer, naming the patron's number."""
    try:
        return _plugin_facts(record, as_of)
    except UnexpectedAnswer as error:
        raise UnexpectedAnswer(f"{error} (patron {record.patron_id})") from None


def _plugin_facts(record: PluginPatron, as_of: datetime) -> Facts:
    hidden = record.is_redacted
    return Facts(
        patron=_patron(record, hidden=hidden),
        charges=_charges(record),
        credit=UNKNOWN if record.credit is None else _amount(record.credit),
        failed_pin=_known(record.login_attempts),
        card_lost=_known(record.card_lost),
        settled_at=None if record.settled_at is None else instant(record.settled_at),
        paid_at=None if record.paid_at is None else instant(record.paid_at),
        restrictions=_restrictions(record),
        restricted=UNKNOWN if hidden else _is_restricted(record.debarred, as_of.date()),
        flag_matches=record.flag_matches is not False,
        etag=record.etag,
    )


def stock_facts(record: StockPatron, account: StockAccount | None) -> Facts:
    """The facts in a stock record and its account; without an account the money is unknown."""
    charges: tuple[Charge, ...] | Unknown = UNKNOWN
    credit: Decimal | Unknown = UNKNOWN
    if account is not None and not record.is_redacted:
        charges = tuple(_stock_charge(line) for line in account.outstanding_debits.lines)
        credit = -sum((_amount(line.amount_outstanding) for line in account.outstanding_credits.lines), Decimal(0))
    return Facts(
        patron=_patron(record, hidden=record.is_redacted),
        charges=charges,
        credit=credit,
        failed_pin=_known(record.login_attempts),
        card_lost=_known(record.patron_card_lost),
        restrictions=UNKNOWN,
        restricted=_known(record.restricted),
    )


def ils_status(status: PluginStatus) -> IlsStatus:
    """What the ILS says of itself, from the plugin's status."""
    preferences = {name: str(value) for name, value in status.preferences.items() if value is not None}
    never = (status.api_user_id, status.anonymous_patron_id)
    return IlsStatus(
        description=f"Koha {status.koha_version} with the Cardwarden plugin {status.plugin_version}",
        writable=True,
        patron_count=status.patron_count,
        as_of=instant(status.database_time),
        installation_id=status.installation_id,
        currency=status.currency,
        time_zone=status.time_zone,
        paused=status.paused,
        writer=status.writer,
        pin_limit=_limit(preferences.get("FailedLoginAttempts", "")),
        never=frozenset(str(patron) for patron in never if patron is not None),
        statistical_categories=status.statistical_categories,
        types=tuple(RegisteredType(each.type, each.exists, each.rows, each.in_force) for each in status.types),
        preferences=preferences,
    )


def _limit(preference: str) -> int | None:
    """FailedLoginAttempts as Koha reads it: empty and 0 never lock."""
    return int(preference) or None if preference.strip().isdecimal() else None


def _patron(record: PluginPatron | StockPatron, *, hidden: bool) -> Patron:
    names = [part for part in (record.firstname, record.surname) if part]
    return Patron(
        id=str(record.patron_id),
        library=_known(record.library_id),
        category=_known(record.category_id),
        born=UNKNOWN if hidden else _day(record.date_of_birth),
        # Koha's "default" is the library's language, whatever that is: no choice of the patron's.
        language=None if record.lang in {None, "", "default"} else record.lang,
        expires=UNKNOWN if hidden else _day(record.expiry_date),
        name=" ".join(names) or None,
        card_number=record.cardnumber,
    )


def _charges(record: PluginPatron) -> tuple[Charge, ...] | Unknown:
    if record.charges is None:
        return UNKNOWN
    return tuple(
        Charge(
            id=str(line.id),
            type=line.type,
            outstanding=_amount(line.outstanding),
            incurred=_day_or_none(line.date),
            status=line.status or None,
            item=None if line.item_id is None else str(line.item_id),
        )
        for line in record.charges
    )


def _stock_charge(line: StockLine) -> Charge:
    return Charge(
        id=str(line.account_line_id),
        type=line.debit_type or "",
        outstanding=_amount(line.amount_outstanding),
        incurred=_day_or_none(line.date),
        status=line.status or None,
        item=None if line.item_id is None else str(line.item_id),
    )


def _restrictions(record: PluginPatron) -> tuple[Restriction, ...] | Unknown:
    """All rows, or unknown: a row of which it cannot be said whether it is in force leaves the whole open."""
    if record.restrictions is None:
        return UNKNOWN
    restrictions = []
    for row in record.restrictions:
        expires = _day(row.expiration)
        if expires is UNKNOWN:
            return UNKNOWN
        restrictions.append(_restriction(row, expires))
    return tuple(restrictions)


def _restriction(row: PluginRestriction, expires: date | None) -> Restriction:
    return Restriction(
        id=str(row.id),
        type=row.type,
        ours=row.ours,
        comment=row.comment or "",
        expires=expires,
        created=None if row.created is None else _moment_or_none(row.created),
    )


def _is_restricted(debarred: str | None, day: date) -> Truth:
    """Koha's flag, by its date. The library's calendar day may be the one before or after `day`, which is UTC's."""
    until = _day(debarred)
    if until is UNKNOWN:
        return UNKNOWN
    if until is None or until < day:
        return False
    return True if until > day + timedelta(days=1) else UNKNOWN


def _known(value: V | None) -> V | Unknown:
    return UNKNOWN if value is None else value


def _day(text: str | None) -> date | Unknown | None:
    """A date (of a moment: its date as Koha wrote it). What is no date, as MySQL's 0000-00-00, is unknown."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return UNKNOWN


def _moment_or_none(epoch: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _day_or_none(text: str | None) -> date | None:
    day = _day(text)
    return None if day is UNKNOWN else day


def _amount(exact: Decimal) -> Decimal:
    if not exact.is_finite() or abs(exact) >= LARGEST:
        raise UnexpectedAnswer("Koha sent an amount that is no amount")
    return exact
