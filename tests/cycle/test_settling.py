"""Cycles that died between a write and its outcome: what the next ones make of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.model import UNKNOWN, Case, Facts, Restriction, Stage, Unknown
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import AfterMinutes, BelowBlock
from sidecar.cycle.settling import Settlement, settle_intents
from sidecar.ports import Intent, Result
from tests.cycle.house import START, House, debt_rule, kinds, patron, pin_rule, policy

ADD, REMOVE, AMEND, RESET = ChangeKind.ADD, ChangeKind.REMOVE, ChangeKind.AMEND, ChangeKind.RESET_PIN
NONE: tuple[Restriction, ...] = ()
OURS = (Restriction("r", "CW_DEBT", ours=True, comment="New words."),)
STAFFS = (Restriction("r", "CW_DEBT", ours=False, comment="New words."),)
OTHER_WORDS = (replace(OURS[0], comment="Old words."),)
ENDED_TODAY = (replace(OURS[0], expires=START.date()),)
ENDS_TOMORROW = (replace(OURS[0], expires=START.date() + timedelta(days=1)),)
BLOCKED = Case("1", "debt", Stage.BLOCKED, START, comment="New words.", restriction_type="CW_DEBT")


def _intent(kind: ChangeKind, number: int = 1, after: Case | None = None, **changed) -> Intent:
    return replace(Intent(number, "1", "debt", kind, "CW_DEBT", START, after), **changed)


def _settled(intent: Intent, *others: Intent, facts: Facts | None, known: Case | None = None) -> Settlement:
    cases = {} if known is None else {"1": {"debt": known}}
    return settle_intents([intent, *others], {} if facts is None else {"1": facts}, cases, START.date())


def _with_rows(rows: tuple[Restriction, ...] | Unknown) -> Facts:
    return replace(patron(1), restrictions=rows, etag="1")


@pytest.mark.parametrize(
    ("kind", "rows", "result"),
    [
        (ADD, OURS, Result.WRITTEN),
        (ADD, ENDS_TOMORROW, Result.WRITTEN),
        (ADD, NONE, Result.MOVED),
        (ADD, STAFFS, Result.MOVED),
        (ADD, ENDED_TODAY, Result.MOVED),
        (REMOVE, OURS, Result.MOVED),
        (REMOVE, NONE, Result.WRITTEN),
        (REMOVE, ENDED_TODAY, Result.WRITTEN),
        (AMEND, OURS, Result.WRITTEN),
        (AMEND, (*OTHER_WORDS, *OURS), Result.WRITTEN),
        (AMEND, OTHER_WORDS, Result.MOVED),
        (AMEND, NONE, Result.MOVED),
        (AMEND, STAFFS, Result.MOVED),
        (AMEND, ENDED_TODAY, Result.MOVED),
    ],
)
def test_what_stands_there_now_tells_whether_a_write_was_made(
    kind: ChangeKind, rows: tuple[Restriction, ...], result: Result
) -> None:
    after = None if kind is REMOVE else BLOCKED
    settlement = _settled(_intent(kind, 7, after), facts=_with_rows(rows))
    assert settlement.results == ((7, result),)
    assert settlement.still_open == 0
    made = result is Result.WRITTEN
    assert settlement.begun == ((BLOCKED,) if made and after else ())
    assert settlement.ended == ((("1", "debt"),) if made and not after else ())


@pytest.mark.parametrize("kind", [ADD, REMOVE, AMEND])
def test_rows_that_cannot_be_read_leave_a_write_open(kind: ChangeKind) -> None:
    settlement = _settled(_intent(kind, after=BLOCKED), _intent(kind, 2), facts=_with_rows(UNKNOWN), known=BLOCKED)
    assert (settlement.results, settlement.still_open) == ((), 2)
    assert settlement.cases == {"1": {"debt": BLOCKED}}


def test_an_amendment_that_kept_the_words_which_were_there_leaves_the_case_alone() -> None:
    settlement = _settled(_intent(AMEND), facts=_with_rows(OURS), known=BLOCKED)
    assert settlement.results == ((1, Result.MOVED),)
    assert settlement.cases == {"1": {"debt": BLOCKED}}


@pytest.mark.parametrize("counter", [0, -1, 1, 5, UNKNOWN])
def test_a_reset_by_itself_was_made_if_the_counter_is_at_rest(counter: int | Unknown) -> None:
    settlement = _settled(_intent(RESET), facts=replace(patron(1), failed_pin=counter), known=BLOCKED)
    if counter is UNKNOWN:
        assert (settlement.results, settlement.still_open) == ((), 1)
    else:
        assert settlement.results == ((1, Result.WRITTEN if counter <= 0 else Result.MOVED),)
    assert settlement.cases == {"1": {"debt": BLOCKED}}, "staff reset counters too"


@pytest.mark.parametrize(
    "other",
    [{"patron": "2"}, {"rule": "pin"}, {"at": START - timedelta(seconds=1)}],
    ids=lambda other: next(iter(other)),
)
def test_only_the_removal_of_the_same_item_tells_of_a_reset(other: dict) -> None:
    removal = _intent(REMOVE, 2, **other)
    settlement = _settled(_intent(RESET), removal, facts=replace(_with_rows(OURS), failed_pin=0))
    assert dict(settlement.results)[1] is Result.WRITTEN, "by the counter"
    settlement = _settled(_intent(RESET), _intent(REMOVE, 2), facts=replace(_with_rows(OURS), failed_pin=0))
    assert dict(settlement.results)[1] is Result.MOVED, "by the row"


def test_a_patron_who_is_gone_leaves_nothing_open() -> None:
    settlement = _settled(_intent(ADD, after=BLOCKED), _intent(REMOVE, 2), facts=None)
    assert settlement.results == ((1, Result.GONE), (2, Result.GONE))
    assert (settlement.begun, settlement.ended, settlement.still_open) == ((), (), 0)


def test_what_was_settled_is_in_the_cases_and_what_else_is_remembered_stays() -> None:
    pin = Case("1", "pin", Stage.BLOCKED, START)
    another = Case("2", "debt", Stage.OVERRIDDEN, START)
    before = {"1": {"debt": BLOCKED, "pin": pin}, "2": {"debt": another}}
    facts = {"1": _with_rows(NONE), "3": replace(_with_rows(OURS), patron=replace(patron(3).patron))}
    new = replace(BLOCKED, patron="3")
    intents = [_intent(REMOVE), _intent(ADD, 2, new, patron="3")]
    settlement = settle_intents(intents, facts, before, START.date())
    assert settlement.cases == {"1": {"pin": pin}, "2": {"debt": another}, "3": {"debt": new}}
    assert before["1"]["debt"] == BLOCKED, "what was remembered is not changed in place"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "225.00"), patron(4, failed_pin=5))
    built.policy = policy(debt_rule(release=BelowBlock()), replace(pin_rule(), terms=_by_time()))
    built.first_day()
    built.later(minutes=31)
    yield built
    built.close()


def _by_time():
    return replace(pin_rule().terms, release=AfterMinutes(30))


def _killed_before(house: House, monkeypatch: pytest.MonkeyPatch, thing: object, call: str) -> None:
    def dies(*_arguments: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(thing, call, dies)
        with pytest.raises(Killed):
            house.apply()


@pytest.mark.parametrize("call", ["save_cases", "settle"])
def test_our_own_removal_is_no_override_though_the_cycle_that_settles_it_dies_too(
    house: House, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    house.ils.put(patron(1, "200.00"))
    _killed_before(house, monkeypatch, house.journal, "conclude")
    assert house.blocked() == set()
    house.ils.put(patron(1, "500.00"))
    _killed_before(house, monkeypatch, house.journal, call)
    house.later(seconds=1)
    assert kinds(house.apply()) == [("1", "debt", ChangeKind.ADD)]


def test_a_counter_that_staff_reset_does_not_stand_for_a_removal_that_was_never_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _killed_before(house, monkeypatch, house.ils, "apply")
    house.ils.put(patron(4, failed_pin=0))
    house.later(seconds=1)
    began = house.journal.cases()["4"]["pin"].since
    assert kinds(house.apply())[0] == ("4", "pin", ChangeKind.REMOVE)
    assert began < house.at - timedelta(minutes=30)
    assert house.journal.cases().get("4", {}).get("pin") is None


def test_a_reset_was_made_if_the_removal_was_that_went_with_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _killed_before(house, monkeypatch, house.journal, "conclude")
    assert house.blocked("CW_PIN") == set()
    house.ils.put(patron(4, failed_pin=5))
    house.later(seconds=1)
    assert kinds(house.apply()) == [("4", "pin", ChangeKind.ADD)], "five new ones, though the counter never rested"
