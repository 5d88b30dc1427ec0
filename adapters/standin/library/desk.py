"""What people do in a library: patrons pay and mistype, staff charge, restrict, lift and change records.

Each method is one act, with the effect that the same act has in Koha 23.05 with our plugin installed.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from adapters.standin.library.holdings import (
    DEFAULT_RESTRICTION_TYPE,
    OWN_PREFIX,
    Holdings,
    UnknownRestrictionError,
)
from adapters.standin.library.names import SYSTEM_RESTRICTION_TYPES
from adapters.standin.library.records import AccountLine, Patron, RestrictionRow, millionths

Unchanged: TypeAlias = Literal["unchanged"]
UNCHANGED: Final[Unchanged] = "unchanged"
"""Stands for "leave it as it is" where None is a value."""


class Desk(Holdings):
    """The acts. Amounts are in major units (Decimal, text or number); days are dates."""

    # money

    def charge(
        self,
        patron_id: int,
        type: str = "MANUAL",  # noqa: A002 - Koha's own name of the column
        amount: Decimal | str | float = "20.00",
        *,
        item_id: int | None = None,
        status: str | None = None,
        description: str = "",
    ) -> int:
        """Add a debit line and give its number. No hook fires in Koha, so the plugin does not hear of it."""
        owed = millionths(amount)
        if owed <= 0:
            raise ValueError("a charge is more than 0")
        with self.lock:
            patron = self.patron(patron_id)
            line = self.new_line(patron, type, owed)
            line.description, line.item_id, line.status = description, item_id, status
            line.interface = "cron" if type == "OVERDUE" else "intranet"
            return line.id

    def pay(self, patron_id: int, amount: Decimal | str | float | None = None) -> int:
        """Pay an amount, or (None) all open lines; gives the number of the payment's line."""
        with self.lock:
            patron = self.patron(patron_id)
            paid = sum(line.outstanding for line in patron.open_debits()) if amount is None else millionths(amount)
            if paid <= 0:
                raise ValueError(
                    f"patron {patron_id} has nothing to pay" if amount is None else "a payment is more than 0"
                )
            return self.credit(patron, paid, payment_type="MOBILEPAY").id

    def credit(
        self,
        patron: Patron,
        amount: int,
        *,
        kind: str = "PAYMENT",
        first: Sequence[int] = (),
        payment_type: str | None = None,
    ) -> AccountLine:
        """Apply a credit of so many millionths: to the lines named first, then oldest first, the rest stays.

        At its end Koha calls `after_account_action`, where the plugin notes when somebody paid and settled.
        """
        line = self.new_line(patron, kind, -amount)
        line.credit, line.payment_type, line.interface = True, payment_type, "opac"
        named = [debit for debit in patron.open_debits() if debit.id in first]
        others = sorted(
            (debit for debit in patron.open_debits() if debit.id not in first), key=lambda it: (it.date, it.id)
        )
        for debit in (*named, *others):
            part = min(debit.outstanding, -line.outstanding)
            if part:
                debit.outstanding -= part
                debit.timestamp = self.now()
                line.outstanding += part
        patron.paid_at = self.now()
        if patron.balance() <= 0:
            patron.settled_at = patron.paid_at
        self.touch(patron, record=False)
        return line

    def new_line(self, patron: Patron, kind: str, amount: int) -> AccountLine:
        """Insert an account line dated now, wholly outstanding."""
        now = self.now()
        line = AccountLine(self._next_line, kind, amount, amount, now, now, library_id=patron.library_id)
        self._next_line += 1
        patron.lines.append(line)
        self.touch(patron, record=False)
        return line

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

    def add_restriction_type(self, code: str) -> None:
        """Add a restriction type to Koha."""
        with self.lock:
            self.restriction_types.setdefault(code, code)

    def delete_restriction_type(self, code: str) -> int:
        """Delete a type from Koha; its rows fall to MANUAL. Gives how many rows that were."""
        with self.lock:
            if code in SYSTEM_RESTRICTION_TYPES or code not in self.restriction_types:
                raise UnknownRestrictionError(code)
            del self.restriction_types[code]
            turned = 0
            for patron in self.patrons.values():
                rows = [row for row in patron.restrictions if row.type == code]
                for row in rows:
                    row.type = DEFAULT_RESTRICTION_TYPE
                    row.created = self.now()
                    turned += 1
                if rows:
                    self.touch(patron, record=False)
            return turned

    # records

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

    def hide_patron(self, patron_id: int, *, hidden: bool = True) -> None:
        """Answer with nulls for this patron, as Koha 24.05 and newer redact whom the API user may not see."""
        with self.lock:
            self.patron(patron_id).hidden = hidden

    # the system and the plugin's page

    def set_preference(self, name: str, value: str) -> None:
        """Set a system preference."""
        with self.lock:
            self.preferences[name] = value

    def advance(self, seconds: int = 0, *, days: int = 0) -> int:
        """Move the library's clock on and give its time; every `today` and every stamp follows."""
        with self.lock:
            self.clock.advance_days(days)
            return self.clock.advance(seconds)

    def register_type(self, code: str) -> None:
        """Register a restriction type as Cardwarden's own, and make it in Koha if it is not there."""
        if not code.startswith(OWN_PREFIX):
            raise ValueError(f"only types that begin with {OWN_PREFIX} can be registered, not {code}")
        with self.lock:
            if code not in self.registered:
                self.registered.append(code)
                self._forget_etags()
            self.restriction_types.setdefault(code, code)

    def unregister_type(self, code: str) -> None:
        """Take a type off the register: its rows are foreign from now on."""
        with self.lock:
            if code in self.registered:
                self.registered.remove(code)
                self._forget_etags()

    def pause_plugin(self, *, paused: bool = True) -> None:
        """Turn the plugin's pause switch."""
        with self.lock:
            self.paused = paused

    def replace_installation(self, installation_id: str) -> None:
        """Become another Koha: what a journal sees when somebody points it at the wrong server."""
        with self.lock:
            self.installation_id = installation_id
