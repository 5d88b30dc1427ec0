"""From the wire to facts: exact amounts, nulls that stay unknown, moments and days."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from adapters.http import Answer
from adapters.koha.facts import ils_status, instant, plugin_facts, stock_facts
from adapters.koha.wire import PluginPatron, PluginStatus, StockAccount, StockPatron
from sidecar.core.model import UNKNOWN, Charge, Facts, Restriction, StaffRelease
from sidecar.errors import UnexpectedAnswer
from sidecar.ports import Category, RegisteredType

from .replay import (
    AS_OF,
    MOMENT,
    account,
    older_plugin_status,
    plugin_patron,
    plugin_status,
    recorded_body,
    redacted_patron,
    stock_patron,
)


def from_plugin(record: dict[str, object]) -> Facts:
    return plugin_facts(msgspec.json.decode(msgspec.json.encode(record), type=PluginPatron), MOMENT)


def from_stock(record: dict[str, object], money: dict[str, object] | bytes | None = None) -> Facts:
    patron = msgspec.json.decode(msgspec.json.encode(record), type=StockPatron)
    body = money if isinstance(money, bytes) or money is None else msgspec.json.encode(money)
    return stock_facts(patron, None if body is None else msgspec.json.decode(body, type=StockAccount))


@pytest.mark.parametrize(
    ("told", "known", "last"),
    [
        ({}, UNKNOWN, instant(AS_OF + 1)),
        ({"money_at": None}, None, None),
        ({"money_at": AS_OF}, MOMENT, MOMENT),
    ],
)
def test_the_last_payment_is_told_from_other_credits_or_is_any(
    told: dict[str, object], known: object, last: object
) -> None:
    facts = from_plugin(plugin_patron(7, paid_at=AS_OF + 1, **told))
    assert (facts.money_at, facts.last_payment) == (known, last)


def charge(outstanding: object) -> dict[str, object]:
    return {"id": 4, "type": "OVERDUE", "status": None, "outstanding": outstanding, "date": None, "item_id": None}


def test_a_plugin_record_becomes_facts() -> None:
    facts = from_plugin(
        plugin_patron(
            7,
            lang="da",
            login_attempts=3,
            card_lost=True,
            charges=[charge("32.750000") | {"status": "UNRETURNED", "date": "2026-03-01", "item_id": 41}],
            credit="10.500000",
            settled_at=AS_OF,
            paid_at=AS_OF + 1,
            restrictions=[
                {
                    "id": 41,
                    "type": "CW_DEBT",
                    "comment": "x",
                    "expiration": "2027-01-31",
                    "created": AS_OF,
                    "ours": True,
                }
            ],
            debarred="2027-01-31",
            flag_matches=False,
            cardnumber="0101701234",
            surname="Sørensen",
            firstname="Åse",
        )
    )
    assert facts.patron.id == "7"
    assert (facts.patron.library, facts.patron.category, facts.patron.language) == ("MAIN", "ADULT", "da")
    assert (facts.patron.born, facts.patron.expires) == (date(1990, 2, 1), date(2028, 1, 15))
    assert (facts.patron.name, facts.patron.card_number) == ("Åse Sørensen", "0101701234")
    assert facts.charges == (Charge("4", "OVERDUE", Decimal("32.750000"), date(2026, 3, 1), "UNRETURNED", "41"),)
    assert (facts.credit, facts.failed_pin, facts.card_lost) == (Decimal("10.5"), 3, True)
    assert facts.settled_at == MOMENT
    assert facts.paid_at == instant(AS_OF + 1)
    assert facts.restrictions == (Restriction("41", "CW_DEBT", True, "x", date(2027, 1, 31), MOMENT),)
    assert (facts.restricted, facts.flag_matches, facts.etag) == (True, False, "etag-7")
    assert "Sørensen" not in repr(facts)
    assert "0101701234" not in repr(facts)


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        ("login_attempts", "failed_pin"),
        ("card_lost", "card_lost"),
        ("charges", "charges"),
        ("credit", "credit"),
        ("restrictions", "restrictions"),
    ],
)
def test_a_single_null_is_that_one_fact_unknown(key: str, fact: str) -> None:
    facts = from_plugin(plugin_patron(7, **{key: None}))
    assert getattr(facts, fact) is UNKNOWN
    assert facts.patron.born == date(1990, 2, 1)


@pytest.mark.parametrize("key", ["library_id", "category_id"])
def test_a_null_library_or_category_is_unknown(key: str) -> None:
    assert getattr(from_plugin(plugin_patron(7, **{key: None})).patron, key.removesuffix("_id")) is UNKNOWN


def test_no_birth_date_and_no_expiry_are_known_to_be_none() -> None:
    patron = from_plugin(plugin_patron(7, date_of_birth=None, expiry_date=None)).patron
    assert (patron.born, patron.expires) == (None, None)


def _assert_unknown_as_a_whole(facts: Facts) -> None:
    unknown = (facts.charges, facts.credit, facts.failed_pin, facts.card_lost, facts.restrictions, facts.restricted)
    assert all(fact is UNKNOWN for fact in unknown)
    assert (facts.patron.category, facts.patron.born, facts.patron.expires) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert facts.patron.library == "MAIN"


def test_a_redacted_record_is_unknown_as_a_whole() -> None:
    _assert_unknown_as_a_whole(from_plugin(redacted_patron(7)))
    hidden = dict.fromkeys(stock_patron(7)) | {"patron_id": 7, "library_id": "MAIN"}
    _assert_unknown_as_a_whole(from_stock(hidden))
    _assert_unknown_as_a_whole(from_stock(hidden, account(10)))


@pytest.mark.parametrize("lang", ["default", "", None])
def test_koha_s_default_language_is_no_choice(lang: str | None) -> None:
    assert from_plugin(plugin_patron(7, lang=lang)).patron.language is None


def row(**changes: object) -> dict[str, object]:
    plain = {"id": 41, "type": "MANUAL", "comment": "x", "expiration": None, "created": AS_OF, "ours": False}
    return plain | changes


@pytest.mark.parametrize("text", ["0000-00-00", "soon", "2026-02-30"])
def test_a_restriction_that_ends_on_no_date_makes_that_patron_s_restrictions_unknown(text: str) -> None:
    facts = from_plugin(plugin_patron(7, restrictions=[row(ours=True), row(expiration=text)], login_attempts=3))
    assert facts.restrictions is UNKNOWN
    assert facts.failed_pin == 3


def test_a_restriction_s_end_may_be_written_as_a_moment_and_its_beginning_be_no_moment() -> None:
    facts = from_plugin(plugin_patron(7, restrictions=[row(expiration="2027-01-31 00:00:00", created=10**15)]))
    assert facts.restrictions == (Restriction("41", "MANUAL", False, "x", date(2027, 1, 31), None),)


def test_a_restriction_without_a_comment_or_a_known_beginning_has_none() -> None:
    facts = from_plugin(plugin_patron(7, restrictions=[row(comment=None, created=None)]))
    assert facts.restrictions == (Restriction("41", "MANUAL", False, "", None, None),)


@pytest.mark.parametrize("odd", [{"settled_at": 10**15}, {"credit": "1e30"}])
def test_a_record_that_no_fact_can_be_made_of_names_its_patron(odd: dict[str, object]) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"Koha sent .* \(patron 7\)"):
        from_plugin(plugin_patron(7, **odd))


@pytest.mark.parametrize("text", ["0000-00-00", "soon", "2026-02-30"])
def test_what_is_no_date_is_unknown_where_it_decides_and_left_out_where_it_does_not(text: str) -> None:
    facts = from_plugin(plugin_patron(7, date_of_birth=text, charges=[charge("1") | {"date": text}]))
    assert facts.patron.born is UNKNOWN
    assert facts.charges is not UNKNOWN
    assert facts.charges[0].incurred is None


@pytest.mark.parametrize(
    ("debarred", "restricted"),
    [
        (None, False),
        ("9999-12-31", True),
        ("2026-11-22", False),
        ("2026-11-23", UNKNOWN),
        ("2026-11-24", UNKNOWN),
        ("2026-11-25", True),
        ("nonsense", UNKNOWN),
    ],
)
def test_the_flag_restricts_until_its_date_and_the_zone_s_own_day_is_not_guessed(
    debarred: str | None, restricted: object
) -> None:
    assert MOMENT.date() == date(2026, 11, 23)
    assert from_plugin(plugin_patron(7, debarred=debarred)).restricted is restricted


@pytest.mark.parametrize(
    ("number", "exact"),
    [
        ("0.1", "0.1"),
        ("1e-6", "0.000001"),
        ("1e-06", "0.000001"),
        ("2.0", "2"),
        ("25", "25"),
        ("7.77", "7.77"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("123456789012345.123456", "123456789012345.123456"),
        ('"32.750000"', "32.75"),
        ('"9999999999999999999999.999999"', "9999999999999999999999.999999"),
    ],
)
def test_amounts_keep_every_digit(number: str, exact: str) -> None:
    body = msgspec.json.encode(plugin_patron(7, charges=[charge(msgspec.Raw(number.encode()))]))
    facts = plugin_facts(msgspec.json.decode(body, type=PluginPatron), MOMENT)
    assert facts.charges is not UNKNOWN
    assert facts.charges[0].outstanding == Decimal(exact)


def test_a_hundred_tenths_are_ten() -> None:
    facts = from_stock(stock_patron(7), account(*[0.1] * 100))
    assert facts.charges is not UNKNOWN
    assert sum(line.outstanding for line in facts.charges) == Decimal(10)


@pytest.mark.parametrize("number", ['"NaN"', '"Infinity"', '"-Infinity"', "1e400", "1e22"])
def test_what_is_no_amount_is_not_taken_for_one(number: str) -> None:
    raw = msgspec.Raw(number.encode())
    for record in (plugin_patron(7, charges=[charge(raw)]), plugin_patron(7, credit=raw)):
        with pytest.raises(UnexpectedAnswer, match="an amount that is no amount"):
            plugin_facts(msgspec.json.decode(msgspec.json.encode(record), type=PluginPatron), MOMENT)


@pytest.mark.parametrize("epoch", [10**12, 10**20, -(10**15)])
def test_a_moment_outside_every_calendar_is_unexpected(epoch: int) -> None:
    with pytest.raises(UnexpectedAnswer, match="no calendar"):
        instant(epoch)


@pytest.mark.parametrize("key", sorted(set(plugin_patron(7))))
def test_a_key_that_the_contract_promises_must_be_there(key: str) -> None:
    record = plugin_patron(7)
    del record[key]
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{key}`"):
        from_plugin(record)


def test_keys_that_nobody_knows_yet_are_passed_over() -> None:
    assert from_plugin(plugin_patron(7, shoe_size=44)) == from_plugin(plugin_patron(7))


def test_a_recorded_account_becomes_charges_with_their_own_types() -> None:
    facts = from_stock(stock_patron(120), recorded_body("account_120"))
    assert facts.charges is not UNKNOWN
    assert [(line.type, str(line.outstanding), line.status) for line in facts.charges] == [
        ("OVERDUE", "2.0", "UNRETURNED"),
        ("OVERDUE", "1.1", "RETURNED"),
        ("LOST", "25.0", None),
        ("PROCESSING", "4.5", None),
        ("MANUAL", "7.77", None),
    ]
    assert facts.charges[0] == Charge("12", "OVERDUE", Decimal("2.0"), date(2026, 3, 1), "UNRETURNED", "21")
    assert sum(line.outstanding for line in facts.charges) == Decimal("40.37")
    assert facts.credit == 0


def test_a_charge_without_a_type_an_item_or_a_status_has_none() -> None:
    money: Any = account(5.0)
    money["outstanding_debits"]["lines"][0] |= {"debit_type": None, "item_id": None, "status": None, "date": None}
    assert charges_of(from_stock(stock_patron(7), money)) == (Charge("1", "", Decimal("5.0"), None, None, None),)
    with_plugin = from_plugin(plugin_patron(7, charges=[charge("5.00")]))
    assert charges_of(with_plugin) == (Charge("4", "OVERDUE", Decimal("5.00"), None, None, None),)


def charges_of(facts: Facts) -> tuple[Charge, ...]:
    assert facts.charges is not UNKNOWN
    return facts.charges


def test_a_recorded_credit_is_a_positive_sum() -> None:
    facts = from_stock(stock_patron(40), recorded_body("pay_over_account"))
    lines: Any = msgspec.json.decode(recorded_body("pay_over_account"))["outstanding_credits"]["lines"]
    assert lines
    assert facts.credit == -sum(Decimal(str(line["amount_outstanding"])) for line in lines)
    assert facts.credit is not UNKNOWN
    assert facts.credit > 0


def test_a_recorded_empty_account_is_nothing_owed() -> None:
    facts = from_stock(stock_patron(3), recorded_body("account_none"))
    assert facts.charges == ()
    assert facts.credit == 0


def test_recorded_patrons_become_facts_with_what_stock_koha_cannot_tell_unknown() -> None:
    records = msgspec.json.decode(recorded_body("patrons_default"), type=list[StockPatron])
    assert len(records) == 20
    for record in records:
        facts = stock_facts(record, None)
        assert facts.restrictions is UNKNOWN
        assert (facts.charges, facts.credit) == (UNKNOWN, UNKNOWN), "no account was read"
        assert isinstance(facts.restricted, bool)
        assert isinstance(facts.failed_pin, int)
        assert (facts.settled_at, facts.paid_at, facts.etag) == (None, None, None)


def test_an_unread_account_is_unknown_money() -> None:
    facts = from_stock(stock_patron(7))
    assert (facts.charges, facts.credit) == (UNKNOWN, UNKNOWN)


def test_the_status_becomes_the_ils_s_own_words() -> None:
    status = ils_status(
        msgspec.json.decode(msgspec.json.encode(plugin_status(anonymous_patron_id=9)), type=PluginStatus)
    )
    assert status.description == "Koha 23.05.04.000 with the Cardwarden plugin 1.1.0"
    assert status.writable
    assert status.never == {"51", "9"}
    assert status.statistical_categories == {"STAT"}
    assert status.as_of == datetime.fromtimestamp(AS_OF, UTC)
    assert status.ours_in_force == 12
    assert status.preferences == {"FailedLoginAttempts": "5", "AnonymousPatron": "0"}


def test_the_status_says_who_writes_what_is_paused_and_by_what_limits_are_measured() -> None:
    sent = plugin_status(writer="journal-2", paused=True)
    status = ils_status(msgspec.json.decode(msgspec.json.encode(sent), type=PluginStatus))
    assert (status.writer, status.paused, status.installation_id) == ("journal-2", True, "2f1c")
    assert (status.patron_count, status.currency, status.time_zone) == (5000, "DKK", "Europe/Copenhagen")
    assert status.types == (RegisteredType("CW_DEBT", exists=True, rows=13, in_force=12),)
    quiet = ils_status(msgspec.json.decode(msgspec.json.encode(plugin_status()), type=PluginStatus))
    assert (quiet.writer, quiet.paused) == (None, False)


def test_a_category_has_limits_for_its_own_fines_its_guarantees_and_its_guarantors() -> None:
    limits = {"fines_limit": "1.00", "guarantees_limit": "2.00", "guarantors_limit": "3.00"}
    sent = plugin_status(categories=[{"id": "CHILD", "type": "C", **limits}])
    status = ils_status(msgspec.json.decode(msgspec.json.encode(sent), type=PluginStatus))
    assert status.categories == (Category("CHILD", "C", Decimal("1.00"), Decimal("2.00"), Decimal("3.00")),)


def test_the_status_says_what_a_policy_may_name() -> None:
    status = ils_status(msgspec.json.decode(msgspec.json.encode(plugin_status()), type=PluginStatus))
    assert status.contract == 2
    assert status.categories == (Category("ADULT", "A", fines_limit=Decimal("20.00")), Category("STAT", "X"))
    assert (status.libraries, status.charge_types) == ({"MAIN", "VIBY"}, {"LOST", "OVERDUE"})
    assert (status.item_types, status.patron_attributes) == ({"BOOK"}, frozenset())


def test_what_an_older_plugin_does_not_say_is_not_known_rather_than_none() -> None:
    status = ils_status(msgspec.json.decode(msgspec.json.encode(older_plugin_status()), type=PluginStatus))
    assert status.contract == 1
    assert status.description == "Koha 23.05.04.000 with the Cardwarden plugin 1.0.0"
    assert (status.categories, status.libraries, status.charge_types) == (None, None, None)
    assert (status.item_types, status.patron_attributes) == (None, None)
    assert status.statistical_categories == {"STAT"}


@pytest.mark.parametrize(
    ("preference", "limit"), [("5", 5), ("0", None), ("", None), (None, None), (3, 3), ("x", None)]
)
def test_the_pin_limit_is_koha_s_preference_and_0_is_none(preference: object, limit: int | None) -> None:
    status = plugin_status(preferences={"FailedLoginAttempts": preference})
    assert ils_status(msgspec.json.decode(msgspec.json.encode(status), type=PluginStatus)).pin_limit == limit


def test_a_body_of_another_shape_is_named_by_path_and_place_only() -> None:
    record = plugin_patron(7, login_attempts="0101701234")
    answer = Answer("GET", "/x", 200, {}, msgspec.json.encode(record))
    with pytest.raises(UnexpectedAnswer, match=r"GET /x answered 200 .*\$.login_attempts") as raised:
        answer.decode(PluginPatron)
    assert "0101701234" not in str(raised.value)


@pytest.mark.parametrize("body", [b"", b"{", b'"\xff"', b"nonsense"])
def test_a_body_that_is_not_json_is_unexpected(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="GET /x answered 200 with a body that is not whole JSON"):
        Answer("GET", "/x", 200, {}, body).decode(StockAccount if body != b'"\xff"' else str)


RELEASE = {
    "id": 3,
    "type": "CW_PIN",
    "rule": "pin",
    "staff_id": 52,
    "photo_id_checked": True,
    "reason": "Pas vist",
    "at": AS_OF,
    "rows": [41, 42],
}


def test_what_staff_released_in_koha_is_a_fact_of_the_patron() -> None:
    (release,) = from_plugin(plugin_patron(7, staff_releases=[RELEASE])).staff_releases
    assert release == StaffRelease("3", "CW_PIN", "pin", "52", True, MOMENT, "Pas vist", ("41", "42"))
    assert release.by == "koha:52"


def test_a_plugin_of_before_tells_of_none_and_a_redacted_record_neither() -> None:
    for record in (plugin_patron(7), plugin_patron(7, staff_releases=None), redacted_patron(7)):
        assert from_plugin(record).staff_releases == ()


def test_a_staff_member_who_is_gone_and_a_release_without_a_reason_are_no_trouble() -> None:
    (release,) = from_plugin(
        plugin_patron(7, staff_releases=[RELEASE | {"staff_id": None, "reason": None}])
    ).staff_releases
    assert (release.by, release.reason) == ("koha:?", "")


def test_a_release_dated_at_no_moment_is_unexpected_and_names_the_patron() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"\(patron 7\)"):
        from_plugin(plugin_patron(7, staff_releases=[RELEASE | {"at": 10**15}]))
