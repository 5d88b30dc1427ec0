"""From the shapes on the wire into facts.

A null is an unknown fact, never a zero; for the few keys of which null has a meaning of its own (birth date, expiry
date), it is unknown only in a record that Koha redacted.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import Final, TypeVar

from msgspec import UnsetType

from adapters.koha.wire import (
    PluginCategory,
    PluginContact,
    PluginGuarantee,
    PluginPatron,
    PluginRestriction,
    PluginStaffRelease,
    PluginStatus,
    StockAccount,
    StockLine,
    StockPatron,
)
from sidecar.core.collection.claim import Contact
from sidecar.core.model import (
    UNKNOWN,
    AgencyReport,
    Charge,
    Facts,
    Notice,
    NoticeStatus,
    OverdueItem,
    Patron,
    Restriction,
    RuleId,
    StaffRelease,
    Truth,
    Unknown,
)
from sidecar.core.needs import Part
from sidecar.core.notices import announcement_of
from sidecar.errors import UnexpectedAnswer
from sidecar.ports import Category, IlsStatus, RegisteredType

V = TypeVar("V")

_SHARED: Final = 4000
"""How many days, and how many amounts, are kept to be shared: most records have one of few."""

_NO_NOTICES: Final[Mapping[RuleId, Notice]] = {}
_NO_CLAIMS: Final[Mapping[RuleId, AgencyReport]] = {}

LARGEST: Final = Decimal(10) ** 22
"""Koha's amounts are DECIMAL(28,6): anything at or above this is no amount."""


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
        credit=UNKNOWN if record.credit is None else _shared(_amount(record.credit)),
        failed_pin=_known(record.login_attempts),
        card_lost=_known(record.card_lost),
        settled_at=None if record.settled_at is None else instant(record.settled_at),
        paid_at=None if record.paid_at is None else instant(record.paid_at),
        money_at=_money_at(record),
        restrictions=_restrictions(record),
        restricted=UNKNOWN if hidden else _is_restricted(record.debarred, as_of.date()),
        flag_matches=record.flag_matches is not False,
        etag=record.etag,
        overdue=_overdue(record),
        address_unknown=_known(record.address_unknown),
        guarantees=_guarantees(record),
        staff_releases=tuple(map(_staff_release, record.staff_releases or ())),
        claims=_NO_CLAIMS,
        notices=_notices(record),
        sends_notices=record.notices is not None,
    )


def _money_at(record: PluginPatron) -> datetime | Unknown | None:
    """Unknown where the plugin does not tell a payment from another credit."""
    if isinstance(record.money_at, UnsetType):
        return UNKNOWN
    return None if record.money_at is None else instant(record.money_at)


_STATUSES: Final = {"pending": NoticeStatus.PENDING, "sent": NoticeStatus.SENT}
"""One that Koha deleted, or says something new of, was not sent as far as anybody knows."""


def _notices(record: PluginPatron) -> Mapping[RuleId, Notice]:
    """The latest of each rule."""
    if not record.notices:
        return _NO_NOTICES
    found: dict[RuleId, Notice] = {}
    for told in record.notices:
        announcement = announcement_of(told.key)
        if announcement is None:
            continue
        rule, about = announcement
        notice = Notice(_STATUSES.get(told.status, NoticeStatus.FAILED), instant(told.at), about)
        if rule not in found or found[rule].about <= about:
            found[rule] = notice
    return found


def plugin_contact(record: PluginPatron, told: PluginContact) -> Contact:
    """Whom a collection office has to reach."""
    patron = _patron(record, hidden=record.is_redacted)
    texts = {name: getattr(told, name) or "" for name in PluginContact.__struct_fields__}
    return Contact(
        **texts,
        birth=patron.born if isinstance(patron.born, date) else None,
        library=record.library_id or "",
    )


def _overdue(record: PluginPatron | PluginGuarantee) -> tuple[OverdueItem, ...] | Unknown:
    """All loans past their due day, or unknown: one whose due day is no day leaves the whole open."""
    if record.overdue is None:
        return UNKNOWN
    items = []
    for loan in record.overdue:
        due = _day(loan.due)
        if due is None or due is UNKNOWN:
            return UNKNOWN
        items.append(OverdueItem(str(loan.item_id), due, _known(loan.item_type), _known(loan.waited_for)))
    return tuple(items)


def _guarantees(record: PluginPatron) -> tuple[Facts, ...] | Unknown:
    if record.guarantees is None:
        return UNKNOWN
    return tuple(
        Facts(
            Patron(
                str(each.patron_id),
                _known(each.library_id),
                _known(each.category_id),
                UNKNOWN if each.category_id is None else _day(each.date_of_birth),
                attributes=_known(each.attributes),
            ),
            charges=_charges(each),
            credit=UNKNOWN if each.credit is None else _amount(each.credit),
            overdue=_overdue(each),
        )
        for each in record.guarantees
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
        version=status.koha_version,
        contract=status.api_version,
        categories=None if status.categories is None else tuple(map(_category, status.categories)),
        libraries=status.libraries,
        charge_types=status.charge_types,
        item_types=status.item_types,
        patron_attributes=status.patron_attributes,
        parts=frozenset(part for part in Part if part.value in status.parts),
    )


def _category(record: PluginCategory) -> Category:
    return Category(record.id, record.type, record.fines_limit, record.guarantees_limit, record.guarantors_limit)


def _limit(preference: str) -> int | None:
    """FailedLoginAttempts as Koha reads it: empty and 0 never lock."""
    return int(preference) or None if preference.strip().isdecimal() else None


def _patron(record: PluginPatron | StockPatron, *, hidden: bool) -> Patron:
    names = [part for part in (record.firstname, record.surname) if part]
    return Patron(
        id=str(record.patron_id),
        library=_code(record.library_id),
        category=_code(record.category_id),
        born=UNKNOWN if hidden else _day(record.date_of_birth),
        # Koha's "default" is the library's language, whatever that is: no choice of the patron's.
        language=None if record.lang in {None, "", "default"} else intern(record.lang),
        expires=UNKNOWN if hidden else _recent_day(record.expiry_date),
        name=" ".join(names) or None,
        card_number=record.cardnumber,
        attributes=_known(record.attributes) if isinstance(record, PluginPatron) else UNKNOWN,
    )


def _charges(record: PluginPatron | PluginGuarantee) -> tuple[Charge, ...] | Unknown:
    if record.charges is None:
        return UNKNOWN
    return tuple(
        Charge(
            id=str(line.id),
            type=intern(line.type),
            outstanding=_shared(_amount(line.outstanding)),
            incurred=_day_or_none(line.date),
            status=intern(line.status) if line.status else None,
            item=None if line.item_id is None else str(line.item_id),
            arose=_day_or_none(line.arose),
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


def _staff_release(record: PluginStaffRelease) -> StaffRelease:
    return StaffRelease(
        id=str(record.id),
        restriction_type=record.type,
        rule=record.rule,
        staff="?" if record.staff_id is None else str(record.staff_id),
        photo_id_checked=record.photo_id_checked,
        at=instant(record.at),
        reason=record.reason or "",
        rows=tuple(map(str, record.rows)),
    )


def _is_restricted(debarred: str | None, day: date) -> Truth:
    """Koha's flag, by its date. The library's calendar day may be the one before or after `day`, which is UTC's."""
    until = _day(debarred)
    if until is UNKNOWN:
        return UNKNOWN
    if until is None or until < day:
        return False
    return True if until > day + timedelta(days=1) else UNKNOWN


def _code(text: str | None) -> str | Unknown:
    """A code of which there are few (a library, a category), so that all records share one text."""
    return UNKNOWN if text is None else intern(text)


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


_recent_day = lru_cache(maxsize=_SHARED)(_day)
"""A day of these years, on which something arises or ends: so many records share it."""


def _moment_or_none(epoch: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _day_or_none(text: str | None) -> date | None:
    day = _recent_day(text)
    return None if day is UNKNOWN else day


def _amount(exact: Decimal) -> Decimal:
    if not exact.is_finite() or abs(exact) >= LARGEST:
        raise UnexpectedAnswer("Koha sent an amount that is no amount")
    return exact


@lru_cache(maxsize=_SHARED)
def _shared(amount: Decimal) -> Decimal:
    """The same amount as met before: most are among few, and the plugin writes six places of all."""
    return amount
