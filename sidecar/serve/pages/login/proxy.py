"""A reverse proxy says who asks, in a header that counts only from its own address."""

import ipaddress
from collections.abc import Callable
from typing import Final

from starlette.requests import Request

from sidecar.serve.pages.login.visitors import Seal, Visitor, person_of
from sidecar.settings.login import LoginSettings


class ProxyDoor:
    """Believes the header of the settings from the proxies of the settings."""

    leads_in: Final = False

    def __init__(self, login: LoginSettings, vouched: Callable[[Request], bool]) -> None:
        """`vouched` says whether a request brings the listener's token, or none is needed."""
        self._login = login
        self._vouched = vouched
        self._networks = [ipaddress.ip_network(each.strip("[]")) for each in login.proxies]
        self._seal = Seal()

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks, as the proxy says."""
        if not (self._comes_from_a_proxy(request) and self._vouched(request)):
            return None
        name, groups = _one(request, self._login.header), _one(request, self._login.groups_header)
        if name is None:
            return None
        person = person_of(self._login, name, [each.strip() for each in (groups or "").split(",") if each.strip()])
        return None if person is None else Visitor(person, self._seal.token(person.name), can_leave=False)

    def _comes_from_a_proxy(self, request: Request) -> bool:
        if request.client is None:
            return False
        try:
            address = ipaddress.ip_address(request.client.host)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks)


def _one(request: Request, header: str | None) -> str | None:
    """What a header says; None if it is not there, empty, or there twice: one of them would be the browser's."""
    given = [] if header is None else request.headers.getlist(header)
    if len(given) != 1 or not given[0].strip():
        return None
    try:
        return given[0].strip().encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
