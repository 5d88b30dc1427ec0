"""What the gates do, in words: every outcome has its sentence, every cause its words and what to do about it."""

from dataclasses import replace

import pytest

from sidecar.core.gates import Cause, Comparison, GateAnswer, GateOutcome, InForce, Privilege
from sidecar.core.model import UNKNOWN
from sidecar.report import gate_sentence
from sidecar.report.words.gates import CAUSES, OUTCOMES, PRIVILEGES, REMEDIES
from tests.core.builders import debt_rule, policy

POLICY = policy(debt_rule())
BLOCKED = InForce(patron="7", ours=True, restricted=True, foreign=False, rules=("debt", "pin"))
CLEAR = InForce(patron="7", ours=False, restricted=False, foreign=False, owed=6000)
SAID = GateAnswer(patron="7", known=True)


def sentence(held: InForce, outcome: GateOutcome, answer: GateAnswer = SAID, **more: object) -> str:
    return gate_sentence(Comparison(held=held, answer=answer, outcome=outcome, **more), POLICY)  # type: ignore[arg-type]


def test_every_word_is_there() -> None:
    assert set(OUTCOMES) == set(GateOutcome)
    assert set(CAUSES) == set(REMEDIES) == set(Cause)
    assert set(PRIVILEGES) == set(Privilege)


def test_an_open_gate_says_what_it_allows() -> None:
    let_in = frozenset({Privilege.HOLDS, Privilege.LOANS})
    said = sentence(BLOCKED, GateOutcome.GATE_OPEN, let_in=let_in)
    assert said == "Blocked by debt and pin, but the gate allows loans and holds."
    assert sentence(BLOCKED, GateOutcome.GATE_OPEN).endswith("but the gate does not see the restriction.")


def test_a_closed_gate_says_what_is_owed_and_the_likely_causes() -> None:
    said = sentence(
        CLEAR,
        GateOutcome.CLOSED_BY_ANOTHER,
        refused=frozenset(Privilege),
        causes=(Cause.FINES, Cause.EXPIRED),
    )
    assert said == (
        "Not blocked by Cardwarden (owes 60.00 DKK), but refused loans, renewals and holds: "
        "Koha's own limit of fines and the card has expired."
    )


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (BLOCKED, "Blocked by debt and pin, and refused."),
        (replace(BLOCKED, ours=UNKNOWN), "Restricted in Koha, and refused."),
        (CLEAR, "Not blocked by Cardwarden (owes 60.00 DKK), and let in."),
        (replace(CLEAR, owed=UNKNOWN), "Not blocked by Cardwarden, and let in."),
    ],
)
def test_equal_is_told_with_what_is_in_force(held: InForce, said: str) -> None:
    assert sentence(held, GateOutcome.EQUAL) == said


@pytest.mark.parametrize(
    ("held", "answer", "said"),
    [
        (BLOCKED, replace(SAID, trouble="it is too slow"), "it is too slow"),
        (BLOCKED, replace(SAID, known=False), "the gate does not know the card"),
        (replace(BLOCKED, ours=UNKNOWN, restricted=UNKNOWN), SAID, "Koha does not tell whether the card is restricted"),
        (BLOCKED, SAID, "the gate says nothing of what the block stops"),
    ],
)
def test_no_answer_is_told_with_its_reason(held: InForce, answer: GateAnswer, said: str) -> None:
    assert said in sentence(held, GateOutcome.NO_ANSWER, answer)
