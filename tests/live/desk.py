"""A staff member at the desk, in Koha's staff interface: what the plugin shows about a card, and its release. Tried on
Koha 23.05."""

import re
from html import unescape
from typing import Any, Final

import requests

from tests.live.client import TIMEOUT, Client, Json
from tests.live.people import People
from tests.live.staff import CGI, Staff
from tests.live.target import Login

PASSWORD: Final = "Suite-4711-desk"
RUN: Final = "/plugins/run.pl"
PLUGIN: Final = {"class": "Koha::Plugin::Dk::Cardwarden"}
RELEASE: Final = "cardwarden_release"
CIRCULATION: Final = ("catalogue", "circulate:circulate_remaining_permissions")
"""Who lends and takes back, and may do nothing else."""


def hire(staff: Staff, koha: Client, people: People, *permissions: str, **fields: Any) -> Login:
    """A new staff member with these permissions only."""
    patron = people.make(**fields)
    koha.good("POST", f"/api/v1/patrons/{patron}/password", json={"password": PASSWORD, "password_2": PASSWORD})
    staff.permit(patron, *permissions)
    return Login(people.userid(patron), PASSWORD)


class Desk(Staff):
    """The session of a staff member who may not do everything."""

    token: str = ""

    def panel(self, patron: int, lang: str = "en") -> requests.Response:
        """What the panel on a patron's page asks."""
        query: dict[str, str | int] = {"patron_id": patron, "lang": lang}
        return self.session.get(f"{self.url}/api/v1/contrib/cardwarden/desk", params=query, timeout=TIMEOUT)

    def shown(self, patron: int, lang: str = "en") -> Json:
        """The same, which must be answered."""
        answer = self.panel(patron, lang)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def page_of(self, patron: object, method: str = RELEASE) -> str:
        """The page that needs no script."""
        return self._get(RUN, **PLUGIN, method=method, borrowernumber=patron)

    def release(self, patron: object, offer: Json, **form: str) -> str:
        """Send the form of the page, and give what is said then. `csrf_token` in the form replaces the page's."""
        token = {} if "csrf_token" in form else {"csrf_token": self.token}
        sent = {"op": "cud-release", "method": RELEASE} | token
        wish = {"borrowernumber": str(patron), "rule": offer["rule"], "type": offer["type"]}
        return said(self._post(RUN, PLUGIN | sent | wish | form))

    def learn_token(self, patron: int) -> None:
        """Take a good token of this session from the form on the page of a card that may be released."""
        self.token = self._token(RUN, **PLUGIN, method=RELEASE, borrowernumber=patron)

    def learn_token_from_account(self, patron: int) -> None:
        """The same from a form of Koha's own, for somebody who is shown no form of ours."""
        self.token = self._token("/members/boraccount.pl", borrowernumber=patron)

    def opens(self, path: str, **query: object) -> bool:
        """Whether Koha lets the staff member in there."""
        answer = self.session.get(self.url + CGI + path, params=query, timeout=TIMEOUT)
        return answer.status_code == 200 and 'id="login"' not in answer.text and "login_error" not in answer.text


def said(page: str) -> str:
    """What the page says has become of it: `done: …` or `problem: …`."""
    found = re.search(r'id="cardwarden-(done|problem)"[^>]*>(.*?)</div>', page, re.DOTALL)
    if found is None:
        return ""
    return f"{found[1]}: {' '.join(unescape(re.sub('<[^>]+>', ' ', found[2])).split())}"
