"""What happens in the month: twelve patrons, each on a path of their own, and an office that answers by files."""

from datetime import date
from typing import Final

from .month import NAMES, Moment, Month
from .office import gave_back, paid, part, refused, took

# Patron 101 has claim C-000001, and so on: all are told in the first cycle.
IN_TIME: Final = 101
BEFORE_IT_IS_SENT: Final = 102
WHILE_THE_FILE_WAITS: Final = 103
AT_THE_OFFICE: Final = 104
AT_THE_DESK: Final = 105
BRINGS_THE_ITEM_BACK: Final = 106
OWES_MORE: Final = 107
NEVER_PAYS: Final = 108
IS_REFUSED: Final = 109
IS_LIFTED: Final = 110
CANNOT_BE_TOLD: Final = 111
IS_TWELVE: Final = 112

OWES: Final = {
    IN_TIME: "300.00",
    BEFORE_IT_IS_SENT: "310.00",
    WHILE_THE_FILE_WAITS: "320.00",
    AT_THE_OFFICE: "330.00",
    AT_THE_DESK: "340.00",
    BRINGS_THE_ITEM_BACK: "350.00",
    OWES_MORE: "360.00",
    NEVER_PAYS: "370.00",
    IS_REFUSED: "380.00",
    IS_LIFTED: "390.00",
    CANNOT_BE_TOLD: "400.00",
    IS_TWELVE: "410.00",
}


def claim_of(patron: int) -> str:
    return f"C-{patron - 100:06d}"


def all_owe(month: Month) -> None:
    library = month.library
    for patron, amount in OWES.items():
        born = date(2014, 6, 1) if patron == IS_TWELVE else date(1980, 6, 1)
        assert library.create_patron(surname=f"{NAMES}-{patron}", born=born) == patron
        library.charge(patron, "LOST" if patron == BRINGS_THE_ITEM_BACK else "OVERDUE", amount)
    library.unreachable.add(CANNOT_BE_TOLD)
    library.staff_restricts(AT_THE_DESK, comment="Staff's own")


def one_pays_in_time(month: Month) -> None:
    month.library.pay(IN_TIME)


def seven_days_are_over(_month: Month) -> None:
    """Nobody does anything."""


def one_pays_at_noon_and_the_office_is_away(month: Month) -> None:
    month.library.pay(BEFORE_IT_IS_SENT)
    month.office_is_away = True


def one_pays_while_the_file_waits(month: Month) -> None:
    month.office_is_away = False
    month.library.pay(WHILE_THE_FILE_WAITS)


def the_office_takes_over(month: Month) -> None:
    taken = (WHILE_THE_FILE_WAITS, AT_THE_OFFICE, AT_THE_DESK, BRINGS_THE_ITEM_BACK, OWES_MORE, NEVER_PAYS, IS_LIFTED)
    month.says(1, *(took(claim_of(patron)) for patron in taken), refused(claim_of(IS_REFUSED)))


def four_things_at_the_desk(month: Month) -> None:
    library = month.library
    library.pay(AT_THE_DESK)
    bill = library.patron(BRINGS_THE_ITEM_BACK).open_debits()[0]
    library.item_found(BRINGS_THE_ITEM_BACK, bill.id)
    library.charge(OWES_MORE, "OVERDUE", "40.00")
    assert library.staff_lifts(IS_LIFTED, "CW_COLLECTION") == 1


def the_office_is_paid_in_part(month: Month) -> None:
    month.says(
        2,
        part(claim_of(AT_THE_OFFICE), "130.00", "200.00", "P-1"),
        took(claim_of(BRINGS_THE_ITEM_BACK), on="2026-12-14"),
    )


def the_office_has_the_last_word(month: Month) -> None:
    month.says(
        3,
        paid(claim_of(WHILE_THE_FILE_WAITS), "320.00", "P-2"),
        paid(claim_of(AT_THE_OFFICE), "200.00", "P-3"),
        paid(claim_of(AT_THE_DESK), "340.00", "P-4"),
        gave_back(claim_of(NEVER_PAYS), "given_up"),
    )


def nothing_happens(_month: Month) -> None:
    """A quiet day."""


STORY: Final = (
    Moment(1, 8, all_owe, ("cycle",)),
    Moment(2, 8, nothing_happens, ("cycle", "exchange")),
    Moment(4, 8, one_pays_in_time, ("cycle", "exchange")),
    Moment(8, 8, seven_days_are_over, ("approved cycle",)),
    # Two cycles: one sees the payment, the next one frees. A kill at the end of the first would else add the second.
    Moment(8, 14, one_pays_at_noon_and_the_office_is_away, ("cycle", "cycle", "exchange")),
    Moment(9, 8, one_pays_while_the_file_waits, ("cycle", "exchange")),
    Moment(10, 8, the_office_takes_over, ("exchange", "cycle")),
    Moment(11, 8, four_things_at_the_desk, ("cycle", "exchange")),
    Moment(14, 8, the_office_is_paid_in_part, ("exchange", "cycle")),
    Moment(18, 8, the_office_has_the_last_word, ("exchange", "cycle")),
    Moment(19, 8, nothing_happens, ("cycle", "exchange")),
    Moment(31, 8, nothing_happens, ("cycle", "exchange")),
)
