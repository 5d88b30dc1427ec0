"""What cannot work, what Koha does to patrons beside the policy, and what may surprise."""

from dataclasses import dataclass

from sidecar.core.brakes import Misfit


@dataclass(frozen=True, slots=True)
class Fitness:
    """What cannot work (`errors`), what the ILS by itself does to patrons against the policy (`harms`: people are told,
    though Cardwarden can do its work), what may surprise (`warnings`), and what is good to know (`notes`).

    While a misfit stands nothing is added: of its rule, or of any.
    """

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    misfits: frozenset[Misfit] = frozenset()
    harms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: "Fitness") -> "Fitness":
        return Fitness(
            self.errors + other.errors,
            self.warnings + other.warnings,
            self.misfits | other.misfits,
            self.harms + other.harms,
            self.notes + other.notes,
        )

    def sentences(self) -> tuple[str, ...]:
        """What somebody should do something about: errors first, notes not at all."""
        return (*self.errors, *self.harms, *self.warnings)
