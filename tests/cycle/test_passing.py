"""Whom a full cycle passes by as it reads, and that nothing is missing for it: plan, counts, reports say the same."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import Mock, patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryIls
from sidecar.core.model import UNKNOWN, Case, Facts, Restriction, StaffRelease, Stage
from sidecar.core.policy import Scope
from sidecar.cycle.findings import Told
from sidecar.cycle.order import Order
from sidecar.cycle.passing import PassedBy, Passing
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.ports import IlsStatus, ToldAnswer
from sidecar.report.counted.groups import group_patrons
from sidecar.report.render.structured import report_document
from sidecar.store import open_journal
from tests.core.builders import NOW
from tests.core.strategies import all_facts, policies, with_unknown
from tests.cycle.house import START, House, patron, policy

STATUS = IlsStatus("Koha", writable=True, patron_count=9, as_of=START)
REFUSING = replace(STATUS, preferences={"noissuescharge": "100"})


def passing(
    *known: Facts, scope: Scope | None = None, status: IlsStatus = STATUS, remembered: tuple[str, ...] = ()
) -> tuple[list[str], PassedBy]:
    by = PassedBy()
    seen = Passing(policy(), scope or Scope(), status, frozenset(remembered), by)
    return [each.patron.id for each in known if seen.keeps(each, START)], by


def test_who_owes_too_little_is_passed_by_and_counted() -> None:
    kept, by = passing(patron(1, "225.00"), patron(2, "224.99"), patron(3), patron(4, "1.50", credit=Decimal(1)))
    assert kept == ["1"]
    assert (by.in_scope, by.out_of_scope, len(by)) == (3, 0, 3)
    accounts = by.accounts
    assert (accounts.owed, accounts.owing, accounts.credit) == (Decimal("226.49"), 2, Decimal(1))
    fees = accounts.types["FEE"]
    assert (fees.charges, fees.patrons, fees.sum) == (2, 2, Decimal("226.49"))


def test_whoever_is_remembered_or_has_a_row_or_a_release_is_kept() -> None:
    row = Restriction("1", "MANUAL", ours=False)
    release = StaffRelease("1", "CW_PIN", "pin", "2", photo_id_checked=True, at=START)
    known = (
        patron(1),
        patron(2, restrictions=(row,)),
        patron(3, restrictions=UNKNOWN),
        patron(4, staff_releases=(release,)),
        patron(5),
    )
    assert passing(*known, remembered=("1",))[0] == ["1", "2", "3", "4"]


def test_out_of_scope_is_counted_apart_and_whoever_may_be_in_it_is_kept() -> None:
    west = Scope(libraries=frozenset({"WEST"}))
    nowhere = replace(patron(2).patron, library=UNKNOWN)
    kept, by = passing(patron(1, "999.00"), replace(patron(2), patron=nowhere), scope=west)
    assert (kept, by.out_of_scope, by.in_scope) == (["2"], 1, 0)
    assert by.accounts.owed == Decimal(999)


def test_cards_that_koha_refuses_by_itself_are_told_though_they_are_passed_by() -> None:
    known = (
        patron(1, "150.00"),
        patron(2, "99.00"),
        patron(3, "150.00", card_lost=True),
        replace(patron(4, "150.00"), patron=replace(patron(4).patron, expires=START.date() - timedelta(days=1))),
    )
    kept, by = passing(*known, status=REFUSING)
    assert kept == []
    assert [(each.patron.id, each.owed, each.limit) for each in by.refused] == [("1", Decimal(150), Decimal(100))]
    out_of_scope = passing(*known, status=REFUSING, scope=Scope(libraries=frozenset({"WEST"})))[1]
    assert out_of_scope.refused == []


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "225.00"), patron(2, "100.00"), patron(3, "50.00"))
    yield built
    built.close()


def test_a_card_that_has_paid_is_looked_at_as_long_as_anything_of_it_is_remembered(house: House) -> None:
    house.first_day()
    house.ils.put(patron(1))
    freed = house.apply()
    assert [decision.patron for decision in freed.decisions] == ["1"]
    assert house.blocked() == set()
    assert [decision.patron for decision in house.apply().decisions] == []


def test_who_got_a_case_since_is_not_passed_by(house: House) -> None:
    house.journal.save_cases([Case("2", "debt", Stage.ANNOUNCED, START)], ())
    assert [decision.patron for decision in house.apply().decisions] == ["1", "2"]
    assert [decision.patron for decision in house.apply().decisions] == ["1"]


def test_whoever_has_an_answer_on_kohas_pages_is_looked_at_by_a_cycle_that_keeps_them(house: House) -> None:
    house.journal.keep_told({"3": ToldAnswer("d" * 64, START)}, ())
    told = Mock(tell=Mock(return_value=Told()))
    house.order = replace(house.order, desk=told)
    assert [decision.patron for decision in house.apply().decisions] == ["1", "3"]
    house.order = replace(house.order, desk=None)
    assert [decision.patron for decision in house.apply().decisions] == ["1"]


def test_a_quick_cycle_passes_nobody_by(house: House) -> None:
    """It looks at few, and whoever asks what became of them finds them all."""
    house.first_day()
    house.later(hours=1)
    house.ils.put(patron(2, "101.00"))
    found = house.quick()
    assert [decision.patron for decision in found.decisions] == ["2"]
    assert len(found.passed_by) == 0


class _Clock:
    def now(self) -> datetime:
        return NOW


@st.composite
def libraries(draw: st.DrawFn) -> tuple[list[Facts], object, Scope]:
    """Any policy and some cards, with or without rows."""
    of = draw(policies())
    types = [rule.restriction_type for rule in of.rules]
    cards = []
    for number in range(draw(st.integers(1, 6))):
        known = draw(all_facts(types))
        if draw(st.booleans()):
            known = replace(known, restrictions=())
        unknown = draw(st.frozensets(st.sampled_from(("charges", "credit", "failed_pin", "library")), max_size=1))
        known = with_unknown(known, unknown)
        cards.append(replace(known, patron=replace(known.patron, id=str(number + 1))))
    scope = draw(st.sampled_from([Scope(), Scope(), Scope(libraries=frozenset({"MAIN"})), Scope(expired_days=0)]))
    return cards, of, scope


@given(libraries(), st.booleans())
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reports_say_the_same_as_if_nobody_had_been_passed_by(
    tmp_path: Path, library: tuple[list[Facts], object, Scope], refusing: bool
) -> None:
    cards, of, scope = library
    database = tmp_path / "journal.db"
    database.unlink(missing_ok=True)
    ils = MemoryIls(cards, now=_Clock().now, everyone=True)
    told = REFUSING.preferences if refusing else {}
    status = ils.status
    with (
        patch.object(MemoryIls, "status", lambda _self: replace(status(), preferences=told)),
        open_journal(f"sqlite:///{database}", clock=_Clock()) as journal,
    ):
        world = World(source=ils, target=ils, journal=journal, clock=_Clock())
        found = run_once(world, of, Order(scope=scope))  # type: ignore[arg-type]
        with patch.object(Passing, "keeps", lambda _self, _facts, _as_of: True):
            whole = run_once(world, of, Order(scope=scope))  # type: ignore[arg-type]
    assert len(whole.decisions) == len(cards) == found.patrons
    assert found.plan == whole.plan
    assert found.counts() == whole.counts()
    assert found.unreached == whole.unreached
    brief, full = (report_document(each, show_names=False) for each in (found, whole))
    of_each = {"cycle": 0, "timings": {}}
    assert brief | of_each == full | of_each
    few, all_of_them = group_patrons(found), group_patrons(whole)
    for one, other in zip((few.owing, *few.debt_ages), (all_of_them.owing, *all_of_them.debt_ages), strict=True):
        assert (one.key, one.number, one.owed, one.members) == (other.key, other.number, other.owed, other.members)
