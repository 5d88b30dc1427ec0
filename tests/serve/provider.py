"""An OpenID Connect provider on loopback: authorization code flow with PKCE, discovery, keys, signed id tokens. It is
as strict as a real one, and can be told to answer wrongly."""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "cardwarden", "a client's secret"


@dataclass
class Provider:
    """What it knows, and what it is to get wrong."""

    url: str
    people: dict[str, dict[str, Any]]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    published: RSAKey | None = None
    wrong: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "first"})
    userinfo: dict[str, Any] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_down: bool = False
    takes: str = "client_secret_basic"

    def of_itself(self) -> dict[str, Any]:
        return {
            "issuer": self.wrong.get("discovered", self.url),
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            **({} if self.userinfo is None else {"userinfo_endpoint": f"{self.url}/userinfo"}),
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": [self.takes],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    def signed(self, code: Mapping[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": code["nonce"],
            **self.people[code["who"]],
            **{name: value for name, value in self.wrong.items() if name != "discovered"},
        }
        claims = {name: value for name, value in claims.items() if name not in self.without}
        if self.header["alg"] == "none":
            parts = (json.dumps(each).encode() for each in (self.header, claims))
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        return jwt.encode(self.header, claims, self.key)

    def token(self, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        scheme, _, given = authorization.partition(" ")
        if self.takes == "client_secret_post":
            client = [form.get("client_id", ""), form.get("client_secret", "")]
        else:
            client = [unquote_plus(part) for part in b64decode(given).decode().split(":", 1)] if scheme else []
        code = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        problem = (
            "client" if client != [CLIENT, SECRET]
            else "code" if code is None
            else "redirect" if form.get("redirect_uri") != code["redirect_uri"]
            else "pkce" if challenge.decode().rstrip("=") != code["code_challenge"]
            else None
        )  # fmt: skip
        if problem or code is None:
            self.refused.append(str(problem))
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": f"for {code['who']}", "token_type": "Bearer", "expires_in": 300}
        return 200, answer | {"id_token": self.signed(code)}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, _plain(urlsplit(self.path).query)
        self.provider.asked.append(path)
        if self.provider.is_down:
            self._answer(503, "down")
        elif path == "/.well-known/openid-configuration":
            self._json(200, self.provider.of_itself())
        elif path == "/favicon.ico":
            self._answer(204, "")
        elif path == "/keys":
            key = self.provider.published or self.provider.key
            self._json(200, {"keys": [key.as_dict(private=False)]})
        elif path == "/userinfo":
            self._json(200, self.provider.userinfo or {})
        elif path == "/authorize":
            fields = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
                for name, value in query.items()
            )
            self._answer(
                200,
                f'<!doctype html><title>Provider</title><form method="post" action="/authorize">{fields}'
                '<label>Who <input name="who" autofocus></label><button>Log in</button></form>',
            )
        else:
            self._answer(404, "no such page")

    def do_POST(self) -> None:
        form = _plain(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
        if self.path == "/token":
            self._json(*self.provider.token(form, self.headers.get("Authorization", "")))
            return
        assert form["response_type"] == "code"
        assert form["code_challenge_method"] == "S256"
        assert form["client_id"] == CLIENT
        assert "openid" in form["scope"].split()
        if form["who"] in self.provider.people:
            code = secrets.token_urlsafe(16)
            self.provider.codes[code] = form
            back = {"code": code, "state": form["state"]}
        else:
            back = {"error": "access_denied", "state": form["state"]}
        self.send_response(303)
        self.send_header("Location", f"{form['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass

    def _json(self, status: int, value: object) -> None:
        self._answer(status, json.dumps(value), "application/json")

    def _answer(self, status: int, text: str, kind: str = "text/html") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())


def _plain(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


@contextmanager
def a_provider(**people: list[str]) -> Iterator[Provider]:
    """With these people, each by name with their groups."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    known = {
        name: {"sub": f"subject of {name}", "preferred_username": name, "groups": groups}
        for name, groups in people.items()
    }
    provider = Provider(f"http://127.0.0.1:{server.server_port}", known)
    server.RequestHandlerClass.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
