"""A real command and a real SMTP server."""

import errno
import json
import time
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sidecar.serve.alerts.book import Alert, Cause, Standing, State
from sidecar.serve.alerts.channels import Command, Mail, channels_of
from sidecar.serve.alerts.mailing import TellingFailed
from sidecar.serve.alerts.origin import Origin
from sidecar.settings import MailSettings, load_settings

from .mailserver import MailServer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AARHUS = Origin("Aarhus", "test")
STANDING = Standing(
    Alert(
        cause=Cause.HELD_BACK,
        subject="additions",
        summary="300 blocks are held back; to let them go: cardwarden approve abc",
        details={"changes": 300},
    ),
    NOW,
    changed=NOW,
)


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "tell"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return (str(path), "library it; echo no shell")


def test_a_command_gets_the_alert_as_json_and_as_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_SECRET", "s3cr3t")
    Command(
        script(tmp_path, f'cat > {tmp_path}/in; env > {tmp_path}/env; echo "$1" > {tmp_path}/argument'), 10, AARHUS
    ).tell(STANDING)
    told = json.loads((tmp_path / "in").read_text())
    assert told == {
        "cause": "held-back",
        "subject": "additions",
        "summary": STANDING.alert.summary,
        "details": {"changes": 300},
        "state": "begun",
        "since": "2026-11-23T09:00:00+00:00",
        "at": "2026-11-23T09:00:00+00:00",
        "library": "Aarhus",
        "instance": "test",
    }
    environment = (tmp_path / "env").read_text()
    assert "CARDWARDEN_ALERT_CAUSE=held-back" in environment
    assert "CARDWARDEN_ALERT_STATE=begun" in environment
    assert "CARDWARDEN_ALERT_LIBRARY=Aarhus" in environment
    assert "CARDWARDEN_ALERT_INSTANCE=test" in environment
    assert "s3cr3t" not in environment
    assert (tmp_path / "argument").read_text() == "library it; echo no shell\n"


@pytest.mark.parametrize(
    ("text", "timeout", "problem"),
    [
        ("exit 3", 10, "exit code 3"),
        ("sleep 60 & sleep 60", 0.3, "longer than 0.3 s"),
        ("exec 0<&-; exit 1", 10, "code 1"),
        ("echo begun >&2; echo 'no such relay' >&2; echo; exit 75", 10, "code 75: no such relay$"),
        ("echo 'still trying' >&2; sleep 60", 0.3, "longer than 0.3 s: still trying$"),
    ],
)
def test_a_command_that_fails_or_hangs_is_said_to_have_failed(
    tmp_path: Path, text: str, timeout: float, problem: str
) -> None:
    began = time.monotonic()
    with pytest.raises(TellingFailed, match=problem):
        Command(script(tmp_path, text), timeout, AARHUS).tell(STANDING)
    assert time.monotonic() - began < 5


def test_a_command_that_leaves_something_running_has_told(tmp_path: Path) -> None:
    began = time.monotonic()
    Command(script(tmp_path, "sleep 20 &"), 10, AARHUS).tell(STANDING)
    assert time.monotonic() - began < 5


def test_a_command_is_run_though_there_is_no_room_for_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sidecar.serve.alerts.channels.TemporaryFile", full)
    with pytest.raises(TellingFailed, match=r"code 3$"):
        Command(script(tmp_path, "echo words >&2; exit 3"), 10, AARHUS).tell(STANDING)


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(TellingFailed, match="/nowhere/tell cannot be run"):
        Command(("/nowhere/tell",), 1, AARHUS).tell(STANDING)


def test_a_mail_says_what_and_since_when_to_all(mail_server: MailServer) -> None:
    Mail(mail_server.settings, None, 5, AARHUS).tell(STANDING)
    (text,) = mail_server.mails
    mail = message_from_string(text, policy=policy.default)
    assert mail["From"] == "cw@example.org"
    assert mail["To"] == "it@example.org, a@example.org"
    assert mail["Subject"].strip().startswith("Cardwarden Aarhus (test): 300 blocks are held back")
    body = mail.get_content()
    assert "cardwarden approve abc" in body
    assert "Since 2026-11-23 09:00 UTC." in body
    assert "Cardwarden of Aarhus (test); cause held-back" in body
    assert abs(parsedate_to_datetime(mail["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert mail["Message-ID"].endswith("@example.org>")
    assert len([line for line in mail_server.heard if line.upper().startswith("RCPT")]) == 2


@pytest.mark.parametrize(
    ("state", "told", "said"),
    [
        (State.OVER, frozenset({"mail"}), "It is over since 2026-11-23 11:30 CET; it began at 2026-11-23 10:00 CET."),
        (State.OVER, frozenset(), "It was so from 2026-11-23 10:00 CET to 2026-11-23 11:30 CET;"),
        (State.BEGUN, frozenset(), "Since 2026-11-23 10:00 CET; it grew or changed at 2026-11-23 11:30 CET."),
    ],
)
def test_a_mail_says_in_local_time_from_when_to_when(
    mail_server: MailServer, state: State, told: frozenset[str], said: str
) -> None:
    standing = Standing(STANDING.alert, NOW, state, changed=NOW + timedelta(minutes=90), told=told)
    Mail(mail_server.settings, None, 5, AARHUS).tell(standing.put_to("mail", ZoneInfo("Europe/Copenhagen")))
    mail = message_from_string(mail_server.mails[0], policy=policy.default)
    over = "" if state is State.BEGUN else "over: "
    assert mail["Subject"].strip().startswith(f"Cardwarden Aarhus (test): {over}300 blocks")
    assert said in mail.get_content()


def test_a_mail_is_in_the_language_of_the_settings(mail_server: MailServer) -> None:
    standing = Standing(STANDING.alert, NOW, State.OVER, changed=NOW + timedelta(minutes=90), told=frozenset({"mail"}))
    Mail(mail_server.settings, None, 5, AARHUS, "da").tell(standing.put_to("mail", ZoneInfo("Europe/Copenhagen")))
    mail = message_from_string(mail_server.mails[0], policy=policy.default)
    assert mail["Subject"].strip().startswith("Cardwarden Aarhus (test): overstået: 300 blocks")
    said = "Det har været overstået siden 23. nov. 2026 11.30 CET; det begyndte 23. nov. 2026 10.00 CET."
    assert said in mail.get_content()


def test_a_subject_of_several_lines_is_one_line(mail_server: MailServer) -> None:
    Mail(mail_server.settings, None, 5, AARHUS).tell(
        Standing(Alert(cause=Cause.POLICY_REFUSED, summary="refused\nBcc: x@example.org\nline 3"), NOW)
    )
    assert message_from_string(mail_server.mails[0], policy=policy.default)["Bcc"] is None


def test_a_server_that_refuses_is_said_to_have_failed(mail_server: MailServer) -> None:
    mail_server.refuses = True
    with pytest.raises(TellingFailed, match="refused the recipients"):
        Mail(mail_server.settings, None, 5, AARHUS).tell(STANDING)


def test_a_server_that_does_not_answer_is_given_up(mail_server: MailServer) -> None:
    mail_server.silent = True
    with pytest.raises(TellingFailed, match="SMTPServerDisconnected"):
        Mail(mail_server.settings, None, 0.2, AARHUS).tell(STANDING)


def test_a_server_that_is_not_there_is_said_to_have_failed() -> None:
    settings = MailSettings(host="127.0.0.1", port=1, sender="a@example.org", to=("b@example.org",))
    with pytest.raises(TellingFailed, match="ConnectionRefusedError"):
        Mail(settings, None, 1, AARHUS).tell(STANDING)


def test_the_settings_name_the_channels(tmp_path: Path) -> None:
    file = tmp_path / "sidecar.toml"
    file.write_text(
        '[alerts]\ncommand = ["tell"]\n'
        'mail = { host = "mail.example.org", sender = "a@example.org", to = ["b@example.org"] }\n'
    )
    assert [channel.name for channel in channels_of(load_settings(file), "Aarhus")] == ["command", "mail"]
    file.write_text("")
    assert channels_of(load_settings(file), "Aarhus") == []
