"""How a mail goes out by SMTP, whatever it says."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import localtime, make_msgid

from sidecar.settings import MailSettings


class TellingFailed(Exception):
    """It did not get out this time."""


def addressed(subject: str, settings: MailSettings) -> EmailMessage:
    """A mail to all whom the settings name, without its words."""
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=(settings.sender or "").rpartition("@")[2].strip("<> ") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    return message


def send(message: EmailMessage, settings: MailSettings, password: str | None, timeout: float) -> None:
    """Send one mail to all. Raises TellingFailed, without a word of the mail."""
    try:
        with smtplib.SMTP(settings.host or "", settings.port, timeout=timeout) as server:
            if settings.starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.user is not None and password is not None:
                server.login(settings.user, password)
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise TellingFailed(f"{settings.host} answered {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused:
        raise TellingFailed(f"{settings.host} refused the recipients") from None
    except (OSError, smtplib.SMTPException) as error:
        raise TellingFailed(f"{settings.host}:{settings.port}: {type(error).__name__}") from None
