"""Days, moments and sums of an answer, as they are read aloud."""

from datetime import date, datetime

from sidecar.desk.answer import Answer
from sidecar.language import calendar_day, money, spoken_when


def today_of(answer: Answer) -> date:
    """The day of the answer, where the library is."""
    return answer.as_of.astimezone(answer.zone).date()


def when_of(at: datetime, answer: Answer) -> str:
    """`at 14:02`, `on 5 Oct 2026 at 14:02`."""
    return spoken_when(at, answer.zone, today_of(answer))


def day_of(at: datetime, answer: Answer) -> str:
    """`5 Oct 2026`."""
    return calendar_day(at.astimezone(answer.zone).date())


def sum_of(minor: int, answer: Answer) -> str:
    """`312.00 DKK`."""
    return money(minor, answer.currency)


def joined(*sentences: str) -> str:
    """Sentences one after the other."""
    return " ".join(sentences)
