"""What happens at the desk: patrons mistype, staff restrict, lift and change records.

Each method is one act, with the effect that the same act has in Koha 23.05 with our plugin installed.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final, Literal, TypeAlias

from adapters.standin.library.holdings import DEFAULT_RESTRICTION_TYPE, UnknownRestrictionError
from adapters.standin.library.money import Money
from adapters.standin.library.records import Loan, Patron, RestrictionRow

Unchanged: TypeAlias = Literal["unchanged"]
UNCHANGED: Final[Unchanged] = "unchanged"
"""Stands for "leave it as it is" where None is a value."""


class Desk(Money):
    """The acts about cards and records. Days are dates."""

    # the PIN

    def wrong_pin(self, patron_id: int, times: int = 1) -> int:
        """Mistype the PIN and give the counter then: one more each time, until the account is locked."""
        with self.lock:
            patron = self.patron(patron_id)
            for _ in range(times):
                if not self.account_locked(patron):
                    self._set_attempts(patron, patron.attempts + 1)
            return patron.attempts

    def right_pin(self, patron_id: int) -> bool:
        """Type the right PIN: the counter is 0 again, unless the account is locked."""
        with self.lock:
            patron = self.patron(patron_id)
            if self.account_locked(patron):
                return False
            self._set_attempts(patron, 0)
            return True

    def reset_pin(self, patron_id: int, pin: str | None = None) -> None:
        """Staff set a PIN: the counter is 0, even for a patron whom an administrator locked."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.pin = pin if pin is not None else patron.pin
            self._set_attempts(patron, 0)

    def set_attempts(self, patron_id: int, attempts: int) -> None:
        """Write the counter itself; -1 is Koha's administrative lock."""
        with self.lock:
            self._set_attempts(self.patron(patron_id), attempts)

    def _set_attempts(self, patron: Patron, attempts: int) -> None:
        if patron.attempts != attempts:
            patron.attempts = attempts
            self.touch(patron, record=True)

    # restrictions

    def staff_restricts(
        self,
        patron_id: int,
        type: str = DEFAULT_RESTRICTION_TYPE,  # noqa: A002 - Koha's own name of the column
        comment: str = "",
        expiration: date | None = None,
    ) -> int:
        """Staff add a restriction of any type that Koha has; gives the row's number."""
        with self.lock:
            patron = self.patron(patron_id)
            if type not in self.restriction_types:
                raise UnknownRestrictionError(type)
            row = self.new_row(patron, type, comment, expiration)
            self.refresh_flag(patron)
            return row.id

    def staff_lifts(self, patron_id: int, restriction: str | int) -> int:
        """Staff delete a row by its number, or all rows of a type; gives how many went."""
        with self.lock:
            patron = self.patron(patron_id)
            gone = [row for row in patron.restrictions if restriction in {row.id, row.type}]
            self.delete_rows(patron, gone)
            return len(gone)

    def staff_edits(
        self, row_id: int, *, comment: str | None = None, expiration: date | Unchanged | None = UNCHANGED
    ) -> None:
        """Staff change a row's comment or its last day (None: endless)."""
        with self.lock:
            for patron in self.patrons.values():
                for row in patron.restrictions:
                    if row.id == row_id:
                        self.amend(row, comment=comment, expiration=expiration)
                        self.refresh_flag(patron)
                        return
        raise UnknownRestrictionError(row_id)

    def amend(
        self, row: RestrictionRow, *, comment: str | None = None, expiration: date | Unchanged | None = UNCHANGED
    ) -> None:
        """Koha's ModDebarment on one row, without the flag."""
        row.comment = row.comment if comment is None else comment
        row.expiration = row.expiration if isinstance(expiration, str) else expiration
        row.created = row.updated = self.now()

    def delete_rows(self, patron: Patron, rows: Iterable[RestrictionRow]) -> None:
        """Delete rows of one patron and recompute the flag."""
        gone = {row.id for row in rows}
        if gone:
            patron.restrictions = [row for row in patron.restrictions if row.id not in gone]
            self.refresh_flag(patron)

    def set_flag(self, patron_id: int, debarred: date | None, comment: str | None = None) -> None:
        """Write the borrower's flag itself, past its rows: the phantom restriction that real libraries know."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.debarred, patron.debarred_comment = debarred, comment
            self.touch(patron, record=True)

    # loans

    def lend(self, patron_id: int, loan: Loan) -> None:
        """Lend an item, due on a day that may be past."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.loans.append(loan)
            self.touch(patron, record=False)

    def bring_back(self, patron_id: int, item_id: int) -> None:
        """The patron brings an item back. A bill for it as lost is taken back, as Koha does where told to."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.loans = [loan for loan in patron.loans if loan.item_id != item_id]
            for line in patron.open_debits():
                if line.type == "LOST" and line.item_id == item_id:
                    line.outstanding = 0
            self.touch(patron, record=False)

    def renew(self, patron_id: int, item_id: int, due: date) -> None:
        """A loan gets another due day."""
        with self.lock:
            patron = self.patron(patron_id)
            for loan in patron.loans:
                if loan.item_id == item_id:
                    loan.due = due
            self.touch(patron, record=False)

    # records

    def set_attribute(self, patron_id: int, code: str, value: str) -> None:
        """Staff give the patron an attribute; an empty value takes it away."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.attributes[code] = value
            self.touch(patron, record=True)

    def mark_address(self, patron_id: int, *, unknown: bool = True) -> None:
        """Staff mark the address as not right, or take the mark off."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.address_unknown = unknown
            self.touch(patron, record=True)

    def answers_for(self, guarantor_id: int, guarantee_id: int) -> None:
        """One patron becomes the guarantor of another."""
        with self.lock:
            guarantor = self.patron(guarantor_id)
            guarantor.guarantees.append(self.patron(guarantee_id).id)
            self.touch(guarantor, record=True)

    def card_lost(self, patron_id: int, *, lost: bool = True) -> None:
        """Flag the card as lost, or take the flag off."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.card_lost = lost
            self.touch(patron, record=True)

    def change_patron(
        self,
        patron_id: int,
        *,
        born: date | Unchanged | None = UNCHANGED,
        category: str | None = None,
        library: str | None = None,
        expires: date | Unchanged | None = UNCHANGED,
        lang: str | None = None,
    ) -> None:
        """Change what rules may look at: birth date, category, library, expiry date, language."""
        with self.lock:
            patron = self.patron(patron_id)
            patron.born = patron.born if isinstance(born, str) else born
            patron.expires = patron.expires if isinstance(expires, str) else expires
            patron.category_id = category if category is not None else patron.category_id
            patron.library_id = library if library is not None else patron.library_id
            patron.lang = lang if lang is not None else patron.lang
            self.touch(patron, record=True)

    def create_patron(
        self,
        *,
        surname: str = "Prøvesen",
        first_name: str = "Petra",
        library: str = "HB",
        category: str = "ADULT",
        born: date | None = None,
    ) -> int:
        """Add a patron who owes nothing and give the number."""
        with self.lock:
            number, now, today = self._next_patron, self.now(), self.today()
            self._next_patron += 1
            self._add(
                Patron(
                    id=number,
                    card_number=f"99{13 + number % 80:02d}{number % 1_000_000:06d}",
                    surname=surname,
                    first_name=first_name,
                    library_id=library,
                    category_id=category,
                    born=born,
                    lang="default",
                    enrolled=today,
                    expires=date(today.year + 3, today.month, min(today.day, 28)),
                    updated_on=now,
                    moved_at=now,
                )
            )
            return number

    def delete_patron(self, patron_id: int) -> None:
        """Delete a patron with all that hangs on the record, whatever is owed."""
        with self.lock:
            self._drop(self.patron(patron_id).id)

    def merge_patrons(self, keeper_id: int, other_id: int) -> None:
        """Staff merge two records: money and restrictions of the other go to the keeper, and the other is deleted.

        What the plugin noted of the other's credits goes with its patron: the keeper's last settled moment is its own.
        """
        with self.lock:
            keeper, other = self.patron(keeper_id), self.patron(other_id)
            if keeper is other:
                raise ValueError("a patron is not merged with itself")
            now = self.now()
            for line in other.lines:
                line.timestamp = now
            for row in other.restrictions:
                row.created = now
            keeper.lines = sorted((*keeper.lines, *other.lines), key=lambda line: line.id)
            keeper.restrictions = sorted((*keeper.restrictions, *other.restrictions), key=lambda row: row.id)
            self.refresh_flag(keeper)
            self._drop(other.id)

    def hide_patron(self, patron_id: int, *, hidden: bool = True) -> None:
        """Answer with nulls for this patron, as Koha 24.05 and newer redact whom the API user may not see."""
        with self.lock:
            self.patron(patron_id).hidden = hidden
