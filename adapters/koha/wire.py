"""The shapes on the wire; `facts.py` is their one way into facts.

Two families: the plugin's (docs/plugin-api.md, versions 1 to 3) and stock Koha's as recorded from 23.05. Keys that are
not named here are ignored: both may grow. A key without a default must be there, though it may be null.
"""

from decimal import Decimal

import msgspec


class PluginCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A debit line with something outstanding, in major units."""

    id: int
    type: str
    outstanding: Decimal
    status: str | None = None
    date: str | None = None
    item_id: int | None = None
    arose: str | None = None


class PluginLoan(msgspec.Struct, frozen=True, kw_only=True):
    """A loan past its due day that is neither lost nor claimed to be returned."""

    item_id: int
    due: str
    item_type: str | None = None
    waited_for: bool | None = None


class PluginGuarantee(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the patron answers for."""

    patron_id: int
    category_id: str | None
    library_id: str | None
    date_of_birth: str | None
    charges: tuple[PluginCharge, ...] | None
    credit: Decimal | None
    attributes: frozenset[str] | None = None
    overdue: tuple[PluginLoan, ...] | None = None


class PluginRestriction(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction row, in force or not. `created` is epoch seconds; `expiration` may be MySQL's 0000-00-00."""

    id: int
    type: str
    ours: bool
    comment: str | None = None
    expiration: str | None
    created: int | None = None


class PluginStaffRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A block that staff released on the patron's page in Koha. `staff_id` is a borrowernumber (null: nobody knows any
    more), `rows` the rows that went with it."""

    id: int
    type: str
    rule: str
    staff_id: int | None
    photo_id_checked: bool
    reason: str | None
    at: int
    rows: tuple[int, ...]


class PluginNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that the sidecar asked for, by its key. `status` is pending, sent, failed or deleted, since `at`."""

    key: str
    code: str
    status: str
    at: int


class PluginContact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a collection office has to reach, as POST /patrons tells it when it is asked (version 3)."""

    surname: str | None = None
    firstname: str | None = None
    cardnumber: str | None = None
    address: str | None = None
    address2: str | None = None
    city: str | None = None
    zipcode: str | None = None
    state: str | None = None
    country: str | None = None
    phone: str | None = None
    mobile: str | None = None
    email: str | None = None
    category_type: str | None = None


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
    staff_releases: tuple[PluginStaffRelease, ...] | None = ()
    overdue: tuple[PluginLoan, ...] | None = None
    attributes: frozenset[str] | None = None
    address_unknown: bool | None = None
    guarantees: tuple[PluginGuarantee, ...] | None = None
    contact: PluginContact | None = None
    money_at: int | msgspec.UnsetType | None = msgspec.UNSET
    notices: tuple[PluginNotice, ...] | None = None

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
    parts: frozenset[str] = frozenset()


class PluginType(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction type registered as ours."""

    type: str
    exists: bool
    rows: int
    in_force: int


class PluginCategory(msgspec.Struct, frozen=True, kw_only=True):
    """A patron category, with the limits of its own that newer Koha knows, in major units."""

    id: str
    type: str
    fines_limit: Decimal | None = None
    guarantees_limit: Decimal | None = None
    guarantors_limit: Decimal | None = None


class PluginStatus(msgspec.Struct, frozen=True, kw_only=True):
    """GET /status. What version 1 does not have is None in it: not known, never empty."""

    api_version: int
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
    categories: tuple[PluginCategory, ...] | None = None
    libraries: frozenset[str] | None = None
    charge_types: frozenset[str] | None = None
    item_types: frozenset[str] | None = None
    patron_attributes: frozenset[str] | None = None
    parts: frozenset[str] = frozenset()


class PluginResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one item of POST /changes."""

    patron_id: int
    status: int
    written: bool
    etag: str | None = None
    error: str | None = None


class PluginNoticeRefused(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that Koha could not queue, and the sentence that says why."""

    patron_id: int
    key: str
    error: str


class PluginResults(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of POST /changes, in the order of its items."""

    as_of: int
    results: tuple[PluginResult, ...]
    notices_refused: tuple[PluginNoticeRefused, ...] = ()


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


class StockLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of GET /libraries."""

    library_id: str


class StockCard(msgspec.Struct, frozen=True, kw_only=True):
    """What of a patron's record is read to find a card."""

    patron_id: int | None
    cardnumber: str | None = None


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
