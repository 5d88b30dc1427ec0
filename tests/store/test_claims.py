"""Claims and files in the journal: numbered once, kept before they leave, forgotten when nothing rests on them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.core.collection.claim import ClaimState, HeardKind, Message, OrderKind, Problem
from sidecar.core.collection.claims import Claim, Ending, Step
from sidecar.core.collection.hearing import hear, said
from sidecar.core.collection.steps import NEW, delivered, filed
from sidecar.errors import JournalError
from sidecar.ports import FileIn, FileOut
from sidecar.store import SqlJournal

from .builders import DAY, NOW, HandClock, a_case

TODAY = NOW.date()


def a_claim(patron: str = "7", state: ClaimState = ClaimState.REFERRED) -> Claim:
    return Claim(
        id=NEW,
        patron=patron,
        rule="collection",
        state=state,
        about=NOW - 7 * DAY,
        amount=30000,
        in_range=30000,
        lines=("17", "18"),
        all_lines=("17", "18"),
        newest=TODAY,
        referred_at=NOW,
        paid_at=NOW - timedelta(microseconds=1),
    )


def begun(journal: SqlJournal, *claims: Claim) -> list[Claim]:
    journal.take_steps([Step(claim, claim.state.value, (("amount", claim.amount),)) for claim in claims], NOW)
    return list(journal.claims())


def a_file(batch: int = 1, *claims: str, name: str = "claims-000001.csv") -> FileOut:
    return FileOut(batch, "claims", name, "a" * 64, claims, 30000, NOW)


def test_a_claim_is_numbered_once_and_read_as_it_was_written(journal: SqlJournal) -> None:
    first, second = begun(journal, a_claim("7"), a_claim("8"))
    assert [claim.id[:2] for claim in (first, second)] == ["C-", "C-"]
    assert int(second.id[2:]) == int(first.id[2:]) + 1
    assert replace(first, id=NEW) == a_claim("7")
    assert journal.claims(["8"]) == [second]


def test_a_step_is_kept_with_its_numbers_and_one_that_only_looked_is_not(journal: SqlJournal) -> None:
    claim = begun(journal, a_claim())[0]
    journal.take_steps([Step(replace(claim, amount=100), "balance", (("amount", 100),))], NOW + DAY)
    journal.take_steps([Step(replace(claim, amount=200), "looked")], NOW + DAY)
    steps = journal.claim_steps(claim.id)
    assert [(step.what, step.at, step.evidence) for step in steps] == [
        ("referred", NOW, {"amount": 30000}),
        ("balance", NOW + DAY, {"amount": 100}),
    ]
    assert journal.claims()[0].amount == 200


def test_what_is_no_claims_number_is_said_in_one_line(journal: SqlJournal) -> None:
    with pytest.raises(JournalError, match="'X-1' is no claim"):
        journal.claim_steps("X-1")


def test_a_file_is_known_before_it_leaves_and_its_claims_are_sent_when_it_is_there(journal: SqlJournal) -> None:
    claim = begun(journal, a_claim())[0]
    assert journal.next_batch(TODAY) == (1, 1)
    journal.keep_batch([a_file(1, claim.id)], [filed(claim, OrderKind.CLAIM, 30000, 1)], TODAY)
    waiting = journal.undelivered()
    assert [(file.name, file.claims, file.total) for file in waiting] == [("claims-000001.csv", (claim.id,), 30000)]
    assert journal.claims()[0].in_file == 1
    journal.keep_delivery(waiting[0], [delivered(journal.claims()[0], NOW + DAY)], NOW + DAY)
    assert journal.undelivered() == []
    assert journal.claims()[0].state is ClaimState.SENT
    assert journal.files_out(5)[0].delivered == NOW + DAY


def test_a_delivery_that_is_kept_twice_counts_once(journal: SqlJournal) -> None:
    claim = begun(journal, a_claim())[0]
    journal.keep_batch([a_file(1, claim.id)], [filed(claim, OrderKind.CLAIM, 30000, 1)], TODAY)
    waiting, known = journal.undelivered()[0], journal.claims()[0]
    for _ in range(2):
        journal.keep_delivery(waiting, [delivered(known, NOW)], NOW)
    assert [step.what for step in journal.claim_steps(claim.id)] == ["referred", "filed", "told.claim"]


def test_batches_are_numbered_over_days_and_within_one(journal: SqlJournal) -> None:
    journal.keep_batch([a_file(1), a_file(1, name="updates-000001.csv")], [], TODAY)
    assert journal.next_batch(TODAY) == (2, 2)
    assert journal.next_batch(TODAY + timedelta(days=1)) == (2, 1)


def test_what_the_office_said_is_known_again_with_its_amounts_and_references(journal: SqlJournal) -> None:
    claim = begun(journal, replace(a_claim(), state=ClaimState.SENT, told_amount=30000))[0]
    messages = [
        Message(HeardKind.PART_PAID, claim.id, 10000, TODAY, 2),
        Message(HeardKind.PART_PAID, claim.id, 5000, TODAY, 3, reference="P-77"),
    ]
    for message in messages:
        step = hear(journal.claims()[0], message, (), NOW)
        assert isinstance(step, Step)
        problem = Problem(4, "claim C-000009 is not known here")
        journal.keep_heard(FileIn(f"{message.line}.csv", "b" * 64, message.line, NOW, 1, (problem,)), [step])
    assert journal.said_before() == {claim.id: frozenset(map(said, messages))}
    assert journal.numbers_in() == [2, 3]
    assert [file.problems for file in journal.files_in_of("b" * 64)] == [(problem,), (problem,)]
    assert journal.files_in(1)[0].name == "3.csv"
    assert journal.claims()[0].paid_to_office == 15000


def test_a_patrons_claims_are_in_what_is_exported_of_them(journal: SqlJournal) -> None:
    begun(journal, a_claim("7"), a_claim("8"))
    exported = journal.export_patron("7")
    assert [claim["body"]["amount"] for claim in exported["claims"]] == [30000]  # type: ignore[attr-defined]
    assert [step["what"] for step in exported["claim_steps"]] == ["referred"]  # type: ignore[attr-defined]


def test_a_claim_that_the_office_has_is_not_erased_silently(journal: SqlJournal) -> None:
    begun(journal, a_claim("7"), replace(a_claim("7"), state=ClaimState.SENT), a_claim("8"))
    gone = journal.erase_patron("7")
    assert (gone["claims"], gone["claims_kept"]) == (1, 1)
    assert [(claim.patron, claim.state.value) for claim in journal.claims()] == [("7", "sent"), ("8", "referred")]


def test_claims_are_forgotten_when_they_are_old_and_nothing_rests_on_them(journal: SqlJournal) -> None:
    over = replace(a_claim(), state=ClaimState.CLOSED, ending=Ending.PAID_HERE)
    begun(journal, a_claim("1"), replace(over, patron="2", amount=0), replace(over, patron="3"))
    later = NOW + 400 * DAY
    assert "claims" not in journal.prune(later, later)  # of the last 24 hours nothing goes
    assert [claim.patron for claim in journal.claims()] == ["1", "2", "3"]


def test_old_claims_go_with_their_steps(journal: SqlJournal, clock: HandClock) -> None:
    over = replace(a_claim(), state=ClaimState.CLOSED, ending=Ending.PAID_HERE)
    begun(journal, a_claim("1"), replace(over, patron="2", amount=0), replace(over, patron="3"))
    clock.at = NOW + 400 * DAY
    assert journal.prune(NOW + DAY, NOW + DAY)["claims"] == 1
    assert [claim.patron for claim in journal.claims()] == ["1", "3"]
    assert journal.claim_steps("C-000002") == []


def test_the_notice_of_an_announcement_is_kept_with_its_case(journal: SqlJournal) -> None:
    case = replace(a_case(), noticed_at=NOW)
    journal.save_cases([case], [])
    assert journal.cases()["1"]["debt"] == case


def test_the_claims_of_some_patrons_come_in_the_order_of_their_numbers(journal: SqlJournal) -> None:
    known = begun(journal, a_claim("9"), a_claim("7"), a_claim("8"), a_claim("7"))
    assert journal.claims({"7", "9"}) == [known[0], known[1], known[3]]
    assert journal.claims(()) == []
