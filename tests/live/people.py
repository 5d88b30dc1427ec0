"""Patrons of the suite's own: made over stock REST with a marked surname, and nobody else is ever touched."""

from collections import Counter
from itertools import count
from typing import Any, Final

from tests.live.client import PATRONS, Client, Json

MARK: Final = "CARDWARDEN-LIVE-"
BORN: Final = "1985-05-05"


class People:
    """Makes patrons, lets things happen to them, and deletes all that bear the mark."""

    def __init__(self, koha: Client, run: str) -> None:
        self.koha = koha
        self.surname = MARK + run
        self._run = run
        self._numbers = count(1)
        (self.library, self.other_library), (self.category, self.other_category) = self._usual()

    def _usual(self) -> tuple[list[str], list[str]]:
        """The two commonest libraries and categories; the other is the first again where there is only one."""
        statistical = self.koha.status()["statistical_categories"]
        patrons = self.koha.page(everyone=1, limit=1000)["patrons"]
        patrons = [one for one in patrons if one["category_id"] not in statistical]
        assert patrons, "this Koha has no patron from whom a library and a category could be taken"
        commonest = [
            [name for name, _ in Counter(one[key] for one in patrons).most_common(2)]
            for key in ("library_id", "category_id")
        ]
        return (commonest[0] * 2)[:2], (commonest[1] * 2)[:2]

    # making and unmaking

    def make(self, **fields: Any) -> int:
        """A new patron who owes nothing, and the number."""
        name = f"cwl{self._run}{next(self._numbers)}"
        body = self._record() | {"firstname": "Live", "userid": name, "cardnumber": name, "date_of_birth": BORN}
        made = self.koha.good("POST", PATRONS, 201, json=body | fields)
        return int(made["patron_id"])

    def owing(self, *amounts: float, **fields: Any) -> int:
        """A new patron with these overdue fines."""
        patron = self.make(**fields)
        for amount in amounts:
            self.charge(patron, amount)
        return patron

    def userid(self, patron: int) -> str:
        return str(self.koha.good("GET", f"{PATRONS}/{patron}")["userid"])

    def _record(self) -> Json:
        return {"surname": self.surname, "library_id": self.library, "category_id": self.category}

    def write(self, patron: int, **fields: Any) -> None:
        """Change a record as staff would; Koha wants three fields each time."""
        now = self.koha.facts(patron)
        kept = {"surname": self.surname, "library_id": now["library_id"], "category_id": now["category_id"]}
        self.koha.good("PUT", f"{PATRONS}/{patron}", json=kept | fields)

    def sweep(self) -> int:
        """Delete all patrons with the mark, of this run and of any that died; gives how many."""
        query: Json = {"surname": MARK, "_match": "starts_with", "_per_page": 1000, "_order_by": "patron_id"}
        marked = [
            int(one["patron_id"])
            for one in self.koha.good("GET", PATRONS, params=query)
            if one["surname"].startswith(MARK)
        ]
        for patron in marked:
            self.pay(patron)
            answer = self.koha.call("DELETE", f"{PATRONS}/{patron}")
            assert answer.status_code in {204, 404}, answer.text
        return len(marked)

    # what happens in a library

    def charge(self, patron: int, amount: float, kind: str = "OVERDUE") -> int:
        body = {"amount": amount, "type": kind, "description": "The suite's", "library_id": self.library}
        return int(self.koha.good("POST", f"{PATRONS}/{patron}/account/debits", 201, json=body)["account_line_id"])

    def pay(self, patron: int, amount: float | None = None) -> int:
        """Pay an amount, or all that is open; gives the number of the payment's line, 0 if there was nothing to pay."""
        if amount is None:
            lines = self.koha.good("GET", f"{PATRONS}/{patron}/account")["outstanding_debits"]["lines"]
            amount = round(sum(line["amount_outstanding"] for line in lines), 6)
        if not amount:
            return 0
        return self.credit(patron, amount, "PAYMENT")

    def credit(self, patron: int, amount: float, kind: str) -> int:
        """Give a credit of a type of Koha's, and its line's number."""
        body = {"amount": amount, "credit_type": kind, "library_id": self.library}
        return int(self.koha.good("POST", f"{PATRONS}/{patron}/account/credits", 201, json=body)["account_line_id"])

    def mistype(self, patron: int, times: int = 1) -> None:
        body = {"userid": self.userid(patron), "password": "a wrong PIN"}
        for _ in range(times):
            self.koha.good("POST", "/api/v1/auth/password/validation", 400, json=body)

    def set_attempts(self, patron: int, attempts: int) -> None:
        self.write(patron, login_attempts=attempts)

    def lose_card(self, patron: int, lost: bool = True) -> None:
        self.write(patron, patron_card_lost=lost)
