"""How a page is to be made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sidecar.core.model import Patron
from sidecar.language import _
from sidecar.report.pages.sections import Cell, Column, Table
from sidecar.report.words.vocabulary import patron_label


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known besides the cycle: the address of a patron's page for staff, with `{patron}` for the number (None:
    patrons are not linked), and of the gates, in sentences."""

    patron_page: str | None = None
    gates: tuple[str, ...] = ()


NOTHING_BESIDE: Final = Beside()


@dataclass(frozen=True, slots=True)
class View:
    """With names or without, how many rows of a list, where the rest is, and what else the page can say."""

    show_names: bool
    limit: int | None = 20
    rest: str | None = None
    """None: in the folder that `--report` names."""
    everything: bool = False
    """With what a terminal has no room for."""
    gates: tuple[str, ...] = ()
    """What is known of the gates, in sentences."""

    def label(self, patron: Patron) -> Cell:
        """How the patron is shown."""
        return Cell(patron_label(patron, show_names=self.show_names), patron=patron.id)

    def table(self, columns: Iterable[Column], rows: Sequence[tuple[str, ...]], *, names: int = 0) -> Table:
        """A table of the first rows."""
        return self.first(columns, rows, len(rows), names=names)

    def first(self, columns: Iterable[Column], rows: Iterable[tuple[str, ...]], of: int, *, names: int = 0) -> Table:
        """A table of the first of so many rows. The others are not even made: of a long list that saves most."""
        shown = tuple(islice(rows, self.limit))
        rest = _("see --report DIR") if self.rest is None else self.rest
        return Table(tuple(columns), shown, of - len(shown), rest, names=names)
