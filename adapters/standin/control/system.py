"""Acts about the system: Koha's administration, the plugin, the machine."""

from decimal import Decimal
from typing import Literal

from adapters.standin.control.act import Act
from adapters.standin.library.library import Library


class DeleteRestrictionType(Act, frozen=True):
    """Delete a restriction type from Koha; how many rows fell to MANUAL."""

    type: str

    def perform(self, library: Library) -> int:
        """Delete it."""
        return library.delete_restriction_type(self.type)


class AddRestrictionType(Act, frozen=True):
    """Add a restriction type to Koha."""

    type: str

    def perform(self, library: Library) -> None:
        """Add it."""
        library.add_restriction_type(self.type)


class RegisterType(Act, frozen=True):
    """Register a type with the plugin as Cardwarden's own; it must begin with CW_."""

    type: str

    def perform(self, library: Library) -> None:
        """Register it."""
        library.register_type(self.type)


class UnregisterType(Act, frozen=True):
    """Take a type off the plugin's register."""

    type: str

    def perform(self, library: Library) -> None:
        """Unregister it."""
        library.unregister_type(self.type)


class ForgetType(Act, frozen=True):
    """Take a type off the register by the plugin's page, which refuses while restrictions of it exist."""

    type: str

    def perform(self, library: Library) -> None:
        """Forget it."""
        library.forget_type(self.type)


class SetPreference(Act, frozen=True):
    """Set a system preference."""

    name: str
    value: str

    def perform(self, library: Library) -> None:
        """Set it."""
        library.set_preference(self.name, self.value)


class Advance(Act, frozen=True):
    """Move the library's clock on; its time then, in seconds since 1970."""

    seconds: int = 0
    days: int = 0

    def perform(self, library: Library) -> int:
        """Move on."""
        return library.advance(self.seconds, days=self.days)


class PausePlugin(Act, frozen=True):
    """Turn the plugin's pause switch on, or (paused: false) off."""

    paused: bool = True

    def perform(self, library: Library) -> None:
        """Turn it."""
        library.pause_plugin(paused=self.paused)


class ReplaceInstallation(Act, frozen=True):
    """Become another Koha."""

    installation_id: str

    def perform(self, library: Library) -> None:
        """Change the installation's id."""
        library.replace_installation(self.installation_id)


class SetCategory(Act, frozen=True):
    """Add a patron category or change it: its type, and the limits that newer Koha keeps for it."""

    id: str
    type: str = "A"
    fines_limit: Decimal | None = None
    guarantees_limit: Decimal | None = None
    guarantors_limit: Decimal | None = None

    def perform(self, library: Library) -> None:
        """Set it."""
        library.set_category(
            self.id,
            self.type,
            fines_limit=self.fines_limit,
            guarantees_limit=self.guarantees_limit,
            guarantors_limit=self.guarantors_limit,
        )


class DeleteCategory(Act, frozen=True):
    """Delete a patron category that nobody is in."""

    id: str

    def perform(self, library: Library) -> None:
        """Delete it."""
        library.delete_category(self.id)


class AddName(Act, frozen=True):
    """Add a library, a charge type, an item type or a patron attribute type."""

    table: Literal["libraries", "charge_types", "item_types", "patron_attributes"]
    code: str

    def perform(self, library: Library) -> None:
        """Add it."""
        library.add_name(self.table, self.code)


class DeleteName(Act, frozen=True):
    """Delete a library, a charge type, an item type or a patron attribute type."""

    table: Literal["libraries", "charge_types", "item_types", "patron_attributes"]
    code: str

    def perform(self, library: Library) -> None:
        """Delete it."""
        library.delete_name(self.table, self.code)


class StepClock(Act, frozen=True):
    """Let Koha's clock alone go wrong by so many seconds more (back, if negative); its time then."""

    seconds: int

    def perform(self, library: Library) -> int:
        """Step."""
        return library.step_clock(self.seconds)


class SetClockRight(Act, frozen=True):
    """Take back all that the clock went wrong; its time then."""

    def perform(self, library: Library) -> int:
        """Set it right."""
        return library.set_clock_right()


class BackUp(Act, frozen=True):
    """Keep all tables under a name."""

    name: str = "backup"

    def perform(self, library: Library) -> None:
        """Keep them."""
        library.back_up(self.name)


class Restore(Act, frozen=True):
    """Put all tables back as they were when the backup was made. The clock goes on."""

    name: str = "backup"

    def perform(self, library: Library) -> None:
        """Restore."""
        library.restore(self.name)


class SpeakContract(Act, frozen=True):
    """Be a plugin of that version of the contract: 1 or 2."""

    version: int

    def perform(self, library: Library) -> None:
        """Change over."""
        library.speak_contract(self.version)
