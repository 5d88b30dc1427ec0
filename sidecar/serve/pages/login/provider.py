"""An OpenID Connect provider, by Authlib: the authorization code flow with PKCE. Loaded where one is configured."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sidecar.errors import LoginRefused
from sidecar.language import _
from sidecar.ports import Clock
from sidecar.settings.addresses import keeps_its_secret
from sidecar.settings.login import LoginSettings

_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""Signatures by a key that the provider alone has. `none` and those by a shared secret are not among them."""

_PATIENCE: Final = 10.0
"""Seconds for each of the provider's answers."""

_CURRENT_FOR: Final = timedelta(hours=1)
"""How long what the provider says of itself is believed."""

_LEEWAY: Final = 60
"""Seconds by which its clock and ours may differ."""

_BASIC: Final = "client_secret_basic"

_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that has begun: what its answer must fit, and the browser that began it."""

    browser: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the provider says of a person: the name by which they are known here, and their groups."""

    name: str
    groups: Sequence[str]


class Provider:
    """The provider of the settings. It may be used by several threads."""

    def __init__(self, login: LoginSettings, secret: str, ca_file: str | None, clock: Clock) -> None:
        self._login = login
        self._secret = secret
        self._verify: str | bool = True if ca_file is None else ca_file
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, Any] = {}
        self._said_at = clock.now() - 2 * _CURRENT_FOR

    @property
    def _answer_address(self) -> str:
        return f"{(self._login.address or '').rstrip('/')}/signed-in"

    def begin(self, browser: str) -> tuple[str, str, Attempt]:
        """Where to send the browser, the state that it brings back, and what the answer must fit.

        Raises LoginRefused if the provider cannot be asked.
        """
        attempt = Attempt(browser, generate_token(32), generate_token(64))
        of_itself = self._of_itself()
        with self._session(of_itself) as session:
            url, state = session.create_authorization_url(
                of_itself["authorization_endpoint"],
                state=generate_token(32),
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return url, state, attempt

    def check(self) -> None:
        """See that the provider answers, is the one that the settings name, and has keys. Raises LoginRefused."""
        try:
            self._keys()
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise LoginRefused(_("The provider's answer cannot be used.")) from error

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Known:
        """Who logged in, by the answer that the browser brought back. Raises LoginRefused."""
        if answer.get("iss", self._login.issuer) != self._login.issuer:
            raise LoginRefused(_("The answer is from another provider."))
        if not answer.get("code"):
            raise LoginRefused(_("The provider did not let you in."))
        of_itself = self._of_itself()
        try:
            with self._session(of_itself) as session:
                token = session.fetch_token(
                    of_itself["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=attempt.verifier,
                    allow_redirects=False,
                )
        except (OAuthError, requests.RequestException, ValueError) as error:
            raise _unreachable() from error
        return self._known(self._verified(token, attempt), token)

    def _verified(self, token: Mapping[str, Any], attempt: Attempt) -> Mapping[str, Any]:
        """The claims of an id token that this provider signed, for us, in answer to this attempt, a moment ago."""
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise LoginRefused(_("The provider's answer cannot be used."))
        try:
            signed = self._opened(raw)
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self._login.issuer},
                    "aud": {"essential": True, "value": self._login.client_id},
                },
                params={
                    "nonce": attempt.nonce,
                    "client_id": self._login.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise LoginRefused(_("The provider's answer cannot be used.")) from error
        return dict(claims)

    def _opened(self, raw: str) -> jwt.Token:
        """The token, its signature checked; with keys asked for anew if it was signed by one that is not known."""
        named = self._of_itself().get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = sorted(_ALGORITHMS.intersection(named))
        try:
            return jwt.decode(raw, self._keys(), algorithms=algorithms)
        except (JoseError, ValueError):
            return jwt.decode(raw, self._keys(anew=True), algorithms=algorithms)

    def _known(self, claims: Mapping[str, Any], token: Mapping[str, Any]) -> Known:
        login, endpoint = self._login, self._of_itself().get("userinfo_endpoint")
        if isinstance(endpoint, str) and not {login.name_claim, login.groups_claim} <= claims.keys():
            said = self._ask(endpoint, bearer=str(token.get("access_token", "")))
            if said.get("sub") == claims["sub"]:
                claims = {**said, **claims}
        name = claims.get(login.name_claim)
        if not isinstance(name, str) or (login.name_claim == "email" and claims.get("email_verified") is not True):
            raise LoginRefused(_("The provider does not say who you are: the claim {claim}.", claim=login.name_claim))
        groups = claims.get(login.groups_claim)
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        return Known(name.strip(), [each for each in listed if isinstance(each, str)])

    def _of_itself(self) -> dict[str, Any]:
        """What the provider says of itself, asked for once an hour."""
        with self._lock:
            now = self._clock.now()
            if now - self._said_at < _CURRENT_FOR:
                return self._said
            said = self._ask(f"{(self._login.issuer or '').rstrip('/')}/.well-known/openid-configuration")
            told = [said.get(name) for name in _ENDPOINTS]
            if said.get("issuer") != self._login.issuer or not all(
                isinstance(each, str) and keeps_its_secret(each) for each in told
            ):
                raise LoginRefused(_("The provider's answer cannot be used."))
            self._said, self._said_at = said, now
            return said

    def _keys(self, *, anew: bool = False) -> KeySet:
        of_itself = self._of_itself()
        with self._lock:
            if anew or "keys" not in of_itself:
                of_itself["keys"] = KeySet.import_key_set(self._ask(of_itself["jwks_uri"]))  # type: ignore[arg-type]
            keys: KeySet = of_itself["keys"]
            return keys

    def _ask(self, url: str, *, bearer: str | None = None) -> dict[str, Any]:
        headers = {"Accept": "application/json"} | ({} if bearer is None else {"Authorization": f"Bearer {bearer}"})
        try:
            answer = requests.get(url, headers=headers, timeout=_PATIENCE, verify=self._verify, allow_redirects=False)
            said = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError) as error:
            raise _unreachable() from error
        if not isinstance(said, dict):
            raise _unreachable()
        return said

    def _session(self, of_itself: Mapping[str, Any]) -> Any:
        takes = of_itself.get("token_endpoint_auth_methods_supported") or [_BASIC]
        session = OAuth2Session(
            self._login.client_id,
            self._secret,
            scope=" ".join(self._login.scopes),
            redirect_uri=self._answer_address,
            code_challenge_method="S256",
            token_endpoint_auth_method=_BASIC if _BASIC in takes else "client_secret_post",
            default_timeout=_PATIENCE,
        )
        session.verify = self._verify
        return session


def _unreachable() -> LoginRefused:
    return LoginRefused(_("The login's provider cannot be asked. Try again later."))
