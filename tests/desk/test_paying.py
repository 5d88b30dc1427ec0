"""The least that must be paid, against a search of everything that could be."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sidecar.core.model import Kind
from sidecar.desk.paying import Need, least_payment

FEE, REPLACEMENT, OTHER = Kind
KINDS = st.frozensets(st.sampled_from(Kind), min_size=1)
NEEDS = st.lists(st.builds(Need, KINDS, st.integers(-2, 9)), max_size=6)
OPEN = st.fixed_dictionaries({kind: st.integers(0, 5) for kind in Kind})


def enough(payment: dict[Kind, int], needs: list[Need]) -> bool:
    return all(sum(payment[kind] for kind in need.kinds) >= need.minor for need in needs)


@given(NEEDS, OPEN)
def test_no_smaller_payment_would_do(needs: list[Need], most: dict[Kind, int]) -> None:
    every = [dict(zip(Kind, amounts, strict=True)) for amounts in product(*(range(most[kind] + 1) for kind in Kind))]
    possible = [sum(payment.values()) for payment in every if enough(payment, needs)]
    found = least_payment(needs, most)
    if found is None:
        assert not possible
    else:
        assert enough(dict(found), needs)
        assert all(0 <= found[kind] <= most[kind] for kind in Kind)
        assert sum(found.values()) == min(possible)


def test_what_must_be_paid_of_one_kind_counts_towards_what_must_be_paid_in_all() -> None:
    needs = [Need(frozenset(Kind), 90), Need(frozenset({REPLACEMENT}), 50)]
    assert least_payment(needs, {FEE: 100, REPLACEMENT: 50, OTHER: 0}) == {FEE: 40, REPLACEMENT: 50, OTHER: 0}


def test_three_pairs_of_kinds_share_the_sum() -> None:
    needs = [Need(frozenset(Kind) - {kind}, 3) for kind in Kind]
    found = least_payment(needs, dict.fromkeys(Kind, 9))
    assert found is not None
    assert sum(found.values()) == 5


def test_where_nothing_is_needed_nothing_is_paid() -> None:
    assert least_payment([], dict.fromkeys(Kind, 9)) == dict.fromkeys(Kind, 0)


def test_more_than_is_open_cannot_be_paid() -> None:
    assert least_payment([Need(frozenset({FEE}), 2)], {FEE: 1, REPLACEMENT: 9, OTHER: 9}) is None
