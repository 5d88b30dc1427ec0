"""What a card may owe and still be clear."""

import pytest

from sidecar.fitness.clear import most_owed_when_clear
from tests.policy.examples import with_head

DEBT = "[rules.debt]\nkind = 'debt'\n"
CHILD = "[[rules.debt.except]]\ncategories = ['CHILD']\n"


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        (DEBT + "block_at = 225", 22499),
        (DEBT + "block_above = 225", 22500),
        (DEBT + "block_above = 0", 0),
        (DEBT + "block_at = 225\nretired = true", None),
        (DEBT + "block_at = 225\ncounts = ['fee']", None),
        ("[rules.pin]\nkind = 'failed_pin'\nblock_at = 5", None),
        ("", None),
        (DEBT + "block_at = 225\n[rules.other]\nkind = 'debt'\nblock_at = 100", 9999),
        (DEBT + "block_at = 225\n[rules.bill]\nkind = 'unpaid_charge'", 22499),
        (
            DEBT + "block_at = 225\ncounts = ['fee']\n[rules.bill]\nkind = 'unpaid_charge'\n"
            "counts = ['replacement', 'other']",
            22499,
        ),
        (DEBT + "block_at = 100\n[[rules.debt.except]]\nages.from = 18\nblock_at = 225", 22499),
        (DEBT + "block_at = 225\n[[rules.debt.except]]\nages.from = 67\nexempt = true", None),
    ],
)
def test_it_is_what_the_mildest_terms_let_go(rules: str, most: int | None) -> None:
    assert most_owed_when_clear(with_head(rules).policy) == most


def test_of_one_category_only_its_own_exceptions_count() -> None:
    policy = with_head(DEBT + "block_at = 100\n" + CHILD + "block_at = 500").policy
    assert most_owed_when_clear(policy) == 49999
    assert most_owed_when_clear(policy, "CHILD") == 49999
    assert most_owed_when_clear(policy, "ADULT") == 9999
