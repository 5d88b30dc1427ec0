"""The report by mail, to a real SMTP server: once a day or a week, tried until it is sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.errors import SettingsError
from sidecar.serve.alerts.mailing import TellingFailed
from sidecar.serve.alerts.reports import ATTACHMENT, ReportMail, is_due
from sidecar.settings import LoadedSettings, load_settings
from tests.report.build import SECRETS, head_line, library
from tests.serve.running import eventually, running

from .mailserver import MailServer

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MONDAY = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
FINDINGS = library().findings()


class Clock:
    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> datetime:
        return self.at


class Mailing:
    """A report's mail with a clock that is moved by hand."""

    def __init__(self, folder: Path, server: MailServer, every: str, more: str = "") -> None:
        self.clock, self.folder = Clock(), folder
        file = folder / "sidecar.toml"
        file.write_text(
            f'[report]\nmail = "{every}"\ninstance = "test"\n{more}\n[koha]\nstaff_url = "https://staff.example.org"\n'
            f'[alerts.mail]\nhost = "127.0.0.1"\nport = {server.server_address[1]}\n'
            'sender = "cw@example.org"\nto = ["head@example.org"]\n'
        )
        self.loaded: LoadedSettings = load_settings(file)
        self.start()

    def start(self) -> None:
        """The daemon is started anew."""
        self.mail = ReportMail(
            self.folder / "journal.db.report",
            self.clock,
            structlog.stdlib.get_logger(),
            gates=lambda: ("Gate doors: asked at 03:20: every block held.",),
        )

    def cycle(self) -> None:
        self.mail.offer(FINDINGS, self.loaded)
        self.mail.send()

    def days(self, number: int) -> None:
        for _ in range(number):
            self.cycle()
            self.clock.at += DAY


def received(server: MailServer) -> EmailMessage:
    return received_of(server.mails[0])


def received_of(mail: str) -> EmailMessage:
    message = message_from_string(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_mail_says_the_answer_and_has_the_whole_report_with_it(tmp_path: Path, mail_server: MailServer) -> None:
    Mailing(tmp_path, mail_server, "weekly").cycle()
    mail = received(mail_server)
    head = head_line(FINDINGS)
    assert mail["Subject"] == f"Cardwarden Aarhus (test): {head}"
    assert mail["To"] == "head@example.org"
    body = mail.get_body(preferencelist=("plain",))
    assert body is not None
    text = body.get_content()
    assert text.startswith(head)
    assert "5 changes pending" in text
    assert "- 2 lifted by staff" in text
    assert "Cardwarden of Aarhus (test)." in text
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("text/html", ATTACHMENT)
    page = attached.get_content()
    page = page.decode() if isinstance(page, bytes) else page
    assert head in page
    assert "https://staff.example.org/cgi-bin/koha/members/moremember.pl?borrowernumber=4711" in page
    assert "every block held" in page


def test_no_name_and_no_card_number_is_in_it(tmp_path: Path, mail_server: MailServer) -> None:
    Mailing(tmp_path, mail_server, "daily").cycle()
    mail = received(mail_server)
    whole = "".join(str(part.get_content()) for part in mail.walk() if not part.is_multipart())
    assert not [secret for secret in SECRETS if secret in whole]


def test_it_is_in_the_language_of_the_settings(tmp_path: Path, mail_server: MailServer) -> None:
    Mailing(tmp_path, mail_server, "daily", 'language = "da"').cycle()
    assert "kort er spærret" in received(mail_server)["Subject"]


@pytest.mark.parametrize(("every", "mails"), [("never", 0), ("weekly", 3), ("daily", 15)])
def test_it_is_sent_as_often_as_asked_for(tmp_path: Path, mail_server: MailServer, every: str, mails: int) -> None:
    Mailing(tmp_path, mail_server, every).days(15)
    assert len(mail_server.mails) == mails


def test_further_cycles_of_a_day_and_a_new_start_send_no_second_one(tmp_path: Path, mail_server: MailServer) -> None:
    mailing = Mailing(tmp_path, mail_server, "daily")
    mailing.cycle()
    mailing.cycle()
    mailing.start()
    mailing.cycle()
    assert len(mail_server.mails) == 1


def test_what_could_not_be_sent_waits_and_is_due_still_after_a_new_start(
    tmp_path: Path, mail_server: MailServer
) -> None:
    mailing = Mailing(tmp_path, mail_server, "weekly")
    mail_server.refuses = True
    with pytest.raises(TellingFailed, match="refused the recipients"):
        mailing.cycle()
    mail_server.refuses = False
    mailing.mail.send()
    mailing.mail.send()
    assert len(mail_server.mails) == 1
    mailing.clock.at += 7 * DAY
    mail_server.refuses = True
    with pytest.raises(TellingFailed):
        mailing.cycle()
    mail_server.refuses = False
    mailing.start()
    mailing.cycle()
    assert len(mail_server.mails) == 2


def test_a_mistake_in_a_report_ends_no_cycle(tmp_path: Path, mail_server: MailServer) -> None:
    mailing = Mailing(tmp_path, mail_server, "daily")
    broken = replace(FINDINGS, decisions=None)  # type: ignore[arg-type]
    mailing.mail.offer(broken, mailing.loaded)
    mailing.mail.send()
    assert mail_server.mails == []


def test_weeks_begin_on_monday_in_the_librarys_time() -> None:
    sunday_night = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert not is_due("weekly", sunday_night - 2 * DAY, sunday_night, COPENHAGEN)
    assert is_due("weekly", sunday_night, sunday_night + timedelta(minutes=31), COPENHAGEN)
    assert is_due("weekly", datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 4, 6, tzinfo=UTC), COPENHAGEN)


def test_a_report_without_a_mail_server_is_refused_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "sidecar.toml"
    file.write_text('[report]\nmail = "weekly"\n')
    with pytest.raises(SettingsError, match=r"report\.mail") as refused:
        load_settings(file).report_mail()
    assert "alerts.mail.host" in str(refused.value)


def test_a_daemon_sends_it_after_its_first_full_cycle_and_not_after_the_next(
    tmp_path: Path, mail_server: MailServer
) -> None:
    more = (
        f'[alerts.mail]\nhost = "127.0.0.1"\nport = {mail_server.server_address[1]}\n'
        'sender = "cw@example.org"\nto = ["head@example.org"]\n[report]\nmail = "weekly"\ninstance = "test"'
    )

    def reports() -> list[str]:
        return [mail for mail in mail_server.mails if ATTACHMENT in mail]

    with StandinKoha(build_library(40)) as koha, running(tmp_path / "d", koha, mode="dry-run", more=more) as daemon:
        eventually(reports)
        full = daemon.full_cycles()
        daemon.block_at("300.00")
        eventually(lambda: daemon.full_cycles() > full)
        assert daemon.stop() == 0
    assert len(reports()) == 1
    assert "cards is blocked" in received_of(reports()[0])["Subject"]
