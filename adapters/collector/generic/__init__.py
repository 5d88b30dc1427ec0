"""The profile `generic`: one documented sheet in each direction (docs/collection-files.md)."""

from collections.abc import Collection, Sequence
from typing import Final

from adapters.collector.generic.reading import hear_sheet
from adapters.collector.generic.writing import write_orders
from sidecar.core.collection.claim import Batch, Heard, OutgoingFile
from sidecar.core.model import Currency

_ENDING: Final = ".csv"


class GenericProfile:
    """Claims, updates and withdrawals out, one file a batch; acknowledgements, payments and closures in."""

    name = "generic"
    answers = True
    tells_all = False

    def __init__(self, leave_out: Collection[str] = ()) -> None:
        self._leave_out = frozenset(leave_out)

    def files(self, batch: Batch) -> Sequence[OutgoingFile]:
        """One file, with the batch's number; none for a batch that tells nothing, so that no number means nothing."""
        if not batch.items:
            return ()
        orders = [item.order for item in batch.items]
        return (
            OutgoingFile(
                f"cardwarden-{batch.number:06d}{_ENDING}",
                write_orders(batch, self._leave_out),
                "orders",
                tuple(order.claim for order in orders),
                sum(order.amount for order in orders),
            ),
        )

    def expects(self, name: str) -> bool:
        """Any list; what it is, its header says."""
        return name.lower().endswith(_ENDING)

    def hear(self, name: str, content: bytes, currency: Currency) -> Heard:  # noqa: ARG002 - the port's signature
        """What the office says in a file."""
        return hear_sheet(content, currency)
