"""What staff do by hand in the intranet: restrictions, voids, merges, types, the plugin's page. Tried on Koha 23.05."""

import json
import re
from datetime import date
from html import unescape
from typing import Any, Final

import requests

from tests.live.client import TIMEOUT
from tests.live.target import Login

CGI: Final = "/cgi-bin/koha"
PAGE: Final = {"class": "Koha::Plugin::Dk::Cardwarden", "method": "configure"}
PREFERENCES: Final = "/svc/config/systempreferences"
CSRF_SINCE: Final = (24, 5)
"""From this version on Koha's own forms say `op=cud-…` with a token; the plugin's page always did."""


class Staff:
    """A session in the staff interface."""

    def __init__(self, url: str, login: Login, koha_version: str) -> None:
        self.url = url
        self.newer = tuple(int(part) for part in koha_version.split(".")[:2]) >= CSRF_SINCE
        self.session = requests.Session()
        self.session.trust_env = False
        names = ("login_userid", "login_password") if self.newer else ("userid", "password")
        form = dict(zip(names, (login.name, login.secret), strict=True))
        extra = {"op": "cud-login", "csrf_token": self._token("/mainpage.pl")} if self.newer else {}
        page = self._post("/mainpage.pl", form | extra | {"koha_login_context": "intranet", "branch": ""})
        assert 'name="userid"' not in page, "the staff interface did not let the user in"

    def _get(self, path: str, **query: object) -> str:
        answer = self.session.get(self.url + CGI + path, params=query, timeout=TIMEOUT)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def _post(self, path: str, form: dict[str, Any]) -> str:
        answer = self.session.post(self.url + CGI + path, data=form, timeout=TIMEOUT, allow_redirects=False)
        assert answer.status_code in {200, 302, 303}, f"{path}: {answer.status_code}"
        return answer.text

    def _token(self, path: str, **query: object) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self._get(path, **query))
        assert found is not None, f"{path} has no token"
        return found[1]

    # restrictions

    def restrict(self, patron: int, kind: str = "MANUAL", comment: str = "By hand.", until: date | None = None) -> None:
        form = {"debarred_type": kind, "comment": comment, "expiration": until.isoformat() if until else ""}
        self._restriction("add", patron, form)

    def lift(self, patron: int, restriction: int) -> None:
        self._restriction("del", patron, {"borrower_debarment_id": restriction})

    def _restriction(self, act: str, patron: int, form: dict[str, Any]) -> None:
        member = "/members/moremember.pl"
        extra = {"action": act}
        if self.newer:
            name = {"add": "cud-add", "del": "cud-del"}[act]
            extra = {"op": name, "csrf_token": self._token(member, borrowernumber=patron)}
        self._post("/members/mod_debarment.pl", form | extra | {"borrowernumber": patron})

    def permit(self, patron: int, *permissions: str) -> None:
        """Give a patron these permissions and no others: a module, or `module:permission`."""
        path = "/members/member-flags.pl"
        form = {"member": patron, "newflags": 1, "flag": list(permissions)}
        said = {"op": "cud-update"} if self.newer else {}
        self._post(path, form | said | {"csrf_token": self._token(path, member=patron)})

    # money and records

    def void(self, patron: int, payment: int) -> None:
        """Void a payment by the number of its line."""
        self._on_account(patron, "void", {"accountlines_id": payment})

    def pay_out(self, patron: int, payment: int, amount: float) -> None:
        """Pay back what is left of a payment."""
        form = {"accountlines_id": payment, "amount": amount, "payout_type": "CASH", "transaction_type": "CASH"}
        self._on_account(patron, "payout", form)

    def _on_account(self, patron: int, act: str, form: dict[str, Any]) -> None:
        path = "/members/boraccount.pl"
        said = {"op": f"cud-{act}"} if self.newer else {"action": act}
        token = self._token(path, borrowernumber=patron)
        self._post(path, form | said | {"borrowernumber": patron, "csrf_token": token})

    def merge(self, keeper: int, other: int) -> None:
        """Merge another patron's record into the keeper's."""
        path = "/members/merge-patrons.pl"
        said = {"op": "cud-merge", "csrf_token": self._token(path)} if self.newer else {"action": "merge"}
        self._post(path, said | {"keeper": keeper, "id": [keeper, other]})

    def shown(self, patron: int, kind: str) -> list[str]:
        """The rows of the restrictions' table on a patron's page that have this in them, as text."""
        page = self._get("/members/moremember.pl", borrowernumber=patron)
        rows = [unescape(re.sub(r"<[^>]+>|\s+", " ", row)) for row in re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)]
        return sorted(" ".join(row.split()) for row in rows if kind in row)

    # the desk

    def lend(self, patron: int, barcode: str) -> None:
        """Try to lend an item; whether it was lent stands in the patron's loans."""
        path = "/circ/circulation.pl"
        extra = {"op": "cud-checkout", "csrf_token": self._token(path, borrowernumber=patron)} if self.newer else {}
        self._post(path, extra | {"borrowernumber": patron, "barcode": barcode})

    def renew(self, patron: int, item: int) -> bool:
        """Try to renew a loan as the page of loans does."""
        answer = json.loads(self._get("/svc/renew", borrowernumber=patron, itemnumber=item))
        return bool(answer["renew_okay"])

    def bring_back(self, barcode: str) -> None:
        """Take an item back, whoever has it."""
        path = "/circ/returns.pl"
        extra = {"op": "cud-checkin", "csrf_token": self._token(path)} if self.newer else {}
        self._post(path, extra | {"barcode": barcode})

    # types and the plugin's page

    def page(self, op: str, **form: str) -> str:
        """Press a button of the plugin's page; gives `cardwarden-done`, `cardwarden-problem` or nothing."""
        token = self._token("/plugins/run.pl", **PAGE)
        answer = self._post("/plugins/run.pl", PAGE | form | {"op": op, "csrf_token": token})
        said = re.search(r'id="(cardwarden-(?:done|problem))"', answer)
        return said[1] if said else ""

    def register(self, kind: str) -> str:
        return self.page("cud-register", code=kind, display_text=f"Automatic (Cardwarden's suite): {kind}")

    def forget(self, kind: str) -> str:
        return self.page("cud-forget", code=kind)

    def pause(self, on: bool) -> None:
        assert self.page("cud-pause" if on else "cud-resume") == "cardwarden-done"

    def delete_type(self, kind: str) -> None:
        """Delete a restriction type in Koha's administration; Koha gives its rows the default type."""
        path = "/admin/restrictions.pl"
        if self.newer:
            form = {"op": "cud-delete_confirmed", "csrf_token": self._token(path)}
        else:
            form = {"op": "delete_confirmed"}
        self._post(path, form | {"code": kind})

    def preference(self, name: str) -> str:
        """What a system preference is set to."""
        return str(json.loads(self._get(f"{PREFERENCES}/", pref=name))["value"] or "")

    def set_preference(self, name: str, value: str) -> None:
        token = self._token("/admin/preferences.pl", tab="circulation")
        self._post(f"{PREFERENCES}/", {f"pref_{name}": value, "csrf_token": token})

    def close(self) -> None:
        self.session.close()


class StandinStaff:
    """The same on the stand-in, through its control routes, so that it is held against the same tests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def _act(self, act: str, **body: object) -> bool:
        answer = self.session.post(f"{self.url}/standin/{act}", json=body, timeout=TIMEOUT)
        assert answer.status_code in {200, 400}, answer.text
        return answer.status_code == 200

    def restrict(self, patron: int, kind: str = "MANUAL", comment: str = "By hand.", until: date | None = None) -> None:
        ends = until.isoformat() if until else None
        assert self._act("staff-restricts", patron_id=patron, type=kind, comment=comment, expiration=ends)

    def lift(self, patron: int, restriction: int) -> None:
        assert self._act("staff-lifts", patron_id=patron, restriction=restriction)

    def void(self, patron: int, payment: int) -> None:
        assert self._act("void", patron_id=patron, line_id=payment)

    def pay_out(self, patron: int, payment: int, amount: float) -> None:
        assert self._act("pay-out", patron_id=patron, line_id=payment)

    def merge(self, keeper: int, other: int) -> None:
        assert self._act("merge-patrons", patron_id=keeper, other_id=other)

    def shown(self, patron: int, kind: str) -> list[str]:
        rows = self.session.get(f"{self.url}/standin/restrictions", timeout=TIMEOUT).json()
        texts = (
            f"{row['type']} {row['comment']} {row['expiration']}" for row in rows if row["borrowernumber"] == patron
        )
        return sorted(text for text in texts if kind in text)

    def register(self, kind: str) -> str:
        return "cardwarden-done" if self._act("register-type", type=kind) else "cardwarden-problem"

    def forget(self, kind: str) -> str:
        return "cardwarden-done" if self._act("forget-type", type=kind) else "cardwarden-problem"

    def pause(self, on: bool) -> None:
        assert self._act("pause-plugin", paused=on)

    def delete_type(self, kind: str) -> None:
        assert self._act("delete-restriction-type", type=kind)

    def preference(self, name: str) -> str:
        return str(self.session.get(f"{self.url}/standin/preferences", timeout=TIMEOUT).json().get(name, ""))

    def set_preference(self, name: str, value: str) -> None:
        assert self._act("set-preference", name=name, value=value)

    def close(self) -> None:
        self.session.close()
