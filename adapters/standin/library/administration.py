"""What happens in Koha's administration, on the plugin's page and to the machine.

Each method is one act, with the effect that the same act has in Koha 23.05 with our plugin installed.
"""

from copy import deepcopy
from decimal import Decimal

from adapters.standin.library.holdings import (
    CONTRACTS,
    DEFAULT_RESTRICTION_TYPE,
    NAMED,
    OWN_TYPE,
    TABLES,
    UnknownRestrictionError,
)
from adapters.standin.library.names import SYSTEM_RESTRICTION_TYPES
from adapters.standin.library.pages import Pages
from adapters.standin.library.records import CategoryLimits


class Administration(Pages):
    """The acts about the system."""

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
        if OWN_TYPE.fullmatch(code) is None:
            raise ValueError(f"only types that begin with CW_, in capitals, can be registered, not {code}")
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

    def forget_type(self, code: str) -> None:
        """The same by the plugin's page, which refuses while restrictions of the type exist."""
        with self.lock:
            if any(row.type == code for patron in self.patrons.values() for row in patron.restrictions):
                raise ValueError(f"restrictions of the type {code} exist")
            self.unregister_type(code)

    def pause_plugin(self, *, paused: bool = True) -> None:
        """Turn the plugin's pause switch."""
        with self.lock:
            self.paused = paused

    def replace_installation(self, installation_id: str) -> None:
        """Become another Koha: what a journal sees when somebody points it at the wrong server."""
        with self.lock:
            self.installation_id = installation_id

    def set_category(
        self,
        code: str,
        kind: str = "A",
        *,
        fines_limit: Decimal | None = None,
        guarantees_limit: Decimal | None = None,
        guarantors_limit: Decimal | None = None,
    ) -> None:
        """Add a patron category, or change its type and the limits that newer Koha keeps for it."""
        with self.lock:
            self.categories[code] = kind
            self.category_limits[code] = CategoryLimits(fines_limit, guarantees_limit, guarantors_limit)

    def delete_category(self, code: str) -> None:
        """Delete a patron category, unless somebody is in it."""
        with self.lock:
            if any(patron.category_id == code for patron in self.patrons.values()):
                raise ValueError(f"there are patrons in the category {code}")
            self.categories.pop(code, None)
            self.category_limits.pop(code, None)

    def add_name(self, table: str, code: str) -> None:
        """Add a library, a charge type, an item type or a patron attribute type."""
        with self.lock:
            self._named(table)[code] = code

    def delete_name(self, table: str, code: str) -> None:
        """Delete one of them."""
        with self.lock:
            self._named(table).pop(code, None)

    def _named(self, table: str) -> dict[str, str]:
        if table not in NAMED:
            raise ValueError(f"{table} is none of {', '.join(NAMED)}")
        found: dict[str, str] = getattr(self, table)
        return found

    # the machine

    def step_clock(self, seconds: int) -> int:
        """Let Koha's clock alone go wrong by so many seconds more (back, if negative), and give its time."""
        with self.lock:
            self.clock.error += seconds
            return self.clock.advance(seconds)

    def set_clock_right(self) -> int:
        """Take back all that the clock went wrong, and give its time."""
        return self.step_clock(-self.clock.error)

    def back_up(self, name: str = "backup") -> None:
        """Keep all tables under a name, the plugin's and the tokens among them."""
        with self.lock:
            self.backups[name] = deepcopy({table: getattr(self, table) for table in TABLES})

    def restore(self, name: str = "backup") -> None:
        """Put all tables back as they were when that backup was made. The clock goes on."""
        with self.lock:
            if name not in self.backups:
                raise ValueError(f"there is no backup {name}")
            for table, rows in deepcopy(self.backups[name]).items():
                setattr(self, table, rows)

    def speak_contract(self, version: int) -> None:
        """Be a plugin of that version of the contract, 1 to 3."""
        if version not in CONTRACTS:
            raise ValueError(f"there are versions {CONTRACTS[0]} to {CONTRACTS[-1]} of the contract")
        with self.lock:
            self.contract = version
            self._forget_etags()
