"""Who is spoken to in which language, and how it writes amounts, days and lists."""

from datetime import UTC, date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from sidecar.core.model import Currency
from sidecar.language import (
    LANGUAGES,
    _,
    calendar_day,
    language_of_request,
    language_to_speak,
    listed,
    money,
    ngettext,
    present,
    since,
    speaking,
    spoken_when,
)
from sidecar.settings.sections import ReportSettings

DKK, EUR = Currency("DKK", 2), Currency("EUR", 2)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    ("asked", "environment", "settings", "policy", "spoken"),
    [
        ("sv", {"LANG": "da_DK.UTF-8"}, "de", ["en"], "sv"),
        (None, {"LANG": "da_DK.UTF-8"}, "de", ["en"], "da"),
        (None, {"LANGUAGE": "fi:sv:en", "LANG": "da_DK.UTF-8"}, None, [], "sv"),
        (None, {"LC_ALL": "C", "LANG": "de_DE"}, None, [], "de"),
        (None, {"LANG": "C.UTF-8"}, "de", ["da"], "de"),
        (None, {"LANG": "C.UTF-8"}, None, ["da", "en"], "da"),
        (None, {}, None, ["fi", "da"], "en"),
        (None, {"LANG": "fi_FI.UTF-8"}, None, ["sv"], "sv"),
    ],
)
def test_asked_for_comes_before_the_environment_the_settings_and_the_policy(
    asked: str | None, environment: dict[str, str], settings: str | None, policy: list[str], spoken: str
) -> None:
    assert language_to_speak(asked, environment, settings, policy) == spoken


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("da-DK,da;q=0.9,en;q=0.8", "da"),
        ("fi, sv;q=0.4, de;q=0.7", "de"),
        ("en-GB", "en"),
        ("da;q=0, sv;q=0.1", "sv"),
        ("fi,*", None),
        ("da;q=much, sv", "sv"),
        ("", None),
        (";;,,", None),
    ],
)
def test_a_browser_gets_what_it_likes_best_of_what_there_is(accepted: str, language: str | None) -> None:
    assert language_of_request(accepted) == language


@pytest.mark.parametrize(
    ("language", "shown"),
    [("da", "1.225,00 kr."), ("de", "1.225,00 DKK"), ("sv", "1 225,00 Dkr"), ("en", "1225.00 DKK")],
)
def test_an_amount_is_written_as_its_language_does(language: str, shown: str) -> None:
    with speaking(language):
        assert money(122_500, DKK) == shown


def test_each_language_has_its_own_word_for_its_own_currency() -> None:
    with speaking("de"):
        assert money(22_500, EUR) == "225,00 €"
    with speaking("sv"):
        assert money(22_500, Currency("SEK", 2)) == "225,00 kr"


@pytest.mark.parametrize(
    ("language", "day", "moment", "ago", "names"),
    [
        ("da", "5. okt. 2026", "den 5. okt. 2026 kl. 14.02", "siden kl. 14.02", "a, b og c"),
        ("de", "05.10.2026", "am 05.10.2026 um 14:02 Uhr", "seit 14:02 Uhr", "a, b und c"),
        ("sv", "5 okt. 2026", "den 5 okt. 2026 kl. 14:02", "sedan kl. 14:02", "a, b och c"),
        ("en", "5 Oct 2026", "on 5 Oct 2026 at 14:02", "since 14:02", "a, b and c"),
    ],
)
def test_days_moments_and_lists_are_said_as_people_say_them(
    language: str, day: str, moment: str, ago: str, names: str
) -> None:
    at = datetime(2026, 10, 5, 12, 2, tzinfo=UTC)
    with speaking(language):
        assert calendar_day(date(2026, 10, 5)) == day
        assert spoken_when(at, COPENHAGEN, date(2026, 11, 1)) == moment
        assert since(at, COPENHAGEN, date(2026, 10, 5)) == ago
        assert listed("abc") == names


def test_a_sentence_is_said_in_the_language_that_is_spoken_and_then_in_the_one_before() -> None:
    with speaking("da"):
        assert _("The card is blocked.") == "Kortet er spærret."
        with speaking("de"):
            assert _("The card is blocked.") == "Der Ausweis ist gesperrt."
        assert [ngettext("{number} wrong PIN", "{number} wrong PINs", n) for n in (1, 5)] == [
            "1 forkert PIN-kode",
            "5 forkerte PIN-koder",
        ]
    assert (present(), _("The card is blocked.")) == ("en", "The card is blocked.")


def test_a_language_without_a_catalogue_is_not_spoken() -> None:
    with pytest.raises(ValueError, match="no catalogue for 'fi'"), speaking("fi"):
        pass


def test_the_settings_take_every_language_that_there_is() -> None:
    (languages, _none) = get_args(ReportSettings.model_fields["language"].annotation)
    assert set(get_args(languages)) == set(LANGUAGES)
