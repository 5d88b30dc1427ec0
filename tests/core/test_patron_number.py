"""What can be a patron's number, and what could be a card number."""

import pytest

from sidecar.core.patron_number import is_borrowernumber, may_be_card_number


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("1", True),
        ("10", True),
        ("999999999", True),
        ("1000000000", False),
        ("0", False),
        ("07", False),
        ("", False),
        ("-1", False),
        ("1.5", False),
        (" 7", False),
        ("7\n", False),
        ("seven", False),
        ("٧", False),
    ],
)
def test_a_patron_s_number_is_whole_of_at_most_nine_digits_and_begins_with_none_that_is_0(text: str, may: bool) -> None:
    assert is_borrowernumber(text) is may


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("123456789", False),
        ("1234567890", True),
        ("0101701234", True),
        ("010170-1234", True),
        ("01 01 70 1234", True),
        ("01.01.70.1234", True),
        ("1-2-3-4-5-6-7-8-9", False),
        ("--------------", False),
        ("C-0000012345", False),
        ("1234567890x", False),
        ("1234567890123456", True),
        ("", False),
    ],
)
def test_more_than_nine_digits_in_a_row_may_be_a_card_or_a_civil_registration_number(text: str, may: bool) -> None:
    assert may_be_card_number(text) is may
