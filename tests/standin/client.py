"""A client of the stand-in that fetches its token and never retries."""

from typing import Any

import requests

from adapters.standin.http.server import StandinKoha

TOKEN = "/api/v1/oauth/token"
API = "/api/v1"
PLUGIN = "/api/v1/contrib/cardwarden"
JOURNAL = "journal-1"


class Client:
    """One API key's session with one server."""

    def __init__(self, koha: StandinKoha, client_id: str, client_secret: str) -> None:
        self.koha = koha
        self.session = requests.Session()
        self.session.trust_env = False
        grant = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        token = self.session.post(koha.url + TOKEN, data=grant, timeout=5).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.koha.url + path, timeout=5, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.call("POST", path, **options)

    def facts(self, patron_id: int) -> dict[str, Any]:
        """One patron as the plugin shows it."""
        answer = self.post(f"{PLUGIN}/patrons", json={"patron_ids": [patron_id]}).json()
        facts: dict[str, Any] = answer["patrons"][0]
        return facts

    def page(self, **query: int) -> dict[str, Any]:
        answer = self.get(f"{PLUGIN}/patrons", params=query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def change(self, *items: dict[str, Any], instance: str = JOURNAL, takeover: bool = False) -> requests.Response:
        body = {"instance": instance, "takeover": takeover, "items": list(items)}
        return self.post(f"{PLUGIN}/changes", json=body)

    def outcome(self, patron_id: int, **item: Any) -> dict[str, Any]:
        """The answer to one change with the patron's own etag."""
        answer = self.change({"patron_id": patron_id, "etag": self.facts(patron_id)["etag"], **item})
        assert answer.status_code == 200, answer.text
        outcome: dict[str, Any] = answer.json()["results"][0]
        return outcome

    def close(self) -> None:
        self.session.close()
