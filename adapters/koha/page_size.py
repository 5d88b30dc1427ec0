"""How many patrons a page is asked for: fewer, after one that was not answered in time."""

import logging
from collections.abc import Callable
from typing import Final

from adapters.http import Answer, TooLate
from sidecar.errors import IlsUnreachable

LESS: Final = 4
"""A page that took too long is asked for anew with a quarter of the patrons: half of one might be a near miss again."""

log = logging.getLogger("cardwarden.http")


class PageSize:
    """The size of a walk's pages. One that proves good is kept to the walk's end."""

    def __init__(self, patrons: int) -> None:
        self.patrons = patrons

    def ask(self, page: Callable[[int], Answer]) -> tuple[Answer, int]:
        """A page, and of how many patrons it was asked for. Once more and smaller if it is not answered in time, never
        twice the same: what took a server a minute takes it another one, and it is at the first still."""
        asked = self.patrons
        try:
            return page(asked), asked
        except TooLate as late:
            if asked == 1:
                raise
            fewer = self.patrons = min(self.patrons, max(1, asked // LESS))
            log.warning("%s; asking for %d patrons in place of %d", late, fewer, asked)
        try:
            return page(fewer), fewer
        except TooLate as late:
            raise IlsUnreachable(
                f"{late} Neither {asked} nor {fewer} patrons came: raise koha.read_timeout, or lower koha.page_size"
            ) from None
