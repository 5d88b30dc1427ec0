"""What a failed exchange or an unwelcome answer means: an error to raise, now or after more tries."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import requests
from requests import codes
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from adapters.http.answer import Answer
from sidecar.errors import IlsError, IlsUnreachable, NotAnIls

_BROKEN: Final = (
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
"""How requests tells of a connection that ended before the answer did."""


class NoAnswer(IlsUnreachable):
    """A write was sent and no answer came: it may or may not have been done."""


class TooLate(IlsUnreachable):
    """A read was not answered in time: whoever asked for much may ask for less."""


class TooSlow(Exception):
    """An answer that keeps trickling in past its time."""


class TryAgain(Exception):
    """A try that may be repeated, with the error to raise if it may not any more, and how long to wait if the
    server said so (seconds). `turned_away`: it was asked to leave it alone for a while."""

    def __init__(self, error: IlsError, wait: float | None = None, *, turned_away: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait
        self.turned_away = turned_away


@dataclass(slots=True)
class Call:
    """One call across its tries. `cut` tells that a write was sent and its answer did not come whole, `late` that a
    read was not answered in time, `rested` until when it waited after it was turned away. `large`: the caller itself
    asks for less then, so that it is not tried again."""

    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    final_codes: frozenset[str] = frozenset()
    large: bool = False
    rested: float | None = None
    cut: bool = False
    late: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def failed(call: Call, error: Exception, url: str) -> Exception:
    """What to raise for an exchange that ended without an answer. It never quotes `error`, which holds the query."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return IlsUnreachable(f"the certificate of {url} is not trusted: give its authority as ca_file")
    unsent = _unsent(error, causes, url)
    if unsent:
        return TryAgain(IlsUnreachable(unsent))
    if isinstance(error, TooSlow | requests.ReadTimeout) or any(isinstance(one, ReadTimeoutError) for one in causes):
        return unanswered(call, f"{call} was not answered in time: is the server overloaded?", again=False)
    if isinstance(error, _BROKEN):
        return unanswered(call, f"{call}: the connection broke before the whole answer came", again=True)
    return IlsUnreachable(f"{call} could not be sent: check the address {url}")


def unanswered(call: Call, message: str, *, again: bool) -> Exception:
    """What to raise where the server may have got the request: a write is sent `again` once, or not at all; a read
    that took too long once more, since a server that is overloaded gets no better by it."""
    if not call.writes:
        return TryAgain(IlsUnreachable(message)) if again else _late(call, message)
    if call.cut or not again:
        return NoAnswer(message)
    call.cut = True
    return TryAgain(NoAnswer(message))


def _late(call: Call, message: str) -> Exception:
    if call.late or call.large:
        return TooLate(message)
    call.late = True
    return TryAgain(TooLate(message))


def judged(call: Call, answer: Answer, url: str, longest_wait: float) -> Answer:
    """The answer, if it is one of the API's own; waits that the server asks for end at `longest_wait` seconds."""
    status = answer.status
    if status == codes.service_unavailable and answer.word("error_code") in call.final_codes:
        return answer
    if status in {codes.bad_gateway, codes.gateway_timeout}:
        message = f"{answer}: the web server got no answer from the ILS behind it; is that running?"
        raise unanswered(call, message, again=status == codes.bad_gateway)
    if status in {codes.too_many_requests, codes.service_unavailable}:
        error = IlsUnreachable(f"{answer} every time: the server is overloaded or down for maintenance; try later")
        raise TryAgain(error, _retry_after(answer, longest_wait), turned_away=True)
    if status >= codes.internal_server_error:
        raise IlsUnreachable(f"{answer}: the ILS failed inside; its own log says why")
    if codes.multiple_choices <= status < codes.bad_request:
        raise NotAnIls(f"{answer}, a redirect{_to(answer)}: set the address to where the ILS's API really is")
    if answer.is_web_page:
        raise NotAnIls(f"{answer} with a web page, not with the ILS's API: check the address {url}")
    return answer


def _unsent(error: Exception, causes: tuple[BaseException, ...], url: str) -> str | None:
    """What to check, if there was no connection to send anything on."""
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy on the way to {url} does not answer: check HTTPS_PROXY"
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return f"there is no host of that name: check the address {url}"
    if isinstance(error, requests.ConnectTimeout) or any(isinstance(cause, NewConnectionError) for cause in causes):
        return f"no connection to {url}: check address, port and firewall, and that the ILS is running"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those inside it: requests and urllib3 keep them in args and in `reason`."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _retry_after(answer: Answer, longest: float) -> float | None:
    """Seconds to wait, as `Retry-After` asks for in seconds or as a date, but never more than `longest`."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return min(float(asked), longest)
    try:
        at = parsedate_to_datetime(asked).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), longest)


def _to(answer: Answer) -> str:
    """The host that a redirect leads to, without anything that a query could hold."""
    try:
        target = urlsplit(answer.headers.get("Location", ""))
    except ValueError:
        return ""
    return f" to {target.scheme}://{target.hostname}" if target.scheme and target.hostname else ""
