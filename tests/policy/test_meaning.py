"""What a policy file means: defaults by kind, exact amounts, what an exception replaces, texts, warnings."""

from pathlib import Path

import pytest

from sidecar.core.model import Currency, Kind
from sidecar.core.policy import (
    ALL_CHARGES,
    AfterMinutes,
    AgencyConfirmation,
    Ages,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    FlagCleared,
    IfLifted,
    PaidInFull,
    Release,
    Rule,
    Threshold,
)
from sidecar.policy import load_policy
from sidecar.policy.language.schema import MAX_TEXT
from sidecar.policy.rules.texts import _SHORT_TEXTS

from .examples import HEAD, HEAD_LINES, parse, with_head
from .mistaken import BILL, CLAIM, DEBT, LOST, PIN, UNDER_18


def rule(rules: str) -> Rule:
    return with_head(rules).policy.rules[0]


def test_only_name_and_currency_are_required() -> None:
    policy = parse("[policy]\nname = 'x'\ncurrency = 'DKK'").policy
    assert (policy.name, policy.currency, policy.languages) == ("x", Currency("DKK", 2), ("en",))
    assert str(policy.time_zone) == "Europe/Oslo"
    assert not policy.age_unknown_is_adult


def test_a_debt_by_default_counts_everything_less_credit_and_waits_for_all_to_be_paid() -> None:
    debt = rule(DEBT)
    assert debt.terms.threshold == Threshold(22500)
    assert debt.terms.release == PaidInFull()
    assert (debt.counts, debt.release_counts, debt.net_of_credit) == (ALL_CHARGES, ALL_CHARGES, True)
    assert (debt.restriction_type, debt.if_lifted, debt.override_days) == ("CW_DEBT", IfLifted.RESPECT, None)
    assert (debt.terms.announce_days, debt.retired, debt.exceptions) == (0, False, ())


def test_an_unpaid_bill_by_default_is_any_replacement_whatever_the_credit() -> None:
    bill = rule(BILL)
    assert bill.terms.threshold == Threshold(0, inclusive=False)
    assert bill.terms.release == PaidInFull()
    assert bill.counts == bill.release_counts == frozenset({Kind.REPLACEMENT})
    assert not bill.net_of_credit
    assert rule(BILL + "net_of_credit = false").net_of_credit is False


def test_wrong_pins_by_default_wait_for_staff() -> None:
    pin = rule(PIN)
    assert (pin.terms.threshold, pin.terms.release) == (Threshold(5), ByStaff())


def test_a_lost_card_by_default_waits_for_the_flag() -> None:
    lost = rule(LOST)
    assert (lost.terms.threshold, lost.terms.release) == (None, FlagCleared())


def test_a_claim_by_default_gives_a_week_and_is_put_back() -> None:
    claim = rule(CLAIM)
    assert claim.terms.threshold == Threshold(0, inclusive=False)
    assert claim.terms.release == AgencyConfirmation()
    assert (claim.terms.announce_days, claim.if_lifted, claim.net_of_credit) == (7, IfLifted.RESTORE, True)
    assert rule(CLAIM + "pay_within_days = 14").terms.announce_days == 14


@pytest.mark.parametrize(
    ("rules", "release"),
    [
        (DEBT + "release = 'below_block'", BelowBlock()),
        (DEBT + "release = { at_most = 224.99 }", AtMost(22499)),
        ("[rules.d]\nkind = 'debt'\nblock_above = 10\nrelease.at_most = 10", AtMost(1000)),
        ("[rules.d]\nkind = 'debt'\nblock_above = 0\nrelease.at_most = 0", AtMost(0)),
        (PIN + "release = 'counter_reset'", CounterReset()),
        (PIN + "release = { after_minutes = 30 }", AfterMinutes(30)),
        (LOST + "release = 'staff'", ByStaff()),
    ],
)
def test_each_release_is_read(rules: str, release: Release) -> None:
    assert rule(rules).terms.release == release


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [
        ("DKK", "225", 22500),
        ("DKK", "225.0", 22500),
        ("DKK", "0.1", 10),
        ("DKK", "0.29", 29),
        ("DKK", "1_000.10", 100010),
        ("DKK", "2.25e2", 22500),
        ("DKK", "999999999.99", 99999999999),
        ("JPY", "500", 500),
        ("KWD", "1.125", 1125),
        ("RSD", "50.50", 5050),
    ],
)
def test_amounts_are_exact_in_the_minor_units_of_the_currency(currency: str, written: str, minor: int) -> None:
    text = HEAD.replace("DKK", currency) + f"[rules.debt]\nkind = 'debt'\nblock_at = {written}\n"
    assert parse(text).policy.rules[0].terms.threshold == Threshold(minor)


def test_a_currency_without_decimals_takes_none() -> None:
    with pytest.raises(Exception, match="has 2 decimals, but JPY has 0; write an amount such as 225,"):
        parse(HEAD.replace("DKK", "JPY") + "[rules.debt]\nkind = 'debt'\nblock_at = 500.00\n")


def test_kohas_own_charge_types_have_kinds_and_the_file_may_move_them() -> None:
    policy = with_head("[kinds]\nreplacement = ['PROCESSING', 'DAMAGED']\nother = ['RENT']\n").policy
    kinds = {name: policy.kind_of(name) for name in ("LOST", "PROCESSING", "DAMAGED", "RENT", "OVERDUE", "MANUAL", "X")}
    assert kinds == {
        "LOST": Kind.REPLACEMENT,
        "PROCESSING": Kind.REPLACEMENT,
        "DAMAGED": Kind.REPLACEMENT,
        "RENT": Kind.OTHER,
        "OVERDUE": Kind.FEE,
        "MANUAL": Kind.OTHER,
        "X": Kind.OTHER,
    }


def test_an_exception_replaces_what_it_names_and_keeps_the_rest() -> None:
    debt = rule(
        DEBT
        + "release = 'below_block'\nannounce_days = 3\nmessage.da = 'Spærret ved {threshold}'\n"
        + "[[rules.debt.except]]\ncategories = ['CHILD', 'TEEN']\nages = { from = 3, under = 18 }\nblock_above = 100\n"
        + "[[rules.debt.except]]\nlibraries = ['M']\nrelease = 'paid_in_full'\n"
        + "announce_days = 0\nmessage.en = 'Hello'\n"
        + "[[rules.debt.except]]\nages.from = 67\nexempt = true\n"
    )
    child, mobile, old = debt.exceptions
    assert (child.categories, child.libraries, child.ages) == (frozenset({"CHILD", "TEEN"}), None, Ages(3, 18))
    assert child.terms.threshold == Threshold(10000, inclusive=False)
    assert (child.terms.release, child.terms.announce_days) == (BelowBlock(), 3)
    assert child.terms.texts["da"] == "Spærret ved 100,00 kr."
    assert (mobile.libraries, mobile.terms.threshold) == (frozenset({"M"}), Threshold(22500))
    assert (mobile.terms.release, mobile.terms.announce_days) == (PaidInFull(), 0)
    assert mobile.terms.texts == {"da": "Spærret ved 225,00 kr.", "en": "Hello"}
    assert old.ages == Ages(67)
    assert old.terms.exempt
    assert not debt.terms.exempt


def test_an_exception_may_lower_the_level_at_which_it_blocks_and_frees_together() -> None:
    rules = DEBT + "release = { at_most = 200 }\n[[rules.debt.except]]\nages.under = 18\n"
    assert rule(rules + "block_at = 100\nrelease = { at_most = 99.99 }").exceptions[0].terms.release == AtMost(9999)


def test_an_exception_for_ages_without_a_birth_date_does_not_make_the_next_one_unreachable() -> None:
    ages = "".join(
        f"[[rules.debt.except]]\nages = {{ {span} }}\nblock_at = 5\n" for span in ("under = 50", "from = 50")
    )
    assert len(rule(DEBT + ages + "[[rules.debt.except]]\nlibraries = ['M']\nblock_at = 6\n").exceptions) == 3


def test_texts_fall_back_to_defaults_by_kind_and_language() -> None:
    given = rule(DEBT + "message.en = 'Hello'\n").terms
    assert given.texts["en"] == "Hello"
    assert given.texts["da"].startswith("Kortet er spærret.")
    assert given.short_texts["en"].startswith("The card is blocked.")


HEAD_WITHOUT_LANGUAGES = HEAD.replace('languages = ["da", "en"]\n', "")


@pytest.mark.parametrize(
    ("rules", "languages"),
    [
        (DEBT, ("en",)),
        (DEBT + "message.da = 'x'\n", ("da",)),
        (DEBT + "short_message.de = 'x'\nmessage.da = 'x'\n" + LOST + "message.sv = 'x'\n", ("de", "da", "sv")),
        (DEBT + UNDER_18 + "message.nb-NO = 'x'\n" + LOST + "message.da = 'x'\n", ("nb-no", "da")),
        ("[rules.debt.message]\nda = 'x'\n[rules.lost]\nkind = 'lost_card'\nmessage.en = 'x'\n" + DEBT, ("da", "en")),
    ],
)
def test_where_no_languages_are_named_they_are_those_of_the_texts(rules: str, languages: tuple[str, ...]) -> None:
    assert parse(HEAD_WITHOUT_LANGUAGES + rules).policy.languages == languages


def test_a_language_of_a_region_takes_the_default_of_its_language() -> None:
    policy = parse(HEAD.replace('"en"', '"en-GB"') + DEBT).policy
    assert policy.languages == ("da", "en-gb")
    assert policy.rules[0].terms.texts["en-gb"].startswith("The card is blocked.")


def test_without_a_default_the_short_text_is_the_text() -> None:
    terms = parse(HEAD.replace('"en"', '"is"') + DEBT + "message.is = 'Kortið er lokað.'\n").policy.rules[0].terms
    assert terms.short_texts["is"] == "Kortið er lokað."


@pytest.mark.parametrize("language", ["da", "en", "de", "fi", "nb", "sv", "nl", "fr", "es", "it", "pl"])
def test_default_texts_fit_koha_and_say_nothing_that_a_queue_should_not_read(language: str) -> None:
    text = HEAD.replace('["da", "en"]', f'["{language}"]') + DEBT + PIN + LOST + BILL + CLAIM
    for found in parse(text).policy.rules:
        texts, short = found.terms.texts[language], found.terms.short_texts[language]
        assert len(texts) <= 120
        assert len(short) <= 60
        assert not set(texts + short) & set("<&|{}0123456789")
        for word in ("incasso", "inkasso", "collection", "debt", "gæld", "skuld", "velka", "gjeld", "schuld"):
            assert word not in (texts + short).lower()


@pytest.mark.parametrize("language", sorted(_SHORT_TEXTS))
def test_the_default_short_texts_of_all_five_kinds_fit_together_where_koha_cuts(language: str) -> None:
    text = HEAD.replace('["da", "en"]', f'["{language}"]') + DEBT + PIN + LOST + BILL + CLAIM
    joined = "\n".join(found.terms.short_texts[language] for found in parse(text).policy.rules)
    assert len(joined) <= MAX_TEXT


@pytest.mark.parametrize(
    ("currency", "language", "amount", "expected"),
    [
        ("DKK", "da", "225.00", "225,00 kr."),
        ("DKK", "en", "225.00", "DKK 225.00"),
        ("EUR", "de", "4.99", "4,99 €"),
        ("GBP", "en", "1000.5", "£1,000.50"),
        ("JPY", "en", "500", "¥500"),
        ("KWD", "en", "1.5", "KWD 1.500"),
        ("RSD", "en", "50.5", "RSD 50.50"),
    ],
)
def test_the_threshold_reads_as_the_language_writes_it(
    currency: str, language: str, amount: str, expected: str
) -> None:
    text = (
        HEAD.replace("DKK", currency).replace('["da", "en"]', f'["{language}"]')
        + f"[rules.debt]\nkind = 'debt'\nblock_at = {amount}\nmessage.{language} = '{{{{{{threshold}}}}}} {{policy}}'\n"
    )
    assert parse(text).policy.rules[0].terms.texts[language] == f"{{{expected}}} Test"


def test_the_threshold_of_wrong_pins_is_their_number() -> None:
    assert rule(PIN + "message.da = 'x {threshold}'").terms.texts["da"] == "x 5"


def test_rules_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + PIN + DEBT).replace("\n", "\r\n").encode())
    loaded = load_policy(path)
    assert loaded.path == path
    assert [found.id for found in loaded.policy.rules] == ["pin", "debt"]


@pytest.mark.parametrize(
    ("rules", "line", "words"),
    [
        ("", 1, "nobody is blocked"),
        (DEBT + "announce_days = 7\n", 4, "rules.debt.announce_days: who is announced is listed"),
        (DEBT + "[[rules.debt.except]]\nages.under = 9\nannounce_days = 7\n", 1, "who is announced is listed"),
        (CLAIM + "pay_within_days = 9\n", 3, "rules.claim.pay_within_days: who is announced is listed"),
        (DEBT + "release = 'below_block'\nrelease_counts = ['fee', 'other', 'replacement']", 5, "matters only with"),
        (LOST + "if_lifted = 'restore'\noverride_days = 3\n", 4, "rules.lost.override_days: has no meaning"),
        (DEBT + "[[rules.debt.except]]\nages.under = 9\n", 4, "rules.debt.except[1]: changes nothing"),
        (LOST + f"short_message.da = '{61 * 'x'}'\n", 3, "rules.lost.short_message.da: has 61 characters"),
    ],
)
def test_what_is_worth_knowing_is_said_with_its_place(rules: str, line: int, words: str) -> None:
    (warning,) = with_head(rules).warnings
    assert warning.startswith(f"p.toml:{HEAD_LINES + line if rules else 1}: ")
    assert words in warning


@pytest.mark.parametrize("rules", [DEBT, PIN, LOST, BILL, CLAIM + "retired = true\n"])
def test_an_ordinary_policy_has_no_warnings(rules: str) -> None:
    assert with_head(rules).warnings == ()
