"""What every act of the control routes is: a small message that knows what it does to the library."""

from abc import abstractmethod

from msgspec import Struct

from adapters.standin.library.library import Library


class Act(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happens in the library."""

    @abstractmethod
    def perform(self, library: Library) -> object:
        """Let it happen; gives what there is to answer."""
