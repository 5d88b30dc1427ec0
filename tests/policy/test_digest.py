"""The digest is that of the meaning: layout does not change it, and every word of meaning does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .examples import HEAD, Plain, parse, policies, render, with_head
from .mistaken import DEBT, LOST, PIN


@settings(max_examples=100, deadline=None)
@given(policy=policies(), data=st.data())
def test_any_valid_policy_loads_and_its_digest_ignores_layout(policy: Plain, data: st.DataObject) -> None:
    one, other = parse(render(policy, data)), parse(render(policy, data))
    assert one.policy.digest == other.policy.digest
    assert {rule.id: rule for rule in one.policy.rules} == {rule.id: rule for rule in other.policy.rules}


@pytest.mark.parametrize(
    "other",
    [
        "# a comment\n" + DEBT + LOST,
        LOST + DEBT,
        DEBT.replace("225", "225.00") + LOST,
        DEBT + "release = 'paid_in_full'\nretired = false\n" + LOST + "restriction_type = 'CW_LOST'\n",
        "[rules]\nlost.kind = 'lost_card'\ndebt = { block_at = 2.25e2, kind = 'debt' }\n",
    ],
)
def test_the_same_said_otherwise_has_the_same_digest(other: str) -> None:
    assert with_head(other).policy.digest == with_head(DEBT + LOST).policy.digest


def test_every_change_of_meaning_changes_the_digest() -> None:
    child = "[[rules.debt.except]]\nages.under = 18\n"
    school = "[[rules.debt.except]]\ncategories = ['SCHOOL']\nblock_at = 7\n"
    texts = [
        HEAD + DEBT,
        HEAD.replace("Test", "Other") + DEBT,
        HEAD.replace("DKK", "SEK") + DEBT,
        HEAD.replace('"da", "en"', '"en", "da"') + DEBT,
        HEAD.replace("Copenhagen", "Oslo") + DEBT,
        HEAD + "age_unknown = 'adult'\n" + DEBT,
        HEAD + "[kinds]\nfee = ['PRINT']\n" + DEBT,
        HEAD + DEBT.replace("225", "225.01"),
        HEAD + DEBT.replace("block_at", "block_above"),
        HEAD + DEBT + "release = 'below_block'\n",
        HEAD + DEBT + "release = { at_most = 5 }\n",
        HEAD + DEBT + "counts = ['fee']\n",
        HEAD + DEBT + "counts = ['fee']\nrelease_counts = ['fee']\n",
        HEAD + DEBT + "net_of_credit = false\n",
        HEAD + DEBT + "restriction_type = 'CW_MONEY'\n",
        HEAD + DEBT + "message.en = 'Hello'\n",
        HEAD + DEBT + "short_message.en = 'Hello'\n",
        HEAD + DEBT + "announce_days = 3\n",
        HEAD + DEBT + "if_lifted = 'restore'\n",
        HEAD + DEBT + "override_days = 3\n",
        HEAD + DEBT + "retired = true\n",
        HEAD + DEBT + child + "block_at = 5\n",
        HEAD + DEBT + child + "exempt = true\n",
        HEAD + DEBT + child + "block_at = 5\n" + school,
        HEAD + DEBT + school + child + "block_at = 5\n",
        HEAD + PIN,
        HEAD + PIN + "release = 'counter_reset'\n",
        HEAD + PIN + "release = { after_minutes = 30 }\n",
    ]
    digests = [parse(text).policy.digest for text in texts]
    assert len(set(digests)) == len(texts)
    assert all(len(digest) == 64 and int(digest, 16) for digest in digests)


def test_a_key_that_came_later_changes_no_digest_where_it_says_what_was_always_so() -> None:
    assert with_head(PIN).policy.digest == with_head(PIN + "photo_id = true\n").policy.digest
    assert with_head(PIN).policy.digest != with_head(PIN + "photo_id = false\n").policy.digest
    every = "stops = ['loans', 'renewals', 'holds', 'digital']\n"
    assert with_head(PIN).policy.digest == with_head(PIN + every).policy.digest
    assert with_head(PIN).policy.digest != with_head(PIN + "stops = ['loans']\n").policy.digest
