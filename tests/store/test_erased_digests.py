"""No digest in the journal tells who was erased: counted back by whoever has the journal and some patience."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import create_engine, select

from sidecar.core.collection.claim import ClaimState
from sidecar.core.plan import ChangeKey, digest_of
from sidecar.errors import NoSuchPlan
from sidecar.ports import CycleOutcome, PersonalAct
from sidecar.store import SqlJournal
from sidecar.store.database.place import place_of
from sidecar.store.database.schema import changes, metadata, plan_changes

from .builders import DAY, MINUTE, NOW, POLICY, a_case, a_cycle, add, ended_cycle, plan_of, remove, write
from .conftest import Opener
from .test_claims import a_claim, begun

ERASED = "4711"
NUMBERS = [str(number) for number in range(4600, 4800)]
"""Stands for all numbers of a library: a million take seconds more."""

CHANGED = ([("debt", "add")], [("pin", "add")], [("debt", "remove")], [("debt", "add"), ("pin", "add")])
"""What may have been planned for one patron."""

HEX = re.compile(r"[0-9a-f]{8,64}")


class Attacker:
    """Has the database, knows how digests are made, and tries every number."""

    def __init__(self, url: str) -> None:
        self._texts: set[str] = set()
        self._plans: dict[str, set[ChangeKey]] = defaultdict(set)
        self._cycles: dict[int, set[ChangeKey]] = defaultdict(set)
        engine = create_engine(place_of(url).url)
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    self._texts |= {value for value in row if isinstance(value, str)}
            for row in connection.execute(select(plan_changes)):
                self._plans[row.digest].add((row.patron, row.rule, row.kind, row.restriction_type))
            for row in connection.execute(select(changes)):
                if row.patron:
                    self._cycles[row.cycle].add((row.patron, row.rule, row.kind, row.restriction_type))
        engine.dispose()

    @property
    def texts(self) -> set[str]:
        return self._texts

    def found(self) -> set[str]:
        """Patrons whose changes, with what is known besides, give a digest that stands anywhere."""
        digests = {found for text in self._texts for found in HEX.findall(text)}
        found = set()
        for known in self._known():
            named = {key[0] for key in known}
            for number in NUMBERS:
                if number in named:
                    continue
                for rules in (
                    [("debt", "add")],
                    [("pin", "add")],
                    [("debt", "remove")],
                    [("debt", "add"), ("pin", "add")],
                ):
                    keys = [(number, rule, kind, f"CW_{rule.upper()}") for rule, kind in rules]
                    digest = digest_of([*known, *keys])
                    if any(digest.startswith(each) for each in digests):
                        found.add(number)
        return found

    def _known(self) -> Iterator[set[ChangeKey]]:
        yield set()
        everything = [*self._plans.values(), *self._cycles.values()]
        yield from everything
        yield from (one | other for one, other in product(everything, repeat=2))
        yield set().union(*everything)


@pytest.fixture
def busy(journal: SqlJournal) -> SqlJournal:
    """A journal in which the patron is in plans of all sorts: alone, with others, approved, used, told and pruned."""
    ended_cycle(journal)
    alone, mixed = plan_of(add(ERASED)), plan_of(add(ERASED), add(ERASED, "pin"), add("4700"), remove("4650"))
    used, others = plan_of(remove(ERASED), add("4600")), plan_of(add("4700"), add("4601", "pin"))
    for plan in (alone, mixed, used, others):
        cycle = a_cycle(journal)
        journal.keep_plan(cycle, plan, POLICY, NOW)
        journal.end_cycle(cycle, CycleOutcome.PENDING, NOW, plan_digest=plan.digest)
        journal.record_act(PersonalAct.APPROVE, "ab", NOW, plan.digest)
    for plan in (alone, mixed, used, others):
        journal.approve(plan.digest, NOW, DAY)
    writing = write(journal, [remove(ERASED), add("4600")], cycle=a_cycle(journal))
    journal.use_approvals([used.digest], writing)
    told = a_cycle(journal)
    journal.end_cycle(
        told, CycleOutcome.FAILED, NOW, error=f"GET /patrons/{ERASED}/account answered 500 (patron {ERASED})"
    )
    gone = plan_of(add(ERASED), add("4702"))
    before = a_cycle(journal, at=NOW - 40 * DAY)
    journal.end_cycle(before, CycleOutcome.PENDING, NOW - 40 * DAY, plan_digest=gone.digest)
    journal.record_act(PersonalAct.APPROVE, "ab", NOW - 40 * DAY, f"{gone.digest} by telephone")
    write(journal, [add(ERASED), add("4702")], cycle=before, at=NOW - 40 * DAY)
    journal.save_cases([a_case(ERASED), a_case("4700")], [])
    return journal


def test_who_was_erased_cannot_be_counted_back(busy: SqlJournal, url: str) -> None:
    assert ERASED in Attacker(url).texts
    busy.erase_patron(ERASED)
    attacker = Attacker(url)
    assert ERASED not in attacker.found()
    assert not [text for text in attacker.texts if re.search(rf"(?<!\d){ERASED}(?!\d)", text)]


def test_taking_the_rows_alone_would_not_do(busy: SqlJournal, url: str) -> None:
    """The attack finds the patron where only the rows are gone: it can fail."""
    engine = create_engine(place_of(url).url)
    with engine.begin() as connection:
        connection.execute(plan_changes.delete().where(plan_changes.c.patron == ERASED))
        connection.execute(changes.delete().where(changes.c.patron == ERASED))
    engine.dispose()
    assert ERASED in Attacker(url).found()


def test_a_plan_with_others_in_it_keeps_its_approval_under_the_digest_of_what_is_left(busy: SqlJournal) -> None:
    left, others = plan_of(add("4700"), remove("4650")), plan_of(add("4700"), add("4601", "pin"))
    busy.erase_patron(ERASED)
    approved = {each.digest: each.keys for each in busy.approvals(POLICY, NOW + MINUTE)}
    assert approved == {plan.digest: {change.key for change in plan.changes()} for plan in (left, others)}
    assert left.digest in {cycle.plan_digest for cycle in busy.cycles(20)}
    assert {left.digest, others.digest} <= {act.detail for act in busy.acts(20)}


def test_plans_that_are_left_can_be_approved_and_those_that_were_alone_are_gone(busy: SqlJournal) -> None:
    busy.erase_patron(ERASED)
    for plan in (plan_of(add("4700"), remove("4650")), plan_of(add("4700"), add("4601", "pin")), plan_of(add("4600"))):
        assert busy.approve(plan.digest, NOW + MINUTE, DAY).keys == {change.key for change in plan.changes()}
    for plan in (plan_of(add(ERASED)), plan_of(add(ERASED), add(ERASED, "pin"), add("4700"), remove("4650"))):
        with pytest.raises(NoSuchPlan, match="No plan with the digest"):
            busy.approve(plan.digest, NOW + MINUTE, DAY)


def test_an_approval_that_was_used_stays_used(busy: SqlJournal, url: str) -> None:
    busy.erase_patron(ERASED)
    assert plan_of(add("4600")).digest not in {each.digest for each in busy.approvals(POLICY, NOW + MINUTE)}
    engine = create_engine(place_of(url).url)
    with engine.connect() as connection:
        used = connection.execute(
            select(metadata.tables["approvals"]).where(metadata.tables["approvals"].c.used_by_cycle.is_not(None))
        ).all()
    engine.dispose()
    assert [row.digest for row in used] == [plan_of(add("4600")).digest]


def test_what_is_left_may_be_a_plan_that_is_kept_already(journal: SqlJournal) -> None:
    whole, part = plan_of(add("1"), add("2")), plan_of(add("2"))
    for plan, policy in ((whole, POLICY), (part, "policy-2")):
        journal.keep_plan(a_cycle(journal), plan, policy, NOW)
    journal.approve(whole.digest, NOW, DAY)
    journal.erase_patron("1")
    assert [each.digest for each in journal.approvals(POLICY, NOW)] == [part.digest]
    assert journal.approve(part.digest, NOW, DAY).policy_digest == "policy-2"


def test_a_plan_made_anew_after_an_erasure_is_the_one_that_is_kept(journal: SqlJournal) -> None:
    whole, part = plan_of(add("1"), add("2")), plan_of(add("2"))
    journal.keep_plan(a_cycle(journal), whole, POLICY, NOW)
    journal.erase_patron("1")
    journal.keep_plan(a_cycle(journal), part, POLICY, NOW + MINUTE)
    assert journal.approve(part.digest, NOW + MINUTE, DAY).keys == {change.key for change in part.changes()}


def test_digests_of_cycles_without_the_patron_stay(journal: SqlJournal) -> None:
    other, nothing = plan_of(add("2")), plan_of()
    cycle = a_cycle(journal)
    journal.keep_plan(cycle, other, POLICY, NOW)
    journal.end_cycle(cycle, CycleOutcome.PENDING, NOW, plan_digest=other.digest)
    journal.end_cycle(a_cycle(journal), CycleOutcome.DONE, NOW, plan_digest=nothing.digest)
    journal.record_act(PersonalAct.APPROVE, "ab", NOW, "12 rows")
    journal.erase_patron("1")
    assert [each.plan_digest for each in journal.cycles(2)] == [nothing.digest, other.digest]
    assert [act.detail for act in journal.acts(1)] == ["12 rows"]


def test_every_table_that_names_patrons_is_exported_and_erased(busy: SqlJournal, url: str) -> None:
    begun(busy, a_claim(ERASED, ClaimState.TOLD))
    named = {table.name for table in metadata.sorted_tables if "patron" in table.c}
    exported = {"plan_changes" if name == "plans" else name for name in busy.export_patron(ERASED)}
    assert exported - {"patron", "claim_steps"} == named
    assert set(busy.erase_patron(ERASED)) - {"claims_kept"} == named


def test_a_number_within_another_is_not_masked_in_an_error(journal: SqlJournal) -> None:
    journal.end_cycle(a_cycle(journal), CycleOutcome.FAILED, NOW, error="patron 47110 and patrons/4711/account, 14711")
    journal.erase_patron(ERASED)
    assert journal.cycles(1)[0].error == "patron 47110 and patrons/…/account, 14711"


def test_the_journal_opens_as_ever_after_an_erasure(busy: SqlJournal, url: str, opened: Opener) -> None:
    busy.erase_patron(ERASED)
    busy.close()
    assert len(opened(url).cycles(50)) > 5
