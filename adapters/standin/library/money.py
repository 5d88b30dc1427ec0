"""What happens to money: patrons are charged and pay, staff void a payment or pay a credit out.

Each method is one act, with the effect that the same act has in Koha 23.05 with our plugin installed.
"""

from collections.abc import Sequence
from decimal import Decimal

from adapters.standin.library.holdings import Holdings
from adapters.standin.library.records import VOID, AccountLine, NotedCredit, Patron, millionths


class Money(Holdings):
    """The acts about accounts. Amounts are in major units (Decimal, text or number)."""

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

        Koha calls `after_account_action`, where the plugin notes the credit, and whether it settled all.
        """
        line = self.new_line(patron, kind, -amount)
        line.credit, line.payment_type, line.interface = True, payment_type, "opac"
        now = self.now()
        named = [debit for debit in patron.open_debits() if debit.id in first]
        others = sorted(
            (debit for debit in patron.open_debits() if debit.id not in first), key=lambda it: (it.date, it.id)
        )
        for debit in (*named, *others):
            self._apply(line, debit)
        patron.noted.append(NotedCredit(line.id, now, settled=patron.balance() <= 0))
        self.touch(patron, record=False)
        return line

    def _apply(self, credit: AccountLine, debit: AccountLine) -> None:
        part = min(debit.outstanding, -credit.outstanding)
        if part:
            debit.outstanding -= part
            credit.outstanding += part
            debit.timestamp = credit.timestamp = self.now()
            credit.applied.append((debit.id, part))

    def void(self, patron_id: int, line_id: int) -> int:
        """Staff void a credit, and the number of the void's own line: what it paid is owed again. No hook fires."""
        with self.lock:
            patron = self.patron(patron_id)
            credit = self._credit_line(patron, line_id)
            if credit.status == VOID:
                raise ValueError(f"line {line_id} is void already")
            void = self.new_line(patron, VOID, -credit.amount)
            void.outstanding = credit.outstanding = 0
            void.voids, void.interface = credit.id, "intranet"
            credit.status, credit.timestamp = VOID, self.now()
            for debit in patron.lines:
                for debit_id, part in credit.applied:
                    if debit.id == debit_id:
                        debit.outstanding += part
                        debit.timestamp = self.now()
            self.touch(patron, record=False)
            return void.id

    def item_found(self, patron_id: int, line_id: int) -> int:
        """A lost item is back: Koha credits its bill; gives the credit's number. The hook fires as for a payment."""
        with self.lock:
            patron = self.patron(patron_id)
            bill = self._open_debit(patron, line_id)
            bill.status = "FOUND"
            return self.credit(patron, bill.outstanding, kind="LOST_FOUND", first=(bill.id,)).id

    def cancel_charge(self, patron_id: int, line_id: int) -> int:
        """Staff cancel a charge of which nothing is paid, and the number of the cancelling credit. No hook fires."""
        with self.lock:
            patron = self.patron(patron_id)
            charge = self._open_debit(patron, line_id)
            if charge.outstanding != charge.amount:
                raise ValueError(f"something is paid of line {line_id}")
            cancelling = self.new_line(patron, "CANCELLATION", -charge.amount)
            cancelling.credit, cancelling.interface = True, "intranet"
            self._apply(cancelling, charge)
            charge.status = "CANCELLED"
            return cancelling.id

    def pay_out(self, patron_id: int, line_id: int) -> int:
        """Staff pay back what is left of a credit, and the number of the payout's line."""
        with self.lock:
            patron = self.patron(patron_id)
            credit = self._credit_line(patron, line_id)
            if credit.outstanding >= 0:
                raise ValueError(f"nothing is left of line {line_id} to pay out")
            payout = self.new_line(patron, "PAYOUT", -credit.outstanding)
            payout.interface = "intranet"
            self._apply(credit, payout)
            credit.status = "PAID"
            self.touch(patron, record=False)
            return payout.id

    def accrue(self, patron_id: int, line_id: int, amount: Decimal | str | float) -> None:
        """A fine grows: Koha adds to its line, and writes the line's date anew."""
        with self.lock:
            patron = self.patron(patron_id)
            line = next(line for line in patron.open_debits() if line.id == line_id)
            more, now = millionths(amount), self.now()
            line.arose = line.came_at
            line.amount, line.outstanding, line.date, line.timestamp = (
                line.amount + more,
                line.outstanding + more,
                now,
                now,
            )
            self.touch(patron, record=False)

    @staticmethod
    def _open_debit(patron: Patron, line_id: int) -> AccountLine:
        for line in patron.open_debits():
            if line.id == line_id:
                return line
        raise ValueError(f"patron {patron.id} has no open charge {line_id}")

    @staticmethod
    def _credit_line(patron: Patron, line_id: int) -> AccountLine:
        for line in patron.lines:
            if line.id == line_id and line.credit:
                return line
        raise ValueError(f"patron {patron.id} has no credit {line_id}")

    def new_line(self, patron: Patron, kind: str, amount: int) -> AccountLine:
        """Insert an account line dated now, wholly outstanding."""
        now = self.now()
        line = AccountLine(self._next_line, kind, amount, amount, now, now, library_id=patron.library_id)
        self._next_line += 1
        patron.lines.append(line)
        self.touch(patron, record=False)
        return line
