"""The port: patrons in, answers out. Patrons are asked for by Koha's own number; card numbers are not sent."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import requests

from adapters.http.line import Line
from adapters.http.options import HttpOptions
from adapters.http.receiving import received
from adapters.http.trouble import TooSlow
from adapters.ilsdi.answers import SERVICE, NotAllowed, NotIlsDi, answer_of
from sidecar.core.gates import GateAnswer
from sidecar.errors import GateError, UnexpectedAnswer
from sidecar.ports import Card

PATH: Final = "/cgi-bin/koha/ilsdi.pl"
LARGEST: Final = 1 << 20
SECONDS_A_CARD: Final = 2.0
FAILURES: Final = 3
"""How many patrons in a row may go without an answer before the rest is left unasked."""

_NOT_NEEDED: Final = {"show_contact": "0", "show_fines": "0", "show_holds": "0", "show_loans": "0"}


class _NoAnswer(Exception):
    """One exchange that came to nothing; the message is the reason. `final`: the next ones would too."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class IlsDiGate:
    """Koha's ILS-DI at the OPAC's address. `today` is the day by which restrictions and cards have ended."""

    def __init__(self, name: str, url: str, options: HttpOptions, *, today: Callable[[], date] = date.today) -> None:
        self._name = name
        self._options = options
        self._today = today
        self._line = Line(url.strip().rstrip("/").removesuffix(PATH), options, time.sleep)

    @property
    def name(self) -> str:
        """What the settings call it."""
        return self._name

    def look(self, cards: Sequence[Card]) -> Sequence[GateAnswer]:
        """What the gate says of each patron. Raises GateError if it says nothing of any."""
        until = time.monotonic() + SECONDS_A_CARD * len(cards) + self._options.read_timeout
        answers: list[GateAnswer] = []
        heard, failure, failures = False, "", 0
        for card in cards:
            if failures < FAILURES and time.monotonic() > until:
                failure, failures = "it is too slow: more than two seconds a card", FAILURES
            if failures < FAILURES:
                try:
                    answers.append(self._ask(card))
                    heard, failures = True, 0
                    continue
                except _NoAnswer as none:
                    failure = str(none)
                    failures = FAILURES if none.final else failures + 1
            answers.append(GateAnswer(patron=card.patron, trouble=failure))
        if failure and not heard:
            raise GateError(f"gate {self._name}: {failure}")
        return tuple(answers)

    def _ask(self, card: Card) -> GateAnswer:
        asked = {"service": SERVICE, "patron_id": card.patron} | _NOT_NEEDED
        body = self._fetched(asked)
        try:
            return answer_of(body, card.patron, self._today())
        except NotAllowed:
            raise _NoAnswer(
                "Koha refuses it: set the preference `ILS-DI` to enabled, and name this machine in "
                "`ILS-DI:AuthorizedIPs`",
                final=True,
            ) from None
        except NotIlsDi:
            raise _NoAnswer(f"what answers at {self._line.url} is not ILS-DI; `url` is the OPAC's address") from None

    def _fetched(self, asked: dict[str, str]) -> bytes:
        deadline = time.monotonic() + self._options.connect_timeout + self._options.read_timeout
        url = self._line.url
        try:
            with (
                self._line.session() as session,
                session.get(
                    url + PATH,
                    params=asked,
                    timeout=self._line.timeout,
                    verify=self._line.verify,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                if response.status_code != requests.codes.ok:
                    raise _NoAnswer(f"{url} answered with {response.status_code}; `url` is the OPAC's address")
                return received(response, call="ILS-DI", deadline=deadline, largest=LARGEST)
        except requests.exceptions.SSLError:
            raise _NoAnswer(f"the certificate of {url} is not trusted; name its authority in `ca_file`") from None
        except (requests.Timeout, TooSlow):
            raise _NoAnswer(f"{url} did not answer in {self._options.read_timeout:g} s; is it overloaded?") from None
        except UnexpectedAnswer:
            raise _NoAnswer(f"{url} sent more than {LARGEST >> 20} MiB for one patron; it is no ILS-DI") from None
        except requests.RequestException:
            raise _NoAnswer(f"no connection to {url}; check `url`, and that the OPAC runs") from None
