"""What everybody's accounts come to, added up patron by patron: nobody's own facts are kept for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sidecar.core.model import UNKNOWN, Charge, Facts

NOTHING: Final = Decimal(0)


@dataclass(slots=True)
class OfType:
    """The open charges of one of the ILS's charge types; `sum` in major units."""

    charges: int = 0
    patrons: int = 0
    sum: Decimal = NOTHING


@dataclass(slots=True)
class Accounts:
    """Sums in major units, before credit is set off. `unknown` are patrons whose charges are not known."""

    patrons: int = 0
    unknown: int = 0
    owing: int = 0
    owed: Decimal = NOTHING
    credit: Decimal = NOTHING
    types: dict[str, OfType] = field(default_factory=dict)

    def add(self, facts: Facts) -> None:
        """One patron more."""
        self.patrons += 1
        if facts.credit is not UNKNOWN and facts.credit:
            self.credit += facts.credit
        if facts.charges is UNKNOWN:
            self.unknown += 1
        elif facts.charges:
            owed = owed_by(facts)
            self.owed += owed or NOTHING
            self.owing += owed is not None and owed > 0
            for charge in facts.charges:
                of_type = self._of(charge.type)
                of_type.charges += 1
                of_type.sum += charge.outstanding
            for charge_type in {charge.type for charge in facts.charges}:
                self.types[charge_type].patrons += 1

    def add_all(self, others: "Accounts") -> None:
        """All that others came to."""
        self.patrons += others.patrons
        self.unknown += others.unknown
        self.owing += others.owing
        self.owed += others.owed
        self.credit += others.credit
        for charge_type, other in others.types.items():
            of_type = self._of(charge_type)
            of_type.charges += other.charges
            of_type.patrons += other.patrons
            of_type.sum += other.sum

    def _of(self, charge_type: str) -> OfType:
        of_type = self.types.get(charge_type)
        if of_type is None:
            of_type = self.types[charge_type] = OfType()
        return of_type


def owed_by(facts: Facts) -> Decimal | None:
    """What one patron owes before credit, in major units; None where the charges are not known."""
    if facts.charges is UNKNOWN:
        return None
    return outstanding(facts.charges)


def outstanding(charges: Iterable[Charge]) -> Decimal:
    """What is left to pay of these charges, exactly, in major units."""
    return sum([charge.outstanding for charge in charges], NOTHING)
