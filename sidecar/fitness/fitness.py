"""What cannot work, and what may surprise."""

from dataclasses import dataclass

from sidecar.core.brakes import Misfit


@dataclass(frozen=True, slots=True)
class Fitness:
    """What cannot work, and what may surprise. While a misfit stands nothing is added: of its rule, or of any."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    misfits: frozenset[Misfit] = frozenset()

    def __add__(self, other: "Fitness") -> "Fitness":
        return Fitness(self.errors + other.errors, self.warnings + other.warnings, self.misfits | other.misfits)

    def sentences(self) -> tuple[str, ...]:
        """Errors first."""
        return (*self.errors, *self.warnings)
