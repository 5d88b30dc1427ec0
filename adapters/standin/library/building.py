"""An invented library, the same for the same seed: who there is, what they owe, what staff wrote on their cards.

The shares are those of a real public library: nine of ten owe nothing, one in forty owes 225.00 or more.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final, TypeAlias, TypeVar

from adapters.standin.library.names import CATEGORIES, FIRST_NAMES, LIBRARIES, STATISTICAL, SURNAMES
from adapters.standin.library.records import ENDLESS, MILLIONTHS, AccountLine, Patron, RestrictionRow
from adapters.standin.library.subjects import SUBJECTS, Subject

DAY: Final = 86_400
IDS_BETWEEN_GAPS: Final = 96
"""After so many patrons one number is missing, as if that patron had been deleted."""
SHARE_DEBT_FREE: Final = 0.91
SHARE_BELOW_LIMIT: Final = 0.975
SHARE_CREDIT: Final = 0.005
SHARE_CANCELLING: Final = 0.002
SHARE_FAILED_PIN: Final = 0.015
SHARE_LOCKED: Final = 0.001
SHARE_CARD_LOST: Final = 0.003
SHARE_STAFF_RESTRICTION: Final = 0.01
SHARE_NO_BIRTH_DATE: Final = 0.02
LIMIT: Final = 225 * MILLIONTHS
ORE: Final = MILLIONTHS // 100
DAYS_UNTIL_LOST: Final = 60

T = TypeVar("T")

_Shares: TypeAlias = tuple[tuple[float, T], ...]
"""What happens up to which share of cases."""
_LANGUAGES: Final[_Shares[str]] = ((0.8, "default"), (0.95, "da"), (1.0, "en"))
_CATEGORIES: Final[_Shares[tuple[str, tuple[int, int] | None]]] = (
    (0.66, ("ADULT", (18, 95))),
    (0.84, ("CHILD", (1, 13))),
    (0.95, ("YOUNG", (14, 17))),
    (0.975, ("STAFF", (22, 66))),
    (0.995, ("INST", None)),
    (1.0, ("STAT", None)),
)
"""Category, with the youngest and oldest age in years (None: no birth date)."""
_DEBIT_TYPES: Final[_Shares[str]] = (
    (0.62, "OVERDUE"),
    (0.74, "LOST"),
    (0.80, "PROCESSING"),
    (0.90, "MANUAL"),
    (0.95, "RESERVE"),
    (1.0, "NEW_CARD"),
)
DESCRIPTIONS: Final = {
    "OVERDUE": "Gebyr for overskredet lånetid",
    "LOST": "Erstatning for bortkommet materiale",
    "PROCESSING": "Ekspeditionsgebyr ved erstatning",
    "MANUAL": "Gebyr lagt på af personalet",
    "RESERVE": "Gebyr for uafhentet reservering",
    "NEW_CARD": "Nyt lånerkort",
}
_COMMENTS: Final = (
    "Husk billedlegitimation næste gang",
    "Adressen er ikke længere gyldig, spørg låneren",
    "Skylder svar på brev af 3. ds.",
    "Øredøvende optræden på læsesalen, se mødereferat",
    "Aftale om afdrag: se sag 21/304",
)


@dataclass(slots=True)
class Population:
    """What `populate` made: the patrons by number, the next free numbers, and the picked subjects by kind."""

    patrons: dict[int, Patron] = field(default_factory=dict)
    next_patron: int = 1
    next_line: int = 1
    next_restriction: int = 1
    subjects: dict[str, int] = field(default_factory=dict)


def populate(count: int, seed: int, today: date, now: int) -> Population:
    """Invent `count` patrons as they stand on `today`; `now` is the same day's instant in epoch seconds."""
    return _Maker(Random(seed), today, now).make(count)  # noqa: S311 - the same invented people each time, not secrets


class _Maker:
    """Draws one patron after the other from one stream of random numbers."""

    def __init__(self, rng: Random, today: date, now: int) -> None:
        self.rng = rng
        self.today = today
        self.day = today.toordinal()
        self.now = now
        self.made = Population()
        self.library_ids = tuple(LIBRARIES)

    def make(self, count: int) -> Population:
        subject_at = dict(_spread(count))
        made = self.made
        for index in range(count):
            number = 1 + index + index // IDS_BETWEEN_GAPS
            subject = subject_at.get(index)
            patron = self._person(number, _SERVICE if index == 0 else subject)
            if subject is not None:
                self._sculpt(patron, subject)
                made.subjects[subject.kind] = number
            elif index and CATEGORIES[patron.category_id] != STATISTICAL:
                self._draw_troubles(patron)
            made.patrons[number] = patron
            made.next_patron = number + 1
        return made

    def _person(self, number: int, subject: Subject | None) -> Patron:
        random = self.rng.random
        share, age = random(), random()
        category, ages = _pick(_CATEGORIES, share)
        born = None
        if ages is not None and random() >= SHARE_NO_BIRTH_DATE:
            youngest, oldest = ages
            born = self._days_ago(int(365.25 * (youngest + age * (oldest + 1 - youngest))) + 1)
        expires = self._days_ago(int(-1500 + 1900 * random() ** 3))
        if subject is not None:
            category, expires = subject.category, self._days_ago(90 if subject.card_expired else -700)
            born = None if subject.age is None else self._days_ago(int(365.25 * (subject.age + 0.5)))
        touched = self.now - int(DAY * (2 + 700 * random()))
        paid_lines = int(24 * random() * random())
        first_line = self.made.next_line
        self.made.next_line += 2 * paid_lines
        return Patron(
            id=number,
            # ten digits like a Danish civil registration number, with a month that no calendar has
            card_number=f"{1 + number % 28:02d}{13 + number % 80:02d}{number % 1_000_000:06d}",
            surname=SURNAMES[int(random() * len(SURNAMES))],
            first_name=FIRST_NAMES[int(random() * len(FIRST_NAMES))],
            library_id=self.library_ids[int(random() * random() * len(self.library_ids))],
            category_id=category,
            born=born,
            lang=_pick(_LANGUAGES, random()),
            enrolled=self._days_ago(30 + int(6000 * random())),
            expires=expires,
            updated_on=touched,
            moved_at=touched,
            history=(first_line, paid_lines),
        )

    def _draw_troubles(self, patron: Patron) -> None:
        random = self.rng.random
        debt, credit = random(), random()
        if debt >= SHARE_DEBT_FREE:
            self._owe(patron, self._sum_owed(below_limit=debt < SHARE_BELOW_LIMIT))
        elif credit < SHARE_CREDIT:
            self._credit(patron, ORE * int(500 + 20_000 * random()))
        elif credit < SHARE_CREDIT + SHARE_CANCELLING:
            owed = ORE * int(2_000 + 40_000 * random())
            self._owe(patron, owed)
            self._credit(patron, owed)
        pin = random()
        if pin < SHARE_FAILED_PIN:
            patron.attempts = 1 + int(5 * random())
        elif pin < SHARE_FAILED_PIN + SHARE_LOCKED:
            patron.attempts = -1
        patron.card_lost = random() < SHARE_CARD_LOST
        if random() < SHARE_STAFF_RESTRICTION:
            kind = "SUSPENSION" if self._happens(0.3) else "MANUAL"
            endless = kind == "MANUAL" and self._happens(0.6)
            ends = None if endless else self._days_ago(int(300 - 700 * random()))
            comment = _COMMENTS[int(random() * len(_COMMENTS))] if self._happens(0.8) else ""
            self._restrict(patron, kind, comment, ends)

    def _sum_owed(self, *, below_limit: bool) -> int:
        size = self.rng.random()
        if below_limit:
            if self._happens(0.01):
                return LIMIT - ORE
            return ORE * 500 * (1 + int(44 * size * size)) if self._happens(0.9) else ORE * (50 + int(22_000 * size))
        if self._happens(0.04):
            return LIMIT
        if self._happens(0.02):
            return LIMIT + ORE
        return ORE * 100 * int(math.exp(math.log(226) + (math.log(4000) - math.log(226)) * size * size))

    def _owe(self, patron: Patron, total: int) -> None:
        pieces = 1 + int(3.2 * self.rng.random() ** 2) if total > 40 * MILLIONTHS else 1
        left = total
        for rest in range(pieces - 1, 0, -1):
            piece = left // (rest + 1) // (5 * MILLIONTHS) * 5 * MILLIONTHS
            left -= piece
            self._debit(patron, _pick(_DEBIT_TYPES, self.rng.random()), piece)
        self._debit(patron, _pick(_DEBIT_TYPES, self.rng.random()), left)

    def _debit(self, patron: Patron, kind: str, outstanding: int) -> None:
        age = 3 + int(700 * self.rng.random() ** 2)
        incurred = self.now - age * DAY
        partly_paid = self._happens(0.05)
        item = 1000 + self.made.next_line * 7 % 90_000
        patron.lines.append(
            AccountLine(
                id=self.made.next_line,
                type=kind,
                amount=outstanding + (20 * MILLIONTHS if partly_paid else 0),
                outstanding=outstanding,
                date=incurred,
                timestamp=incurred,
                description=DESCRIPTIONS[kind],
                interface="cron" if kind == "OVERDUE" else "intranet",
                item_id=None if kind in {"MANUAL", "NEW_CARD"} else item,
                library_id=patron.library_id,
                status=None if kind != "OVERDUE" else "UNRETURNED" if age < DAYS_UNTIL_LOST else "RETURNED",
                user_id=None if kind == "OVERDUE" else 1,
            )
        )
        self.made.next_line += 1

    def _credit(self, patron: Patron, amount: int) -> None:
        paid = self.now - (2 + int(200 * self.rng.random())) * DAY
        patron.lines.append(
            AccountLine(
                id=self.made.next_line,
                type="PAYMENT",
                credit=True,
                amount=-amount,
                outstanding=-amount,
                date=paid,
                timestamp=paid,
                interface="opac",
                library_id=patron.library_id,
                payment_type="MOBILEPAY",
            )
        )
        self.made.next_line += 1

    def _restrict(self, patron: Patron, kind: str, comment: str, ends: date | None) -> None:
        made_at = self.now - (5 + int(60 * self.rng.random())) * DAY
        patron.restrictions.append(
            RestrictionRow(self.made.next_restriction, kind, comment, ends, made_at, manager_id=1)
        )
        self.made.next_restriction += 1
        # set when the row was made; nothing in Koha takes a past date away at midnight
        patron.debarred = max(row.expiration or ENDLESS for row in patron.restrictions)
        patron.debarred_comment = "\n".join(row.comment for row in patron.restrictions)

    def _sculpt(self, patron: Patron, subject: Subject) -> None:
        for kind, amount in subject.debits:
            self._debit(patron, kind, amount)
            patron.lines[-1].amount = amount
        if subject.credit:
            self._credit(patron, subject.credit)
        patron.attempts = subject.attempts
        patron.card_lost = subject.card_lost
        if subject.restriction is not None:
            kind, comment, days = subject.restriction
            self._restrict(patron, kind, comment, None if days is None else self._days_ago(-days))

    def _happens(self, share: float) -> bool:
        return self.rng.random() < share

    def _days_ago(self, days: int) -> date:
        return date.fromordinal(self.day - days)


def _pick(shares: _Shares[T], drawn: float) -> T:
    return next(what for below, what in shares if drawn < below)


_SERVICE: Final = Subject("service", category="STAFF", age=None)


def _spread(count: int) -> Iterator[tuple[int, Subject]]:
    """Places for the subjects, evenly over the library; the first place belongs to the API user."""
    step = max(1, (count - 1) // len(SUBJECTS))
    for place, subject in enumerate(SUBJECTS):
        index = 1 + place * step
        if index < count:
            yield index, subject


def paid_history(patron: Patron, opened_at: int) -> Iterator[AccountLine]:
    """The fees that the patron paid long before the library was opened, each followed by its payment."""
    first, fees = patron.history
    for fee in range(fees):
        number = first + 2 * fee
        amount = (5 + 5 * (number % 9)) * MILLIONTHS
        paid = (opened_at // DAY - 800 - number % 700) * DAY
        yield AccountLine(
            number, "OVERDUE", amount, 0, paid - 9 * DAY, paid, description=DESCRIPTIONS["OVERDUE"],
            item_id=1000 + number % 90_000, library_id=patron.library_id, status="RETURNED",
        )  # fmt: skip
        yield AccountLine(
            number + 1, "PAYMENT", -amount, 0, paid, paid, credit=True, interface="opac",
            library_id=patron.library_id, payment_type="MOBILEPAY",
        )  # fmt: skip
