"""What befalls a whole library: merged records, a lost type, a restored database, a clock that goes wrong."""

from datetime import date

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.holdings import UnknownPatronError, UnknownRestrictionError
from adapters.standin.library.library import Library, build_library
from tests.standin.client import PLUGIN, Client

TODAY = date(2026, 11, 23)


@pytest.fixture
def library() -> Library:
    return build_library(60, today=TODAY)


class TestMerging:
    def test_money_and_restrictions_go_to_the_keeper_with_their_numbers(self, library: Library) -> None:
        keeper, other = library.create_patron(), library.create_patron()
        lines = [library.charge(other, "OVERDUE", "30.00"), library.charge(keeper, "OVERDUE", "20.00")]
        rows = [library.staff_restricts(other, "CW_DEBT", "ours"), library.staff_restricts(keeper, "MANUAL", "theirs")]
        library.advance(60)
        library.merge_patrons(keeper, other)
        row = library.patron(keeper)
        assert [line.id for line in row.lines] == lines
        assert [one.id for one in row.restrictions] == rows
        assert row.debarred_comment == "ours\ntheirs"
        assert row.moved_at == library.now()
        with pytest.raises(UnknownPatronError):
            library.patron(other)

    def test_the_keeper_was_settled_when_the_keeper_was(self, library: Library) -> None:
        keeper, other = library.create_patron(), library.create_patron()
        for patron in (keeper, other):
            library.charge(patron, "OVERDUE", "30.00")
            library.pay(patron)
            library.advance(60)
        library.merge_patrons(keeper, other)
        assert library.patron(keeper).settled_at == library.now() - 120

    def test_nobody_is_merged_with_nobody_or_with_themselves(self, library: Library) -> None:
        patron = library.create_patron()
        with pytest.raises(ValueError, match="itself"):
            library.merge_patrons(patron, patron)
        with pytest.raises(UnknownPatronError):
            library.merge_patrons(patron, 999_999)


class TestADeletedType:
    def test_its_rows_become_the_default_type_and_keep_their_numbers(self, library: Library) -> None:
        patron = library.create_patron()
        row = library.staff_restricts(patron, "CW_DEBT", "ours")
        updated = library.patron(patron).updated_on
        library.advance(60)
        assert library.delete_restriction_type("CW_DEBT") == 1
        [left] = library.patron(patron).restrictions
        assert (left.id, left.type, left.comment, left.created) == (row, "MANUAL", "ours", library.now())
        assert library.patron(patron).moved_at == library.now()
        assert library.patron(patron).updated_on == updated, "the borrower's own row does not move in Koha"

    @pytest.mark.parametrize("code", ["MANUAL", "SUSPENSION", "NOPE"])
    def test_koha_s_own_types_stay(self, library: Library, code: str) -> None:
        with pytest.raises(UnknownRestrictionError):
            library.delete_restriction_type(code)


class TestABackup:
    def test_a_restored_database_is_as_it_was_and_the_clock_goes_on(self, library: Library) -> None:
        patron = library.create_patron()
        library.charge(patron, "OVERDUE", "30.00")
        library.writer = "journal-1"
        library.back_up()
        row = library.staff_restricts(patron, "CW_DEBT", "ours")
        newcomer = library.create_patron()
        payment = library.pay(patron)
        library.writer, library.paused = "journal-2", True
        library.set_preference("finesMode", "off")
        library.advance(days=1)

        library.restore()
        before = library.patron(patron)
        assert (before.restrictions, before.settled_at, before.balance()) == ([], None, 30_000_000)
        assert newcomer not in library.patrons
        assert (library.writer, library.paused, library.preferences["finesMode"]) == ("journal-1", False, "production")
        assert library.today() == date(2026, 11, 24)
        assert library.staff_restricts(patron, "CW_DEBT", "again") == row, "numbers are given again"
        assert library.pay(patron) == payment

    def test_a_backup_can_be_restored_twice(self, library: Library) -> None:
        patron = library.create_patron()
        library.back_up("night")
        for _ in range(2):
            library.charge(patron, "OVERDUE", "30.00")
            library.restore("night")
            assert library.patron(patron).lines == []

    def test_a_backup_that_was_not_made_cannot_be_restored(self, library: Library) -> None:
        with pytest.raises(ValueError, match="no backup morning"):
            library.restore("morning")


class TestTheClock:
    def test_it_goes_wrong_alone_and_is_set_right(self, library: Library) -> None:
        before = library.now()
        assert library.step_clock(30 * 86_400) - before - 30 * 86_400 in {0, 1}
        assert library.step_clock(-3600) - before - 30 * 86_400 + 3600 in {0, 1}
        library.advance(60)
        assert library.set_clock_right() - before - 60 in {0, 1}
        assert library.set_clock_right() - before - 60 in {0, 1}


class TestAnOlderPlugin:
    def test_it_speaks_version_1_and_knows_nothing_of_voids(self, library: Library) -> None:
        patron = library.create_patron()
        library.charge(patron, "OVERDUE", "30.00")
        payment = library.pay(patron)
        with StandinKoha(library, contract=1) as koha:
            client = Client(koha, koha.client_id, koha.client_secret)
            status = client.get(f"{PLUGIN}/status").json()
            assert (status["api_version"], status["plugin_version"]) == (1, "1.0.0")
            assert set(status["preferences"]) == {
                "AnonymousPatron", "FailedLoginAttempts", "RestrictionBlockRenewing", "finesMode",
            }  # fmt: skip
            assert not {"categories", "libraries", "charge_types", "item_types", "patron_attributes"} & set(status)
            settled = client.facts(patron)
            library.advance(60)
            library.void(patron, payment)
            voided = client.facts(patron)
            assert voided["settled_at"] == settled["settled_at"] is not None
            assert voided["paid_at"] == settled["paid_at"]
            library.speak_contract(2)
            upgraded = client.facts(patron)
            assert (upgraded["settled_at"], upgraded["paid_at"]) == (None, None)
            assert upgraded["etag"] != voided["etag"]
            client.close()

    def test_there_is_no_other_version(self, library: Library) -> None:
        with pytest.raises(ValueError, match="versions 1 to 3"):
            library.speak_contract(4)
