"""Acts about cards: PINs, restrictions, records."""

from datetime import date

from msgspec import UNSET, UnsetType

from adapters.standin.control.act import Act
from adapters.standin.library.desk import UNCHANGED, Unchanged
from adapters.standin.library.library import Library
from adapters.standin.library.pages import STAFF_ID


def _or_unchanged(value: date | UnsetType | None) -> date | Unchanged | None:
    return UNCHANGED if isinstance(value, UnsetType) else value


class WrongPin(Act, frozen=True):
    """Mistype the PIN so many times; the counter then."""

    patron_id: int
    times: int = 1

    def perform(self, library: Library) -> int:
        """Mistype."""
        return library.wrong_pin(self.patron_id, self.times)


class RightPin(Act, frozen=True):
    """Type the right PIN; whether the account let the patron in."""

    patron_id: int

    def perform(self, library: Library) -> bool:
        """Log in."""
        return library.right_pin(self.patron_id)


class ResetPin(Act, frozen=True):
    """Staff set a PIN: the counter is 0."""

    patron_id: int

    def perform(self, library: Library) -> None:
        """Reset."""
        library.reset_pin(self.patron_id)


class SetAttempts(Act, frozen=True):
    """Write the counter of failures; -1 is the administrative lock."""

    patron_id: int
    attempts: int

    def perform(self, library: Library) -> None:
        """Write it."""
        library.set_attempts(self.patron_id, self.attempts)


class StaffLifts(Act, frozen=True):
    """Staff delete a restriction by its row's number, or all of a type; how many went."""

    patron_id: int
    restriction: int | str

    def perform(self, library: Library) -> int:
        """Lift."""
        return library.staff_lifts(self.patron_id, self.restriction)


class StaffRestricts(Act, frozen=True):
    """Staff restrict a patron; the row's number."""

    patron_id: int
    type: str = "MANUAL"
    comment: str = ""
    expiration: date | None = None

    def perform(self, library: Library) -> int:
        """Restrict."""
        return library.staff_restricts(self.patron_id, self.type, self.comment, self.expiration)


class StaffEdits(Act, frozen=True):
    """Staff change a row's comment or last day (null: endless)."""

    row_id: int
    comment: str | None = None
    expiration: date | UnsetType | None = UNSET

    def perform(self, library: Library) -> None:
        """Edit."""
        library.staff_edits(self.row_id, comment=self.comment, expiration=_or_unchanged(self.expiration))


class StaffReleases(Act, frozen=True):
    """Staff release a block on the patron's page, as its answer offers; the release's number."""

    patron_id: int
    rule: str
    staff_id: int = STAFF_ID
    photo_id_checked: bool = False
    reason: str = ""

    def perform(self, library: Library) -> int:
        """Release."""
        return library.staff_releases(
            self.patron_id,
            self.rule,
            staff_id=self.staff_id,
            photo_id_checked=self.photo_id_checked,
            reason=self.reason,
        )


class SetFlag(Act, frozen=True):
    """Write the borrower's flag past its rows (null: no flag)."""

    patron_id: int
    debarred: date | None
    comment: str | None = None

    def perform(self, library: Library) -> None:
        """Write it."""
        library.set_flag(self.patron_id, self.debarred, self.comment)


class CardLost(Act, frozen=True):
    """Flag the card as lost, or (lost: false) found."""

    patron_id: int
    lost: bool = True

    def perform(self, library: Library) -> None:
        """Flag it."""
        library.card_lost(self.patron_id, lost=self.lost)


class ChangePatron(Act, frozen=True):
    """Change birth date, category, library, expiry date or language."""

    patron_id: int
    born: date | UnsetType | None = UNSET
    category: str | None = None
    library: str | None = None
    expires: date | UnsetType | None = UNSET
    lang: str | None = None

    def perform(self, library: Library) -> None:
        """Change the record."""
        library.change_patron(
            self.patron_id,
            born=_or_unchanged(self.born),
            category=self.category,
            library=self.library,
            expires=_or_unchanged(self.expires),
            lang=self.lang,
        )


class CreatePatron(Act, frozen=True):
    """Add a patron who owes nothing; the number."""

    surname: str = "Prøvesen"
    first_name: str = "Petra"
    library: str = "HB"
    category: str = "ADULT"
    born: date | None = None

    def perform(self, library: Library) -> int:
        """Add the patron."""
        return library.create_patron(
            surname=self.surname,
            first_name=self.first_name,
            library=self.library,
            category=self.category,
            born=self.born,
        )


class DeletePatron(Act, frozen=True):
    """Delete a patron with everything."""

    patron_id: int

    def perform(self, library: Library) -> None:
        """Delete."""
        library.delete_patron(self.patron_id)


class HidePatron(Act, frozen=True):
    """Redact a patron as newer Koha does, or (hidden: false) no longer."""

    patron_id: int
    hidden: bool = True

    def perform(self, library: Library) -> None:
        """Redact."""
        library.hide_patron(self.patron_id, hidden=self.hidden)


class MergePatrons(Act, frozen=True):
    """Staff merge another patron into one: money and restrictions move over, and the other is deleted."""

    patron_id: int
    other_id: int

    def perform(self, library: Library) -> None:
        """Merge them."""
        library.merge_patrons(self.patron_id, self.other_id)
