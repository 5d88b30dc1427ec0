"""One exchange: hear what the office says, then tell it what is new."""

from dataclasses import dataclass

from sidecar.collection.hearing import Heard, hear_office
from sidecar.collection.sending import Sent, send_claims
from sidecar.collection.world import Exchange


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What was heard and what was sent."""

    heard: Heard
    sent: Sent

    @property
    def trouble(self) -> str | None:
        """What kept it from being whole, in one line."""
        return self.heard.trouble or self.sent.trouble

    @property
    def moved(self) -> bool:
        """Whether a block may stand otherwise now: the office said something, or knows of a withdrawal."""
        return bool(self.heard.taken or self.sent.files)


def exchange(there: Exchange) -> Exchanged:
    """First what it says, so that nothing is sent that it has closed. Raises IlsError, SpoolError, JournalError."""
    heard = hear_office(there)
    return Exchanged(heard, send_claims(there))
