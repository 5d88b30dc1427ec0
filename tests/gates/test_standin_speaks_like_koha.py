"""The stand-in's gate is held against what a real Koha 23.05.04 answered (`recorded/sip2.json`, invented patrons).

Each patron is brought into the recorded state; every recorded question must then get its answer, byte for byte.
"""

import json
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.standin.library.library import Library, build_library
from adapters.standin.sip2 import StandinGate
from adapters.standin.sip2.account import Account

RECORDED = json.loads((Path(__file__).parent / "recorded" / "sip2.json").read_text())
DEBT = "Kortet er spærret. Log på Dit Betalingsoverblik, eller spørg personalet."
PIN = "Kortet er spærret. Henvend dig på dit bibliotek, og husk gyldig billedlegitimation."
PASSWORD = "the one that was masked"
PLACES = {
    "debt blocked": "C1000160",
    "replacement blocked": "C1001002",
    "pin blocked": "C1000403",
    "lost card": "C1000504",
    "foreign MANUAL": "C1000005",
    "owes 60, clear by the policy, noissuescharge 5": "C1000006",
    "wrong checksum inside the message": "C1000006",
    "free": "C1000001",
    "expired card": "C1002999",
}


class Terminal:
    """A plain terminal: sends what it is given, and gives what comes back up to the end of the line."""

    def __init__(self, gate: StandinGate) -> None:
        self._line = socket.create_connection((gate.host, gate.port), timeout=5)
        self._answers = self._line.makefile("rb")
        self.ask(f"9300CN{gate.account.user}|CO{gate.account.password}|CPTVA|")

    def ask(self, message: str | bytes) -> bytes:
        sent = message if isinstance(message, bytes) else message.encode()
        self._line.sendall(sent + b"\r")
        answer = b""
        while not answer.endswith(b"\r"):
            part = self._answers.read(1)
            if not part:
                raise EOFError
            answer += part
        return answer.strip(b"\r\n")

    def close(self) -> None:
        self._answers.close()
        self._line.close()


class StandingClock:
    """Gives the recorded second, whatever the machine's clock says."""

    def __init__(self, library: Library) -> None:
        self._clock = library.clock
        self.second = 0

    def stand_at(self, stamp: str) -> None:
        hours, minutes, seconds = int(stamp[:2]), int(stamp[2:4]), int(stamp[4:])
        self.second = hours * 3600 + minutes * 60 + seconds

    def now(self) -> int:
        today = self._clock.local(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        return int((today + timedelta(seconds=self.second)).timestamp())


@pytest.fixture(scope="module")
def library() -> Library:
    library = build_library(600, today=date(2026, 11, 26))
    names = iter(library.ascending(100))

    def somebody(card: str, name: str, surname: str, born: str, category: str, **more: object) -> int:
        patron = next(names)
        patron.lines.clear()
        patron.restrictions.clear()
        patron.card_number, patron.first_name, patron.surname = card, name, surname
        patron.category_id, patron.born = category, date.fromisoformat(born)
        patron.expires, patron.attempts, patron.card_lost = date(2030, 1, 1), 0, False
        patron.debarred = patron.debarred_comment = None
        patron.other["email"] = more["email"]
        return patron.id

    debt = somebody("C1000160", "Given160", "Seed160", "1956-03-17", "CB", email="p160@example.org")
    library.charge(debt, "OVERDUE", "67.57")
    library.staff_restricts(debt, "CW_DEBT", DEBT)
    replacement = somebody("C1001002", "Given63", "Seed5", "1967-08-01", "BĐ", email="p1002@example.org")
    library.charge(replacement, "LOST", "120.00")
    library.staff_restricts(replacement, "CW_REPLACEMENT", DEBT)
    pin = somebody("C1000403", "Given90", "Seed403", "1980-10-28", "BĐ", email="p403@example.org")
    library.staff_restricts(pin, "CW_PIN", PIN)
    lost = somebody("C1000504", "Given191", "Seed504", "1991-01-21", "BĐ", email="p504@example.org")
    library.card_lost(lost)
    library.staff_restricts(lost, "CW_LOST_CARD", PIN)
    foreign = somebody("C1000005", "Given5", "Seed5", "1940-07-04", "CB", email="p5@example.org")
    library.staff_restricts(foreign, "MANUAL", "Staff note: ask")
    owing = somebody("C1000006", "Given6", "Seed6", "1940-08-10", "BĐ", email="p6@example.org")
    library.charge(owing, "MANUAL", "60.00")
    somebody("C1000001", "Given1", "Seed1", "1940-02-07", "BĐ", email="p1@example.org")
    expired = somebody("C1002999", "Given182", "Seed8", "1948-02-11", "BĐ", email="p2999@example.org")
    library.change_patron(expired, expires=date(2026, 11, 25))
    return library


@pytest.fixture(scope="module")
def terminal(library: Library) -> Iterator[Terminal]:
    with StandinGate(library, Account(password=PASSWORD, institution="TVA")) as gate:
        terminal = Terminal(gate)
        yield terminal
        terminal.close()


def recorded_moment(answer: str) -> str:
    return {"98": answer[26:32], "24": answer[31:37], "64": answer[31:37]}[answer[:2]]


@pytest.mark.parametrize(
    "exchange", RECORDED[1:], ids=[f"{exchange['what']} {exchange['sent'][:2]}" for exchange in RECORDED[1:]]
)
def test_a_recorded_question_gets_the_recorded_answer(
    terminal: Terminal, library: Library, exchange: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StandingClock(library)
    clock.stand_at(recorded_moment(exchange["got"]))
    monkeypatch.setattr(library, "now", clock.now)
    assert terminal.ask(exchange["sent"]) == exchange["got"].encode()
    assert exchange["what"] in PLACES or exchange["what"] in {"sc status", "no such card"}


def test_a_login_is_answered_with_its_own_number(library: Library) -> None:
    with StandinGate(library) as gate:
        terminal = Terminal(gate)
        assert terminal.ask(f"9300CN{gate.account.user}|CO{gate.account.password}|CPTVA|") == b"941"
        assert terminal.ask("9300CNsomebody|COelse|CPTVA|") == b"940"
        terminal.close()


def test_who_has_not_logged_in_is_hung_up_on(library: Library) -> None:
    with StandinGate(library) as gate, socket.create_connection((gate.host, gate.port), timeout=5) as line:
        line.sendall(b"9900302.00\r")
        assert line.recv(100) == b""


def test_a_wrong_checksum_and_an_unknown_message_are_asked_for_again(terminal: Terminal) -> None:
    assert terminal.ask("9900302.00AY1AZ0000") == b"96AZFEF6"
    assert terminal.ask("7700302.00") == b"96"


def test_what_is_sent_once_more_has_lost_its_number(terminal: Terminal) -> None:
    first = terminal.ask(RECORDED[-3]["sent"])
    again = terminal.ask("97AZFEF5")
    assert again[:-9] == first[:-9]
    assert again[-9:-6] == b"AY0"


@pytest.mark.parametrize(
    ("limit", "flags"),
    [("5", "YYYY      YY  "), ("", "YYYY      YY  "), ("0", "YYYY      YY  "), ("100000", " " * 14), ("60", " " * 14)],
)
def test_an_empty_limit_of_fines_counts_as_5_and_is_to_be_exceeded(
    terminal: Terminal, library: Library, limit: str, flags: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(library.preferences, "noissuescharge", limit)
    answer = terminal.ask("2300020261126    225348AOTVA|AAC1000006|AC|").decode()
    assert answer[2:16] == flags
    assert "Patron owes 60.00" in answer


def test_credit_does_not_count_against_charges(
    terminal: Terminal, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron = next(patron for patron in library.patrons.values() if patron.card_number == "C1000006")
    credit = library.new_line(patron, "PAYMENT", -60_000_000)
    credit.credit = True
    answer = terminal.ask("2300020261126    225348AOTVA|AAC1000006|AC|").decode()
    patron.lines.remove(credit)
    assert answer[2:16] == "YYYY          "
    assert "Patron blocked by fines" not in answer
    assert "Patron owes 60.00" in answer
