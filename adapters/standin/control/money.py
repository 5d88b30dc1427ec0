"""Acts about money."""

from decimal import Decimal

from adapters.standin.control.act import Act
from adapters.standin.library.library import Library


class Pay(Act, frozen=True):
    """Pay an amount, or everything; the number of the payment's line."""

    patron_id: int
    amount: Decimal | None = None

    def perform(self, library: Library) -> int:
        """Pay."""
        return library.pay(self.patron_id, self.amount)


class Charge(Act, frozen=True):
    """Add a debit line; its number."""

    patron_id: int
    amount: Decimal
    type: str = "MANUAL"
    item_id: int | None = None
    status: str | None = None

    def perform(self, library: Library) -> int:
        """Charge."""
        return library.charge(self.patron_id, self.type, self.amount, item_id=self.item_id, status=self.status)


class Void(Act, frozen=True):
    """Staff void a payment by the number of its line; the number of the void's own line."""

    patron_id: int
    line_id: int

    def perform(self, library: Library) -> int:
        """Void it."""
        return library.void(self.patron_id, self.line_id)


class PayOut(Act, frozen=True):
    """Staff pay back what is left of a credit, by the number of its line; the number of the payout's line."""

    patron_id: int
    line_id: int

    def perform(self, library: Library) -> int:
        """Pay it back."""
        return library.pay_out(self.patron_id, self.line_id)
