"""How long the journal is waited for, and the line that says that it is, and for whom."""

import logging
from dataclasses import dataclass
from typing import Final

from sidecar.store.database.place import Place

SAID_AFTER: Final = 2.0
"""Seconds of waiting after which somebody is told that it waits: a second command at the same moment is no news."""

_LATER: Final = 5.0
"""Seconds that an answer may come later than the server's own limit for it: the server's word says more than ours."""

log = logging.getLogger("cardwarden.journal")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a connection, for others to let go of the journal, and for PostgreSQL's answer to one statement."""

    connect: float = 10.0
    lock: float = 30.0
    answer: float = 45.0

    @property
    def silence(self) -> float:
        """Seconds without a word from PostgreSQL after which the connection is given up, whatever it was asked.

        Its own limits are no help where its answers do not arrive: after a failover, behind a firewall that drops.
        """
        return self.answer + min(_LATER, self.answer)


def say_in_use(place: Place, holder: str, seconds: float) -> None:
    """The line for whoever wonders why nothing happens."""
    log.warning("The journal (%s) is in use by %s: waiting up to %g s.", place.name, holder, seconds)


def say_silent(place: Place, seconds: float) -> None:
    """The same for a database that says nothing at all."""
    log.warning("The journal (%s) does not answer: waiting up to %g s.", place.name, seconds)
