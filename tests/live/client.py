"""A client of one key. Every good answer of the plugin is held against the plugin's own OpenAPI file."""

import json
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final

import jsonschema
import requests

from tests.live.target import Login

PLUGIN: Final = "/api/v1/contrib/cardwarden"
PATRONS: Final = "/api/v1/patrons"
TIMEOUT: Final = 120
LARGEST_PAGE: Final = 10_000
STALE: Final = "0" * 64
NOBODY: Final = 2_000_000_000
"""No Koha has had so many patrons."""

_SPEC = Path(__file__).parents[2] / "adapters/koha/plugin/Koha/Plugin/Dk/Cardwarden/openapi.json"
_DEFINITIONS = json.loads(_SPEC.read_text())["definitions"]
_SHAPES = {
    ("GET", "/status"): "status",
    ("GET", "/patrons"): "page",
    ("POST", "/patrons"): "some",
    ("POST", "/changes"): "results",
}
_LOOKED_AT = 25
"""Of a long page so many patrons are held against the schema."""

Json = dict[str, Any]


class Client:
    """One API key's session with the Koha under test. Nothing is ever tried twice."""

    def __init__(self, url: str, login: Login | None, instance: str) -> None:
        self.url = url
        self.instance = instance
        self.session = requests.Session()
        self.session.trust_env = False
        # with a CGISESSID cookie newer Koha would ask for a CSRF token
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if login is not None:
            grant = {"grant_type": "client_credentials", "client_id": login.name, "client_secret": login.secret}
            answer = self.call("POST", "/api/v1/oauth/token", data=grant)
            assert answer.status_code == 200, answer.text
            self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=TIMEOUT, allow_redirects=False, **options)

    def good(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        """The JSON of an answer that must have this status."""
        answer = self.call(method, path, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    # the plugin

    def plugin(self, method: str, path: str, **options: Any) -> requests.Response:
        """An answer of the plugin, checked against its own description if it is a good one."""
        answer = self.call(method, PLUGIN + path, **options)
        if answer.status_code == 200:
            _checked(method, path, answer.json())
        return answer

    def status(self) -> Json:
        answer = self.plugin("GET", "/status")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def page(self, **query: int) -> Json:
        answer = self.plugin("GET", "/patrons", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def walk(self, **query: int) -> list[Json]:
        """All patrons, page by page from the first."""
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            page = self.page(after=after, **({"limit": LARGEST_PAGE} | query))
            found += page["patrons"]
            after = page["next_after"]
        return found

    def facts(self, patron: int) -> Json:
        [facts] = self.look_up(patron_ids=[patron])["patrons"]
        return dict(facts)

    def look_up(self, **body: object) -> Json:
        answer = self.plugin("POST", "/patrons", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def rows(self, patron: int) -> list[Json]:
        return list(self.facts(patron)["restrictions"])

    def change(self, *items: Json, **more: object) -> requests.Response:
        """Send items as the suite's own journal, unless `instance` says otherwise."""
        return self.plugin("POST", "/changes", json={"instance": self.instance, "items": list(items)} | more)

    def results(self, *items: Json, **more: object) -> list[Json]:
        answer = self.change(*items, **more)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    def result(self, patron: int, **item: object) -> Json:
        """The answer to one item, sent with the patron's own etag unless it brings one."""
        if "etag" not in item:
            item["etag"] = self.facts(patron)["etag"]
        [result] = self.results({"patron_id": patron, **item})
        return result

    def close(self) -> None:
        self.session.close()


def row(kind: str, comment: str = "Said by the suite.", short: str | None = None) -> Json:
    """A member of an item's `set`."""
    return {"type": kind, "comment": comment} | ({} if short is None else {"short_comment": short})


def _checked(method: str, path: str, body: Any) -> None:
    shape = {"$ref": f"#/definitions/{_SHAPES[method, path]}", "definitions": _DEFINITIONS}
    if "patrons" in body:
        body = body | {"patrons": body["patrons"][-_LOOKED_AT:]}
    jsonschema.Draft4Validator(shape).validate(body)
