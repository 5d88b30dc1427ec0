"""The client: calls with a token, tried again within bounds."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

import msgspec
import requests
import tenacity
from requests import codes

from adapters.http.answer import Answer
from adapters.http.line import Line
from adapters.http.options import HttpOptions
from adapters.http.receiving import received
from adapters.http.tokens import Token, Tokens
from adapters.http.trouble import Call, NoAnswer, TooSlow, TryAgain, failed, judged
from sidecar.errors import CredentialsRefused

log = logging.getLogger("cardwarden.http")


def _nothing() -> None:
    pass


class HttpApi:
    """Calls to one server. Safe to use from several threads: each call has a connection of its own.

    `url` is the site's address; paths given to `send` are appended to it. `sleep` waits between tries; `beat` is called
    before each request: a sign of life of whoever makes many.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        options: HttpOptions | None = None,
        *,
        token_path: str = "/api/v1/oauth/token",  # noqa: S107 - an address, not a secret
        sleep: Callable[[float], None] = time.sleep,
        beat: Callable[[], None] = _nothing,
    ) -> None:
        self._options = options or HttpOptions()
        self._line = Line(url, self._options, sleep)
        self._tokens = Tokens(self._line, token_path, client_id, client_secret, self._options)
        self._sleep = sleep
        self._beat = beat
        self._backoff = tenacity.wait_exponential(self._options.first_wait, self._options.longest_wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The site's address, without a slash at its end."""
        return self._line.url

    def close(self) -> None:
        """Let go of all connections."""
        self._line.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
        final_codes: frozenset[str] = frozenset(),
        large: bool = False,
    ) -> Answer:
        """The answer to one call, after as many tries as the package's table allows.

        Any status that the API itself gave as an answer comes back, refusals too; web pages, redirects, refused
        credentials and a server that cannot answer are raised. A POST that only reads has `writes` false.
        `final_codes` are values of `error_code` with which a 503 is an answer and not a hiccup. `large`: a read that is
        not answered in time is TooLate at once, since the caller will ask for less.
        """
        call = Call(method, path, params, json, headers or {}, writes, final_codes, large)
        tries = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._options.attempts),
                tenacity.stop_before_delay(self._options.give_up_after),
            ),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(TryAgain),
            before_sleep=partial(self._before_sleep, call),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return replace(tries(self._once, call), after_unanswered_write=call.cut)
        except TryAgain as last:
            if call.cut and not isinstance(last.error, NoAnswer):
                raise NoAnswer(f"{call} was sent and its answer did not come; then: {last.error}") from None
            raise last.error from None

    def _once(self, call: Call) -> Answer:
        token = self._tokens.current()
        answer = self._exchange(call, token)
        if answer.status == codes.unauthorized:
            answer = self._exchange(call, self._tokens.current(refused=token))
        if answer.status == codes.unauthorized:
            raise CredentialsRefused(f"{answer} with a fresh token: check that the API key and its user are active")
        return judged(call, answer, self.url, self._options.longest_retry_after)

    def _exchange(self, call: Call, token: Token) -> Answer:
        self._beat()
        with self._line.session() as session:
            self._line.pace.wait(call.rested)
            call.rested = None
            deadline = time.monotonic() + self._options.give_up_after
            try:
                with session.request(
                    call.method,
                    self.url + call.path,
                    params=call.params,
                    data=None if call.json is None else msgspec.json.encode(call.json),
                    headers=dict(call.headers) | ({} if call.json is None else {"Content-Type": "application/json"}),
                    auth=token.sign(),
                    timeout=self._line.timeout,
                    verify=self._line.verify,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    largest = self._options.largest_answer
                    body = received(response, call=call, deadline=deadline, largest=largest)
                    return Answer(call.method, call.path, response.status_code, response.headers, body)
            except (requests.RequestException, TooSlow) as error:
                raise failed(call, error, self.url) from None

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = _error_of(state)
        return error.wait if isinstance(error, TryAgain) and error.wait is not None else self._backoff(state)

    def _before_sleep(self, call: Call, state: tenacity.RetryCallState) -> None:
        """Where one call is turned away the others, in other threads, would be too: they wait with it."""
        _note(call, state)
        error = _error_of(state)
        if isinstance(error, TryAgain) and error.turned_away:
            call.rested = self._line.pace.rest(state.upcoming_sleep)


def _error_of(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _note(call: Call, state: tenacity.RetryCallState) -> None:
    error = _error_of(state)
    log.info("trying %s again in %.1f s: %s", call, state.upcoming_sleep, error)
