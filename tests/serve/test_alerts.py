"""Once when it begins, once when it is over, over restarts and broken channels."""

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from sidecar.serve.alerts import Alert, AlertBook, Cause, Standing
from sidecar.serve.channels import TellingFailed
from sidecar.serve.messenger import Messenger

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


class Told:
    """A channel that remembers, or fails."""

    def __init__(self, name: str = "command") -> None:
        self.name = name
        self.heard: list[tuple[str, str, str]] = []
        self.broken = False
        self.meanwhile: Callable[[], None] = lambda: None

    def tell(self, one: Standing) -> None:
        if self.broken:
            raise TellingFailed("broken")
        self.meanwhile()
        self.heard.append((one.alert.cause, one.alert.subject, one.state))


def alert(
    cause: Cause = Cause.HELD_BACK, subject: str = "additions", summary: str = "300 blocks are held back"
) -> Alert:
    return Alert(cause=cause, subject=subject, summary=summary)


class Telling:
    """A book and its messenger, as one daemon has them."""

    def __init__(self, file: Path, *channels: Told) -> None:
        self.book = AlertBook(file, [channel.name for channel in channels], LOG)
        self.messenger = Messenger(self.book, channels, LOG, rest=0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db.alerts"


def test_it_is_told_once_and_once_when_it_is_over(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    for _ in range(3):
        telling.book.begin(alert(), NOW)
        telling.messenger.deliver()
    assert channel.heard == [("held-back", "additions", "begun")]
    assert [one.since for one in telling.book.begun()] == [NOW]
    for _ in range(2):
        telling.book.end(Cause.HELD_BACK, NOW, subject="additions")
        telling.messenger.deliver()
    assert channel.heard == [("held-back", "additions", "begun"), ("held-back", "additions", "over")]
    assert json.loads(file.read_text()) == []


def test_two_brakes_are_two_causes(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    telling.book.begin(alert(subject="additions"), NOW)
    telling.book.begin(alert(subject="removals"), NOW)
    telling.messenger.deliver()
    assert len(channel.heard) == 2
    assert telling.book.subjects(Cause.HELD_BACK) == ["additions", "removals"]


def test_a_restart_tells_nothing_twice(file: Path) -> None:
    before, after = Told(), Told()
    first = Telling(file, before)
    first.book.begin(alert(), NOW)
    first.messenger.deliver()
    second = Telling(file, after)
    second.book.begin(alert(), NOW + timedelta(hours=1))
    second.messenger.deliver()
    assert after.heard == []
    second.book.end(Cause.HELD_BACK, NOW, subject="additions")
    second.messenger.deliver()
    assert after.heard == [("held-back", "additions", "over")]


def test_what_a_channel_did_not_take_is_tried_again_and_the_other_hears_it_once(file: Path) -> None:
    mail, command = Told("mail"), Told("command")
    mail.broken = True
    telling = Telling(file, mail, command)
    telling.book.begin(alert(), NOW)
    for _ in range(3):
        telling.messenger.deliver()
    assert (mail.heard, len(command.heard)) == ([], 1)
    mail.broken = False
    telling.messenger.deliver()
    assert (len(mail.heard), len(command.heard)) == (1, 1)


def test_who_never_heard_that_it_began_does_not_hear_that_it_is_over(file: Path) -> None:
    channel = Told()
    channel.broken = True
    telling = Telling(file, channel)
    telling.book.begin(alert(), NOW)
    telling.messenger.deliver()
    telling.book.end(Cause.HELD_BACK, NOW, subject="additions")
    channel.broken = False
    telling.messenger.deliver()
    assert channel.heard == []
    assert telling.book.owed() == []


def test_what_ends_while_it_is_being_told_is_told_to_be_over(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    channel.meanwhile = lambda: telling.book.end(Cause.HELD_BACK, NOW, subject="additions")
    telling.book.begin(alert(), NOW)
    telling.messenger.deliver()
    telling.messenger.deliver()
    assert channel.heard == [("held-back", "additions", "begun"), ("held-back", "additions", "over")]
    assert telling.book.owed() == []


def test_a_channel_that_the_settings_no_longer_name_is_owed_nothing(file: Path) -> None:
    channel = Told()
    channel.broken = True
    telling = Telling(file, channel)
    telling.book.begin(alert(), NOW)
    telling.messenger.use([])
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
    telling.messenger.deliver()
    assert len(channel.heard) == 1


def test_the_messenger_s_thread_tells_what_comes_and_the_last_words(file: Path) -> None:
    channel = Told()
    telling = Telling(file, channel)
    telling.messenger.start()
    telling.book.begin(alert(), NOW)
    telling.messenger.stop(5)
    assert len(channel.heard) == 1
