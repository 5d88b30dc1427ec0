"""Once when it begins, once when it is over, over restarts and broken channels."""

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog

from sidecar.serve.alerts.book import Alert, AlertBook, Cause, Standing
from sidecar.serve.alerts.channels import TellingFailed
from sidecar.serve.alerts.delivery import Delivery
from sidecar.serve.state import local

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


class Told:
    """A channel that remembers, or fails."""

    def __init__(self, name: str = "command") -> None:
        self.name = name
        self.heard: list[tuple[str, str, str]] = []
        self.last = Standing(alert(), NOW)
        self.broken = False
        self.meanwhile: Callable[[], None] = lambda: None

    def tell(self, one: Standing) -> None:
        if self.broken:
            raise TellingFailed("broken")
        self.meanwhile()
        self.last = one
        self.heard.append((one.alert.cause, one.alert.subject, one.state))


def alert(
    cause: Cause = Cause.HELD_BACK, subject: str = "additions", summary: str = "300 blocks are held back"
) -> Alert:
    return Alert(cause=cause, subject=subject, summary=summary)


class Telling:
    """A book and its delivery, as one daemon has them."""

    def __init__(self, file: Path, *channels: Told) -> None:
        self.book = AlertBook(file, [channel.name for channel in channels], LOG)
        self.delivery = Delivery(self.book, channels, LOG, rest=0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db.alerts"


def test_it_is_told_once_and_once_when_it_is_over(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    for _ in range(3):
        telling.book.begin(alert(), NOW)
        telling.delivery.deliver()
    assert channel.heard == [("held-back", "additions", "begun")]
    assert [one.since for one in telling.book.begun()] == [NOW]
    for _ in range(2):
        telling.book.end(Cause.HELD_BACK, NOW, subject="additions")
        telling.delivery.deliver()
    assert channel.heard == [("held-back", "additions", "begun"), ("held-back", "additions", "over")]
    assert (telling.book.begun(), telling.book.owed()) == ([], [])


def test_what_is_over_says_no_longer_what_to_do(file: Path) -> None:
    book = Telling(file).book
    book.begin(replace(alert(), remedy="cardwarden approve abc"), NOW)
    assert book.begun()[0].text == "300 blocks are held back cardwarden approve abc"
    book.end(Cause.HELD_BACK, NOW, subject="additions")
    assert book.past(NOW)[0].text == "300 blocks are held back"


def test_two_brakes_are_two_causes(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    telling.book.begin(alert(subject="additions"), NOW)
    telling.book.begin(alert(subject="removals"), NOW)
    telling.delivery.deliver()
    assert len(channel.heard) == 2
    assert telling.book.subjects(Cause.HELD_BACK) == ["additions", "removals"]


def test_a_restart_tells_nothing_twice(file: Path) -> None:
    before, after = Told(), Told()
    first = Telling(file, before)
    first.book.begin(alert(), NOW)
    first.delivery.deliver()
    second = Telling(file, after)
    second.book.begin(alert(), NOW + timedelta(hours=1))
    second.delivery.deliver()
    assert after.heard == []
    second.book.end(Cause.HELD_BACK, NOW, subject="additions")
    second.delivery.deliver()
    assert after.heard == [("held-back", "additions", "over")]


def test_what_a_channel_did_not_take_is_tried_again_and_the_other_hears_it_once(file: Path) -> None:
    mail, command = Told("mail"), Told("command")
    mail.broken = True
    telling = Telling(file, mail, command)
    telling.book.begin(alert(), NOW)
    for _ in range(3):
        telling.delivery.deliver()
    assert (mail.heard, len(command.heard)) == ([], 1)
    mail.broken = False
    telling.delivery.deliver()
    assert (len(mail.heard), len(command.heard)) == (1, 1)


def test_what_began_and_ended_while_no_channel_worked_is_told_once_as_having_been_so(file: Path) -> None:
    channel = Told()
    channel.broken = True
    telling = Telling(file, channel)
    for hours in (0, 2):
        telling.book.begin(alert(), NOW + timedelta(hours=hours))
        telling.delivery.deliver()
        telling.book.end(Cause.HELD_BACK, NOW + timedelta(hours=hours + 1), subject="additions")
    channel.broken = False
    for _ in range(2):
        telling.delivery.deliver()
    assert channel.heard == [("held-back", "additions", "passed")]
    assert (channel.last.since, channel.last.latest) == (NOW + timedelta(hours=2), NOW + timedelta(hours=3))
    assert telling.book.owed() == []


def test_who_heard_that_it_began_hears_that_it_is_over_though_it_came_and_went_again_meanwhile(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    telling.book.begin(alert(), NOW)
    telling.delivery.deliver()
    channel.broken = True
    for minutes in (1, 2, 3):
        telling.book.end(Cause.HELD_BACK, NOW + timedelta(minutes=minutes), subject="additions")
        telling.book.begin(alert(), NOW + timedelta(minutes=minutes, seconds=30))
    telling.delivery.deliver()
    channel.broken = False
    telling.delivery.deliver()
    assert [state for _, _, state in channel.heard] == ["begun", "over", "passed", "begun"]


def test_what_stands_is_kept_as_it_is_now_and_told_again_when_it_doubled_or_the_policy_changed(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)

    def held(size: int, policy: str = "a") -> int:
        telling.book.begin(
            Alert(cause=Cause.HELD_BACK, summary=f"{size} blocks are held back", size=size, policy=policy),
            NOW + timedelta(minutes=len(channel.heard)),
        )
        telling.delivery.deliver()
        assert telling.book.begun()[0].alert.summary == f"{size} blocks are held back"
        return len(channel.heard)

    assert held(100) == 1
    assert held(199) == 1
    assert held(20) == 1
    assert held(100) == 1, "no more than was said already"
    assert held(200) == 2
    assert held(210, "b") == 3
    assert held(399, "b") == 3
    assert [one.since for one in telling.book.begun()] == [NOW]
    telling.book.end(Cause.HELD_BACK, NOW)
    telling.delivery.deliver()
    assert [state for _, _, state in channel.heard] == ["begun", "begun", "begun", "over"]


def test_news_that_come_while_an_alert_is_told_are_told_too(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    channel.meanwhile = lambda: telling.book.begin(replace(alert(), policy="b"), NOW + timedelta(minutes=1))
    telling.book.begin(alert(), NOW)
    for _ in range(3):
        telling.delivery.deliver()
    assert len(channel.heard) == 2


def test_a_channel_that_is_new_is_told_what_stands_after_a_restart_and_after_a_reload(file: Path) -> None:
    command, mail = Told(), Told("mail")
    first = Telling(file, command)
    first.book.begin(alert(), NOW)
    first.delivery.deliver()
    second = Telling(file, command, mail)
    second.delivery.deliver()
    assert (len(command.heard), len(mail.heard)) == (1, 1)
    second.delivery.use([mail], None)
    second.delivery.use([command, mail], None)
    second.delivery.deliver()
    assert (len(command.heard), len(mail.heard)) == (2, 1)


def test_what_is_over_is_remembered_for_a_week_over_a_restart(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    for number in range(120):
        telling.book.begin(alert(subject=str(number)), NOW)
        telling.delivery.deliver()
        telling.book.end(Cause.HELD_BACK, NOW + timedelta(minutes=number), subject=str(number))
        telling.delivery.deliver()
    book = Telling(file, channel).book
    past = book.past(NOW + timedelta(days=1))
    assert (len(past), past[0].alert.subject) == (100, "119")
    assert len(book.past(NOW + timedelta(days=7, minutes=110))) == 10
    assert (book.begun(), book.owed()) == ([], [])


def test_times_are_told_in_the_library_s_zone(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    telling.book.zone = ZoneInfo("Europe/Copenhagen")
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    telling.book.begin(alert(), twice)
    telling.delivery.deliver()
    telling.delivery.deliver()
    assert len(channel.heard) == 1
    assert local(channel.last.since) == "2026-10-25 02:30 CET"


def test_what_ends_while_it_is_being_told_is_told_to_be_over(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    channel.meanwhile = lambda: telling.book.end(Cause.HELD_BACK, NOW, subject="additions")
    telling.book.begin(alert(), NOW)
    telling.delivery.deliver()
    telling.delivery.deliver()
    assert channel.heard == [("held-back", "additions", "begun"), ("held-back", "additions", "over")]
    assert telling.book.owed() == []


def test_a_channel_that_the_settings_no_longer_name_is_owed_nothing(file: Path) -> None:
    channel = Told()
    channel.broken = True
    telling = Telling(file, channel)
    telling.book.begin(alert(), NOW)
    telling.delivery.use([], None)
    assert telling.book.owed() == []
    assert len(telling.book.begun()) == 1


def test_only_its_owner_reads_the_file_and_a_broken_one_stops_nothing(file: Path) -> None:
    Telling(file, Told()).book.begin(alert(), NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text('[{"alert": 1')
    assert Telling(file, Told()).book.begun() == []


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    channel = Told()
    telling = Telling(tmp_path / "missing" / "alerts", channel)
    telling.book.begin(alert(), NOW)
    telling.delivery.deliver()
    assert len(channel.heard) == 1


def test_the_delivery_s_thread_tells_what_comes_and_the_last_words(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    telling.delivery.start()
    telling.book.begin(alert(), NOW)
    telling.delivery.stop(5)
    assert len(channel.heard) == 1
