"""The way in by an OpenID Connect provider: there, back with an answer, and out again; sessions in between."""

import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sidecar.errors import LoginRefused
from sidecar.language import _
from sidecar.ports import Clock
from sidecar.serve.pages.login.sessions import Kept
from sidecar.serve.pages.login.visitors import Person, Seal, Visitor, is_fit, person_of
from sidecar.settings.durations import parse_duration
from sidecar.settings.login import LoginSettings

if TYPE_CHECKING:  # Authlib is loaded where a provider is configured, and nowhere else
    from sidecar.serve.pages.login.provider import Attempt, Provider

ON_THE_WAY: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""

FOUND: Final = 302
SEE_OTHER: Final = 303


class OidcDoor:
    """Sends people to the provider, and knows them by a cookie afterwards."""

    leads_in: Final = True

    def __init__(self, login: LoginSettings, provider: "Provider", clock: Clock) -> None:
        self._login = login
        self._provider = provider
        self._lasts = parse_duration(login.lasts)
        self._sessions: Kept[Person] = Kept(clock, self._lasts)
        self._attempts: Kept[Attempt] = Kept(clock, ON_THE_WAY)
        self._seal = Seal()
        self._is_secure = urlsplit(login.address or "").scheme == "https"
        # Only this host, and only over https, can have set a cookie of such a name.
        prefix = "__Host-" if self._is_secure else ""
        self._session_cookie, self._way_cookie = f"{prefix}cardwarden", f"{prefix}cardwarden-way"

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks, by their session."""
        key = request.cookies.get(self._session_cookie)
        person = None if key is None else self._sessions.of(key)
        return None if key is None or person is None else Visitor(person, self._seal.token(key), can_leave=True)

    def go(self, _request: Request) -> Response:
        """To the provider. Raises LoginRefused."""
        browser = secrets.token_urlsafe(32)
        url, state, attempt = self._provider.begin(browser)
        self._attempts.keep(attempt, state)
        answer = RedirectResponse(url, FOUND)
        self._set(answer, self._way_cookie, browser, ON_THE_WAY)
        return answer

    def come_back(self, request: Request) -> Response:
        """From the provider, with its answer: once, in the browser that went. Raises LoginRefused."""
        attempt = self._attempts.take(request.query_params.get("state", ""))
        browser = request.cookies.get(self._way_cookie, "")
        if attempt is None or not hmac.compare_digest(browser.encode(), attempt.browser.encode()):
            raise LoginRefused(_("This login was not begun here, took too long, or was used already. Log in again."))
        known = self._provider.finish(attempt, request.query_params)
        if not is_fit(known.name):
            raise LoginRefused(
                _(
                    "The name that the provider gives cannot be kept in the journal: it is empty, too long, or could "
                    "be a card number. Name another claim in [login] name_claim."
                )
            )
        person = person_of(self._login, known.name, known.groups)
        if person is None:
            raise LoginRefused(_("You are known, but may not see this page: ask whoever runs Cardwarden."))
        answer = RedirectResponse("./", SEE_OTHER)
        self._set(answer, self._session_cookie, self._sessions.keep(person), self._lasts)
        self._forget(answer, self._way_cookie)
        return answer

    def leave(self, request: Request) -> Response:
        """Out. The provider's own session is the provider's."""
        self._sessions.take(request.cookies.get(self._session_cookie, ""))
        answer = RedirectResponse("./", SEE_OTHER)
        self._forget(answer, self._session_cookie)
        return answer

    def _set(self, answer: Response, name: str, value: str, lifetime: timedelta) -> None:
        seconds = int(lifetime.total_seconds())
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=self._is_secure, httponly=True, samesite="lax")

    def _forget(self, answer: Response, name: str) -> None:
        answer.delete_cookie(name, path="/", secure=self._is_secure, httponly=True, samesite="lax")
