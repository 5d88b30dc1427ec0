"""Claims follow the cycles: opened as patrons are told, referred when the block stands, closed when it is let go."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.brakes import Brake, Limit, Limits
from sidecar.core.collection.claim import HeardKind, Message
from sidecar.core.collection.claims import Step
from sidecar.core.collection.hearing import hear
from sidecar.core.collection.orders import orders
from sidecar.core.collection.steps import delivered, filed
from sidecar.core.model import Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import AgencyConfirmation, IfLifted, Release, Rule, RuleKind, Terms, Threshold
from sidecar.cycle.claiming import follow_claims
from sidecar.cycle.findings import Findings

from .house import House, patron, policy


def claim_rule(release: Release = AgencyConfirmation()) -> Rule:  # noqa: B008 - a value
    terms = Terms(release, Threshold(225_00), announce_days=7, texts={"en": "Blocked."}, short_texts={"en": "B."})
    return Rule(
        id="claim",
        kind=RuleKind.COLLECTION,
        restriction_type="CW_CLAIM",
        terms=terms,
        if_lifted=IfLifted.RESTORE,
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, *(patron(number, "300") for number in range(1, 9)), types=("CW_CLAIM",))
    built.policy = policy(claim_rule())
    built.order = replace(
        built.order, limits=Limits(Limit(50, 1.0), removals=Limit(50), office_releases=Limit(5, 20.0))
    )
    built.apply()
    yield built
    built.close()


def referred(house: House) -> House:
    house.later(days=7)
    house.apply(approve=house.dry_run().kept_digest)
    return house


def sent(house: House) -> House:
    """Referred, and with the office."""
    referred(house)
    steps = [
        delivered(filed(claim, order.kind, order.amount, 1), house.at)
        for claim, order in orders(house.journal.claims())
    ]
    house.journal.take_steps(steps, house.at)
    return house


def office_says_paid(house: House, *patrons: str) -> None:
    for claim in house.journal.claims():
        if claim.patron in patrons:
            step = hear(claim, Message(HeardKind.PAID_IN_FULL, claim.id, None, house.at.date(), 2), (), house.at)
            assert isinstance(step, Step)
            house.journal.take_steps([step], house.at)


def states(house: House) -> dict[str, str]:
    return {claim.patron: claim.state.value for claim in house.journal.claims()}


def test_a_dry_run_begins_no_claim(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300"), types=("CW_CLAIM",))
    house.policy = policy(claim_rule())
    house.dry_run()
    assert house.journal.claims() == []
    house.close()


def test_who_is_told_has_a_claim_and_one_that_a_brake_holds_is_due(house: House) -> None:
    assert set(states(house).values()) == {"told"}
    house.later(days=7)
    house.apply()
    assert set(states(house).values()) == {"due"}
    house.apply(approve=house.dry_run().kept_digest)
    assert set(states(house).values()) == {"referred"}


def test_who_paid_in_time_has_none_left(house: House) -> None:
    house.ils.put(patron(1))
    house.later(days=1)
    house.apply()
    assert states(house)["1"] == "closed"
    assert house.journal.claim_steps("C-000001")[-1].evidence["ending"] == "paid_in_time"


def test_the_block_stands_while_the_ledger_is_even_and_ends_by_the_word(house: House) -> None:
    sent(house).ils.put(patron(1, paid_at=house.at))
    house.later(days=3)
    house.apply()
    assert "1" in house.blocked("CW_CLAIM")
    office_says_paid(house, "1")
    findings = house.apply()
    assert [change.reason for change in findings.done()] == [Reason.AGENCY_CONFIRMED]
    assert ("1" in house.blocked("CW_CLAIM"), states(house)["1"]) == (False, "closed")


def test_one_who_owes_nothing_and_has_an_open_claim_is_looked_at_in_a_full_cycle(house: House) -> None:
    sent(house).ils.put(patron(1, paid_at=house.at))
    house.later(days=3)
    house.apply()
    claim = house.journal.claims("1")[0]
    assert (claim.amount, claim.paid_seen_at is not None) == (0, True)


def test_an_office_that_reports_everyone_paid_is_held_until_somebody_approves(house: House) -> None:
    sent(house)
    office_says_paid(house, *map(str, range(1, 9)))
    findings = house.apply()
    assert findings.done() == []
    assert {tripped.brake for tripped in findings.braked.by.values()} == {Brake.OFFICE_RELEASES}
    assert set(states(house).values()) == {"reported_paid"}
    house.apply(approve=findings.kept_digest)
    assert (house.blocked("CW_CLAIM"), set(states(house).values())) == (set(), {"closed"})


def test_a_few_releases_by_the_office_are_not_held(house: House) -> None:
    sent(house)
    office_says_paid(house, "1", "2", "3")
    assert len(house.apply().done()) == 3


def test_a_kill_between_the_block_and_the_claim_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sidecar.cycle.run.follow_claims", die)
    house.later(days=7)
    digest = house.dry_run().kept_digest
    with pytest.raises(KeyboardInterrupt):
        house.apply(approve=digest)
    monkeypatch.setattr("sidecar.cycle.run.follow_claims", follow_claims)
    house.later(minutes=5)
    house.apply()
    assert set(states(house).values()) == {"referred"}
    assert all(claim.held == "" for claim in house.journal.claims())


def test_a_row_found_without_claim_and_case_is_held_for_staff(tmp_path: Path, house: House) -> None:
    referred(house)
    for claim_case in list(house.journal.cases().values()):
        house.journal.save_cases((), [("1", "claim")] if "claim" in claim_case else [])
    house.journal.erase_patron("1")
    house.apply()
    found = house.journal.claims("1")[-1]
    assert (found.state.value, found.held != "") == ("referred", True)


def test_a_lifted_block_is_put_back_under_the_same_claim(house: House) -> None:
    sent(house).ils.lift("1", "CW_CLAIM")
    house.later(hours=1)
    findings: Findings = house.apply()
    assert [(change.patron, change.kind) for change in findings.done()] == [("1", ChangeKind.ADD)]
    assert len(house.journal.claims("1")) == 1
    assert house.journal.cases()["1"]["claim"].stage is Stage.BLOCKED


def test_a_claim_that_was_given_back_begins_no_other(house: House) -> None:
    sent(house)
    claim = house.journal.claims("1")[0]
    step = hear(claim, Message(HeardKind.CLOSED, claim.id, None, house.at.date(), 2), (), house.at)
    assert isinstance(step, Step)
    house.journal.take_steps([step], house.at)
    for _ in range(3):
        house.at += timedelta(days=10)
        house.apply()
    assert len(house.journal.claims("1")) == 1
    assert "1" not in house.blocked("CW_CLAIM")
