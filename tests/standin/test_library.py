"""The invented library: the same for the same seed, like a real one in its shares, and people act in it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from adapters.standin.library.holdings import UnknownPatronError, UnknownRestrictionError
from adapters.standin.library.library import Library, build_library
from adapters.standin.library.records import ENDLESS, MILLIONTHS, millionths, six_decimals
from adapters.standin.library.subjects import SUBJECTS

TODAY = date(2026, 11, 23)
LIMIT = 225 * MILLIONTHS


@pytest.fixture
def library() -> Library:
    return build_library(60, today=TODAY)


def test_the_same_seed_invents_the_same_library() -> None:
    one, other = build_library(300, seed=4, today=TODAY), build_library(300, seed=4, today=TODAY)
    for each in one.patrons.values():
        twin = other.patrons[each.id]
        assert (each.card_number, each.born, each.balance()) == (twin.card_number, twin.born, twin.balance())
        assert one.etag(each) == other.etag(twin)
    assert one.keys == other.keys
    assert one.installation_id != other.installation_id, "a journal of the one must not fit the other"


def test_another_seed_invents_another_library_with_other_keys() -> None:
    one, other = build_library(300, seed=4, today=TODAY), build_library(300, seed=5, today=TODAY)
    assert [each.surname for each in one.patrons.values()] != [each.surname for each in other.patrons.values()]
    assert one.keys["client"].client_secret != other.keys["client"].client_secret


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        ("owes something", 0.07, 0.11),
        ("owes 225.00 or more", 0.018, 0.034),
        ("failed attempts", 0.010, 0.022),
        ("restricted by staff", 0.006, 0.016),
        ("card lost", 0.001, 0.007),
        ("expired", 0.03, 0.15),
    ],
)
def test_shares_are_those_of_a_real_library(share: str, low: float, high: float) -> None:
    patrons = list(build_library(4000, today=TODAY).patrons.values())
    fits = {
        "owes something": sum(each.balance() > 0 for each in patrons),
        "owes 225.00 or more": sum(each.balance() >= LIMIT for each in patrons),
        "failed attempts": sum(each.attempts > 0 for each in patrons),
        "restricted by staff": sum(bool(each.restrictions) for each in patrons),
        "card lost": sum(each.card_lost for each in patrons),
        "expired": sum(each.expires is not None and each.expires < TODAY for each in patrons),
    }
    assert low < fits[share] / len(patrons) < high


def test_every_thing_worth_showing_has_a_subject_from_500_patrons_on() -> None:
    library = build_library(500, today=TODAY)
    assert set(library.subjects) == {subject.kind for subject in SUBJECTS}
    for subject in SUBJECTS:
        patron = library.patron(library.subjects[subject.kind])
        assert patron.balance() == sum(amount for _, amount in subject.debits) - subject.credit
        assert patron.attempts == subject.attempts
        assert bool(patron.restrictions) is (subject.restriction is not None)


@pytest.mark.parametrize("count", [1, 2, 5, 29, 60])
def test_a_small_library_has_as_many_subjects_as_fit(count: int) -> None:
    library = build_library(count, today=TODAY)
    assert len(library.patrons) == count
    assert len(library.subjects) == min(count - 1, len(SUBJECTS))


def test_ages_fit_categories_and_some_birth_dates_are_missing() -> None:
    patrons = list(build_library(3000, today=TODAY).patrons.values())
    years = {"ADULT": (18, 96), "CHILD": (0, 14), "YOUNG": (14, 18), "STAFF": (22, 67)}
    for each in patrons:
        if each.born is not None:
            low, high = years[each.category_id]
            assert low <= (TODAY - each.born).days / 365.25 <= high + 0.1
    assert any(each.born is None for each in patrons if each.category_id == "ADULT")
    assert {each.category_id for each in patrons} == {"ADULT", "CHILD", "YOUNG", "STAFF", "INST", "STAT"}


def test_card_numbers_look_like_civil_registration_numbers_that_cannot_be() -> None:
    numbers = [each.card_number for each in build_library(2000, today=TODAY).patrons.values()]
    assert len(set(numbers)) == len(numbers)
    assert all(len(number) == 10 and number.isdecimal() and int(number[2:4]) > 12 for number in numbers)


def test_no_row_is_ours_at_the_start() -> None:
    library = build_library(2000, today=TODAY)
    assert list(library.rows())
    assert list(library.rows()) == list(library.rows(foreign=True))


@pytest.mark.parametrize(
    ("amount", "exact", "text"),
    [
        ("225.00", 225_000_000, "225.000000"),
        (224.995, 224_995_000, "224.995000"),
        (Decimal("0.000001"), 1, "0.000001"),
        ("-30.5", -30_500_000, "-30.500000"),
    ],
)
def test_amounts_are_exact_to_six_decimals(amount: str | float | Decimal, exact: int, text: str) -> None:
    assert millionths(amount) == exact
    assert six_decimals(exact) == text


class TestPin:
    def test_the_counter_stops_at_the_limit_and_the_right_pin_no_longer_helps(self, library: Library) -> None:
        patron = library.create_patron()
        assert [library.wrong_pin(patron) for _ in range(7)] == [1, 2, 3, 4, 5, 5, 5]
        assert library.right_pin(patron) is False
        assert library.patron(patron).attempts == 5

    def test_the_right_pin_resets_a_counter_below_the_limit(self, library: Library) -> None:
        patron = library.create_patron()
        library.wrong_pin(patron, 4)
        assert library.right_pin(patron) is True
        assert library.patron(patron).attempts == 0

    @pytest.mark.parametrize("limit", ["", "0"])
    def test_without_a_limit_it_counts_on_and_never_locks(self, library: Library, limit: str) -> None:
        library.set_preference("FailedLoginAttempts", limit)
        patron = library.create_patron()
        assert library.wrong_pin(patron, 9) == 9
        assert library.right_pin(patron) is True

    def test_an_administrators_lock_is_ended_by_a_new_pin_only(self, library: Library) -> None:
        patron = library.create_patron()
        library.set_attempts(patron, -1)
        assert (library.wrong_pin(patron), library.right_pin(patron)) == (-1, False)
        library.reset_pin(patron, "7788")
        assert (library.patron(patron).attempts, library.pin_of(patron)) == (0, "7788")


class TestRestrictions:
    def test_the_flag_is_the_latest_end_or_endless(self, library: Library) -> None:
        patron = library.create_patron()
        soon, later = TODAY + timedelta(days=10), TODAY + timedelta(days=30)
        library.staff_restricts(patron, "SUSPENSION", "a", soon)
        library.staff_restricts(patron, "SUSPENSION", "b", later)
        assert library.patron(patron).debarred == later
        endless = library.staff_restricts(patron, "MANUAL", "c")
        assert library.patron(patron).debarred == ENDLESS
        assert library.patron(patron).debarred_comment == "a\nb\nc"
        assert library.staff_lifts(patron, endless) == 1
        assert library.staff_lifts(patron, "SUSPENSION") == 2
        assert library.patron(patron).debarred is None

    def test_the_joined_comment_is_cut_at_255_characters(self, library: Library) -> None:
        patron = library.create_patron()
        library.staff_restricts(patron, comment="å" * 400)
        assert library.patron(patron).debarred_comment == "å" * 255
        assert next(iter(library.patron(patron).restrictions)).comment == "å" * 400

    def test_nothing_runs_at_midnight_when_a_restriction_ends(self, library: Library) -> None:
        patron = library.create_patron()
        library.staff_restricts(patron, "SUSPENSION", "", TODAY + timedelta(days=2))
        library.advance(days=2)
        row = library.patron(patron)
        assert row.debarred == TODAY + timedelta(days=2)
        assert row.is_restricted(library.today()) is False
        assert row.flag_matches(library.today()) is True

    def test_a_change_by_staff_moves_the_day_of_creation(self, library: Library) -> None:
        patron = library.create_patron()
        row_id = library.staff_restricts(patron, comment="before")
        library.advance(3600)
        library.staff_edits(row_id, comment="after", expiration=TODAY + timedelta(days=5))
        row = library.patron(patron).restrictions[0]
        assert (row.comment, row.expiration, row.created) == ("after", TODAY + timedelta(days=5), library.now())
        library.staff_edits(row_id, expiration=None)
        assert (row.comment, row.expiration) == ("after", None)

    def test_rows_of_a_deleted_type_fall_to_manual(self, library: Library) -> None:
        patron = library.create_patron()
        library.staff_restricts(patron, "CW_DEBT", "ours")
        assert library.delete_restriction_type("CW_DEBT") == 1
        assert [row.type for row in library.patron(patron).restrictions] == ["MANUAL"]
        assert "CW_DEBT" in library.registered

    def test_a_type_that_koha_does_not_have_is_an_error(self, library: Library) -> None:
        patron = library.create_patron()
        with pytest.raises(UnknownRestrictionError, match="NOPE"):
            library.staff_restricts(patron, "NOPE")
        with pytest.raises(UnknownRestrictionError):
            library.delete_restriction_type("MANUAL")
        with pytest.raises(UnknownRestrictionError):
            library.staff_edits(10**9, comment="")


def test_the_day_is_the_librarys_own_and_moves_with_its_clock(library: Library) -> None:
    assert library.today() == TODAY
    library.advance(days=200)
    assert library.today() == TODAY + timedelta(days=200)
    assert library.clock.local(library.now()).hour == 9


def test_only_types_with_the_prefix_are_registered(library: Library) -> None:
    with pytest.raises(ValueError, match="CW_"):
        library.register_type("MANUAL")
    library.register_type("CW_STOLEN")
    assert "CW_STOLEN" in library.restriction_types


def test_an_unknown_patron_is_named_in_the_error(library: Library) -> None:
    with pytest.raises(UnknownPatronError, match="no patron 99999"):
        library.pay(99_999)


def test_patrons_are_picked_by_what_is_the_matter_with_them(library: Library) -> None:
    debtors = library.pick(owes_at_least="225.00", owes_at_most="225.00")
    assert library.subjects["owes_exactly_the_limit"] in debtors
    assert library.subjects["owes_one_ore_less"] not in debtors
    assert library.subjects["pin_failed_to_the_limit"] in library.pick(attempts_at_least=5)
    assert library.subjects["card_lost"] in library.pick(card_lost=True)
    assert library.subjects["restricted_by_staff"] in library.pick(restricted=True)
    assert not library.pick(category="STAT", owes_at_least=1)
    assert len(library.pick(limit=3)) == 3
