"""One patron for each thing worth showing, and with nothing else the matter: the demo and the tests pick by kind."""

from dataclasses import dataclass
from typing import Final

from adapters.standin.library.records import millionths


@dataclass(frozen=True, slots=True)
class Subject:
    """How one picked patron stands. `restriction` is type, comment and days until it ends (None: never)."""

    kind: str
    debits: tuple[tuple[str, int], ...] = ()
    credit: int = 0
    attempts: int = 0
    card_lost: bool = False
    category: str = "ADULT"
    age: int | None = 41
    card_expired: bool = False
    restriction: tuple[str, str, int | None] | None = None


def _debits(**amounts: str) -> tuple[tuple[str, int], ...]:
    return tuple((kind, millionths(part)) for kind, parts in amounts.items() for part in parts.split("+"))


SUBJECTS: Final = (
    Subject("owes_exactly_the_limit", debits=_debits(OVERDUE="200.00+25.00")),
    Subject("owes_one_ore_less", debits=_debits(OVERDUE="200.00+24.99")),
    Subject("owes_one_ore_more", debits=_debits(OVERDUE="225.01")),
    Subject("owes_half_an_ore_less", debits=_debits(OVERDUE="224.995")),
    Subject("owes_much", debits=_debits(OVERDUE="230.00+230.00", MANUAL="180.00")),
    Subject("owes_little", debits=_debits(OVERDUE="20.00")),
    Subject("owes_a_replacement", debits=_debits(LOST="149.00")),
    Subject("owes_replacement_and_fees", debits=_debits(LOST="349.00", PROCESSING="30.00", OVERDUE="65.00")),
    Subject("has_credit", credit=millionths("50.00")),
    Subject("owes_less_after_credit", debits=_debits(OVERDUE="240.00"), credit=millionths("30.00")),
    Subject("debits_and_credits_cancel", debits=_debits(OVERDUE="300.00"), credit=millionths("300.00")),
    Subject("pin_failed_to_the_limit", attempts=5),
    Subject("pin_failed_once_less", attempts=4),
    Subject("pin_failed_once", attempts=1),
    Subject("locked_by_administrator", attempts=-1),
    Subject("card_lost", card_lost=True),
    Subject("restricted_by_staff", restriction=("MANUAL", "Mød op på Åby bibliotek, spørg efter Jørgen", None)),
    Subject("suspended_by_staff", restriction=("SUSPENSION", "Udelukket fra læsesalen", 45)),
    Subject("staff_restriction_expired", restriction=("MANUAL", "Gjaldt til sommerferien", -40)),
    Subject("owes_without_birth_date", debits=_debits(OVERDUE="150.00"), age=None),
    Subject("child_owes", debits=_debits(OVERDUE="120.00"), category="CHILD", age=9),
    Subject("young_owes", debits=_debits(OVERDUE="110.00"), category="YOUNG", age=16),
    Subject("owes_with_expired_card", debits=_debits(OVERDUE="400.00"), card_expired=True),
    Subject("institution_owes", debits=_debits(OVERDUE="500.00"), category="INST", age=None),
    Subject("statistical_patron", category="STAT", age=None),
    Subject("pin_failed_and_owes", debits=_debits(OVERDUE="300.00"), attempts=5),
    Subject(
        "restricted_by_staff_and_owes", debits=_debits(OVERDUE="400.00"), restriction=("MANUAL", "Se sagsmappen", None)
    ),
    Subject("clear"),
)
