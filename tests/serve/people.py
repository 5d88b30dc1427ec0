"""The daemon's page with a login, and browsers that are no more than a cookie jar."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from adapters.standin.http.server import StandinKoha
from sidecar.serve.pages.server import build_pages, listening
from sidecar.settings import ListenSettings
from tests.serve.house import Serving, serving
from tests.serve.provider import CLIENT, SECRET, Provider

BEHIND = ("/held", "/history", "/report", "/patron")
ORDERS = ("/approve", "/pause", "/resume", "/drift-accept")
TOKEN = "a-token-of-some-length"
PROXIED = '[login]\nheader = "X-Remote-User"\ngroups_header = "X-Remote-Groups"\nact_groups = ["it"]\nlook = ["cd"]\n'
WHO = 'act_groups = ["it"]\nlook_groups = ["desk"]\n'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def oidc(provider: Provider, port: int, more: str = WHO) -> str:
    return (
        f'[login]\nissuer = "{provider.url}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        f'address = "http://127.0.0.1:{port}"\n{more}'
    )


@contextmanager
def with_login(
    folder: Path, koha: StandinKoha, provider: Provider, more: str = WHO, token: str | None = None
) -> Iterator[tuple[Serving, str]]:
    """A worker's house with its page, where people of this provider can log in."""
    port = free_port()
    with serving(folder, koha, more=oidc(provider, port, more)) as house, paged(house, port, token) as url:
        yield house, url


@contextmanager
def paged(house: Serving, port: int = 0, token: str | None = None) -> Iterator[str]:
    login = house.configuration.loaded.settings.login
    with listening(build_pages(house.shown, token), ListenSettings(port=port), login) as at:
        yield f"http://127.0.0.1:{at}"


class Somebody:
    """Somebody with a browser that runs no scripts."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = requests.Session()
        self.jar.trust_env = False

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.jar.get(f"{self.url}{path}", headers=headers, timeout=30)

    def sent_to(self) -> dict[str, str]:
        """Where the page sends them to log in, as the questions in the address."""
        answer = self.jar.get(f"{self.url}/login", allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def at_the_provider(self, provider: Provider, who: str, asked: dict[str, str]) -> str:
        """The address to which the provider sends them back."""
        answer = requests.post(
            f"{provider.url}/authorize", data=asked | {"who": who}, allow_redirects=False, timeout=30
        )
        return answer.headers["Location"]

    def log_in(self, provider: Provider, who: str) -> requests.Response:
        return self.jar.get(self.at_the_provider(provider, who, self.sent_to()), timeout=30)

    def token(self) -> str:
        """The token of the forms that they see."""
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.get("/patron").text)
        assert found is not None
        return found[1]

    def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
        return self.jar.post(f"{self.url}{path}", data=fields, headers=headers, timeout=60)

    def order(self, path: str, **fields: str) -> requests.Response:
        return self.post(path, token=self.token(), **fields)


def known(url: str, provider: Provider, who: str) -> Somebody:
    somebody = Somebody(url)
    answer = somebody.log_in(provider, who)
    assert answer.status_code == 200, answer.text
    return somebody


def is_in(somebody: Somebody) -> bool:
    return somebody.get("/held").status_code == 200
