"""What is kept and read on another day says the day of every moment."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from sidecar.language import dates_in_full, languages_of_ils, since, speaking, spoken_when

ZONE = ZoneInfo("Europe/Copenhagen")
MOMENT = datetime(2026, 11, 23, 13, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def test_a_moment_of_today_has_its_day() -> None:
    assert (spoken_when(MOMENT, ZONE, TODAY), since(MOMENT, ZONE, TODAY)) == ("at 14:02", "since 14:02")
    with dates_in_full():
        assert spoken_when(MOMENT, ZONE, TODAY) == "on 23 Nov 2026 at 14:02"
        assert since(MOMENT, ZONE, TODAY) == "since 23 Nov 2026, 14:02"
    assert spoken_when(MOMENT, ZONE, TODAY) == "at 14:02"


def test_in_every_language_alike() -> None:
    with speaking("da"), dates_in_full():
        assert "23. nov. 2026" in spoken_when(MOMENT, ZONE, TODAY)


@pytest.mark.parametrize(
    ("preference", "spoken"),
    [
        ("", ("en",)),
        ("da-DK,en", ("en", "da")),
        ("en,nl-NL,sv-SE", ("en", "sv")),
        ("de-DE,da-DK,de-DE", ("en", "de", "da")),
        (" da , fi-FI,", ("en", "da")),
    ],
)
def test_of_the_ils_s_languages_those_that_are_spoken_here_and_english_always(
    preference: str, spoken: tuple[str, ...]
) -> None:
    assert languages_of_ils(preference) == spoken
