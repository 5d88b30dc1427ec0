"""OAuth2 client credentials: a bearer token that is there when it is needed.

By Authlib rather than by hand for its client authentication and its reading of a token's lifetime. Recorded from
Koha 23.05: `client_secret_post`, tokens of 3600 s, no refresh tokens; a bad secret is 403 `access_denied`, a bad
client 403 `unauthorized_client`, and the preference switched off 400 `Unimplemented grant type`.
"""

import threading
import time
from collections.abc import Mapping
from typing import Final

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Auth, OAuth2Session
from requests import codes

from adapters.http.answer import Answer
from adapters.http.line import Line
from adapters.http.options import HttpOptions
from adapters.http.receiving import received
from adapters.http.trouble import Call, TooSlow, failed, judged
from sidecar.errors import CredentialsRefused, NotAnIls, UnexpectedAnswer

LARGEST_TOKEN: Final = 1 << 20
"""Bytes of an answer with a token. Real ones have some hundred."""

LEEWAY: Final = 60.0
"""Seconds before its end at which a token is replaced; never more than a tenth of its life."""


class Token:
    """A bearer token as Authlib keeps it."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        lifetime = values.get("expires_in")
        self._leeway = min(LEEWAY, lifetime / 10) if isinstance(lifetime, int | float) else LEEWAY

    @property
    def is_ending(self) -> bool:
        """Whether it is time for another one."""
        ends = self._values.get("expires_at")
        return isinstance(ends, int) and ends - self._leeway < time.time()

    def sign(self) -> requests.auth.AuthBase:
        """What puts the token on a request."""
        auth: requests.auth.AuthBase = OAuth2Auth(self._values)
        return auth


class Tokens:
    """The token in use, shared by all threads."""

    def __init__(self, line: Line, path: str, client_id: str, client_secret: str, options: HttpOptions) -> None:
        self._line = line
        self._path = path
        self._client_id = client_id
        self._client_secret = client_secret
        self._options = options
        self._token: Token | None = None
        self._lock = threading.Lock()

    def current(self, *, refused: Token | None = None) -> Token:
        """The token in use; a new one if there is none, it is about to end, or it is the one just refused."""
        with self._lock:
            token = self._token
            if token is None or token is refused or token.is_ending:
                self._token = token = self._fetched()
            return token

    def _fetched(self) -> Token:
        with OAuth2Session(self._client_id, self._client_secret, "client_secret_post") as session:
            self._line.prepare(session)
            session.register_compliance_hook("access_token_response", self._checked)
            self._line.pace.wait()
            try:
                values = session.fetch_token(
                    self._line.url + self._path,
                    grant_type="client_credentials",
                    timeout=self._line.timeout,
                    verify=self._line.verify,
                    allow_redirects=False,
                    stream=True,
                )
            except (requests.RequestException, TooSlow) as error:
                raise failed(Call("POST", self._path), error, self._line.url) from None
            except (OAuthError, ValueError, TypeError):
                raise UnexpectedAnswer(f"POST {self._path} answered with something that is no token") from None
        if not isinstance(values.get("access_token"), str) or str(values.get("token_type")).lower() != "bearer":
            raise UnexpectedAnswer(f"POST {self._path} answered without a bearer token")
        return Token(values)

    def _checked(self, response: requests.Response) -> requests.Response:
        """The response, if it is for Authlib to read."""
        call = Call("POST", self._path)
        deadline = time.monotonic() + self._options.give_up_after
        with response:
            body = received(response, call=call, deadline=deadline, largest=LARGEST_TOKEN)
        response._content = body  # noqa: SLF001 - Authlib reads the response again
        answer = Answer("POST", self._path, response.status_code, response.headers, body)
        judged(call, answer, self._line.url, self._options.longest_retry_after)
        if answer.status == codes.not_found:
            raise NotAnIls(f"{answer}: no API here; the address is that of the site, without /api/v1: {self._line.url}")
        if answer.status >= codes.bad_request:
            raise CredentialsRefused(f"{answer} {_hint(answer)}")
        return response


def _hint(answer: Answer) -> str:
    match answer.word("error"):
        case "unauthorized_client" | "invalid_client":
            return "(unauthorized client): check client_id"
        case "access_denied":
            return "(access denied): check client_secret, and that the API key is active"
        case "Unimplemented grant type":
            return "(grant type not offered): switch on Koha's preference RESTOAuth2ClientCredentials"
    return "to the API key: check client_id and client_secret"
