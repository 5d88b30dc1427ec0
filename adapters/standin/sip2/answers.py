"""A terminal's messages and Koha's answers to them, as texts without an end."""

from collections.abc import Mapping
from typing import Final

from adapters.standin.library.library import Library
from adapters.standin.library.records import Patron
from adapters.standin.sip2.account import Account
from adapters.standin.sip2.standing import standing_of

LOGIN: Final = "93"
SEND_AGAIN: Final = "97"
NOT_UNDERSTOOD: Final = "96"
SUPPORTED: Final = "YYYYYYYYYYYNYYYY"
"""What Koha says that it knows. The stand-in answers 93, 97, 99, 23 and 63 of them."""

_INVALID_CARD: Final = "Invalid cardnumber"
_NO_RIGHTS: Final = "YYYY" + " " * 10
_FIXED: Final[Mapping[str, int]] = {LOGIN: 2, "99": 8, "23": 21, "63": 31}
"""How many signs of fixed fields each message has after its code."""


class Desk:
    """Answers for one terminal. What it needs of a message is taken by name; everything else is passed over."""

    def __init__(self, library: Library, account: Account) -> None:
        self._library = library
        self._account = account

    def answer(self, message: str) -> str | None:
        """The answer to a message without its trailer, or None where Koha has no handler."""
        code = message[:2]
        if code not in _FIXED:
            return None
        fixed, fields = message[2 : 2 + _FIXED[code]], _fields(message[2 + _FIXED[code] :])
        with self._library.lock:
            match code:
                case "93":
                    return "941" if self.accepts(fields) else "940"
                case "99":
                    return self._gate_status()
                case "23":
                    return self._status(fixed, fields)
                case _:
                    return self._details(fixed, fields)

    def accepts(self, fields: Mapping[str, str]) -> bool:
        """Whether a login is that of the account."""
        return (fields.get("CN"), fields.get("CO")) == (self._account.user, self._account.password)

    def _gate_status(self) -> str:
        own = _field("AO", self._account.institution) + _field("BX", SUPPORTED)
        return f"98YYYYNN100005{self._moment()}2.00{own}"

    def _status(self, fixed: str, fields: Mapping[str, str]) -> str:
        card = fields.get("AA", "")
        patron = self._found(card)
        asked_for = _field("AO", fields.get("AO", ""))
        if patron is None:
            said = _field("AE", "") + _field("AA", card) + _field("BL", "N") + _field("AF", _INVALID_CARD)
            return f"24{_NO_RIGHTS}{fixed[:3]}{self._moment()}{said}{asked_for}"
        standing = standing_of(self._library, patron)
        said = _field("AE", _name(patron)) + _field("AA", patron.card_number) + _field("BL", "Y") + _field("CQ", "N")
        said += _field("BV", standing.owed) + _field("AF", standing.screen)
        return f"24{standing.flags}{fixed[:3]}{self._moment()}{said}{asked_for}"

    def _details(self, fixed: str, fields: Mapping[str, str]) -> str:
        card = fields.get("AA", "")
        patron = self._found(card)
        own = _field("AO", self._account.institution)
        if patron is None:
            said = _field("AA", card) + _field("AE", "") + _field("BL", "N") + _field("AF", _INVALID_CARD)
            return f"64{_NO_RIGHTS}{fixed[:3]}{self._moment()}{'0000' * 6}{own}{said}"
        if self._library.preferences.get("TrackLastPatronActivity", "") not in {"", "0"}:
            # Message 63 counts as the patron's own activity; 23 does not.
            patron.other["last_seen"] = self._library.clock.stamp(self._library.now())
            self._library.touch(patron, record=True)
        standing = standing_of(self._library, patron)
        counts = f"{'0000' * 3}{len(patron.open_debits()):04d}{'0000' * 2}"
        said = _field("AA", patron.card_number) + _field("AE", _name(patron)) + _field("BL", "Y")
        said += _field("BV", standing.owed) + _field("CC", standing.limit)
        said += "".join(_field(name, value) for name, value in _about(patron) if value)
        said += _field("PI", "Y" if standing.internet else "N") + _field("AF", standing.screen)
        return f"64{standing.flags}{fixed[:3]}{self._moment()}{counts}{own}{said}"

    def _found(self, card: str) -> Patron | None:
        """By card number, else by login name, as Koha does."""
        return self._library.by_card_number(card) or self._library.by_userid(card)

    def _moment(self) -> str:
        return self._library.clock.local(self._library.now()).strftime("%Y%m%d    %H%M%S")


def _name(patron: Patron) -> str:
    return f"{patron.first_name} {patron.surname}"


def _about(patron: Patron) -> tuple[tuple[str, str], ...]:
    email = patron.other.get("email")
    born = "" if patron.born is None else patron.born.strftime("%Y%m%d")
    return ("BE", str(email or "")), ("PB", born), ("PC", patron.category_id)


def _field(name: str, value: str) -> str:
    """A field; what would end it is written otherwise."""
    return name + value.replace("\r", " ").replace("|", "&#124;") + "|"


def _fields(rest: str) -> dict[str, str]:
    """Fields by name; of several the first counts."""
    fields: dict[str, str] = {}
    for part in rest.split("|"):
        fields.setdefault(part[:2], part[2:])
    return fields
