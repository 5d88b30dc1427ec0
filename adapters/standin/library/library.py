"""The library that the stand-in serves: its patrons, their money and restrictions, and the plugin's own state.

Every public method takes the lock, so that a test may act while the server answers. The methods are what
happens in a library without Cardwarden: somebody pays, mistypes a PIN, loses a card; staff restrict and lift.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from threading import RLock

from adapters.standin.library.administration import Administration
from adapters.standin.library.building import populate
from adapters.standin.library.clock import Clock
from adapters.standin.library.names import REGISTERED_TYPES, TIME_ZONE

__all__ = ["Library", "build_library"]


class Library(Administration):
    """A whole library in memory. `subjects` names one patron for each thing worth showing."""

    def pick(
        self,
        *,
        owes_at_least: str | float | None = None,
        owes_at_most: str | float | None = None,
        attempts_at_least: int | None = None,
        card_lost: bool | None = None,
        restricted: bool | None = None,
        category: str | None = None,
        limit: int = 20,
    ) -> list[int]:
        """Numbers of patrons who fit all that is asked, ascending; what they owe is the net total."""
        low, high = self.amount(owes_at_least), self.amount(owes_at_most)
        with self.lock:
            today = self.today()
            found: list[int] = []
            for patron in self.ascending():
                balance = patron.balance()
                if (
                    (low is None or balance >= low)
                    and (high is None or balance <= high)
                    and (attempts_at_least is None or patron.attempts >= attempts_at_least)
                    and (card_lost is None or patron.card_lost is card_lost)
                    and (restricted is None or patron.is_restricted(today) is restricted)
                    and (category is None or patron.category_id == category)
                ):
                    found.append(patron.id)
                    if len(found) >= limit:
                        break
            return found

    def rows(self, *, foreign: bool = False) -> Iterator[dict[str, object]]:
        """Every restriction row with all its columns, by number; with `foreign` those that are not ours."""
        with self.lock:
            found: list[dict[str, object]] = [
                {
                    "borrower_debarment_id": row.id,
                    "borrowernumber": patron.id,
                    "expiration": row.expiration,
                    "type": row.type,
                    "comment": row.comment,
                    "manager_id": row.manager_id,
                    "created": row.created,
                    "updated": row.updated,
                }
                for patron in self.patrons.values()
                for row in patron.restrictions
                if not (foreign and row.type in self.registered)
            ]
        yield from sorted(found, key=lambda row: int(str(row["borrower_debarment_id"])))


def build_library(
    patrons: int,
    seed: int = 1,
    today: date | None = None,
    *,
    registered_types: Sequence[str] = REGISTERED_TYPES,
) -> Library:
    """Invent a library of so many patrons, the same for the same seed and day (by default the machine's)."""
    clock = Clock(TIME_ZONE, today)
    made = populate(patrons, seed, clock.today(), clock.now())
    return Library(clock, made, seed=seed, registered_types=registered_types, lock=RLock())
