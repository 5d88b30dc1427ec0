"""A gate that misbehaves ends in one clear line, soon, and with no card taken for what it is not."""

import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.sip2 import Sip2Gate, Sip2Options
from adapters.sip2.connection import LARGEST
from adapters.sip2.gate import BREAKS
from sidecar.core.gates import GateAnswer, Privilege, Remark
from sidecar.core.model import UNKNOWN
from sidecar.errors import GateError
from sidecar.ports import Card
from tests.gates.servers import BLOCKED, FREE, STATUS, Holds, card_in, certified, greeted, message, sealed, serving

TIMEOUT = 0.4
"""Seconds, where an answer is not to come; elsewhere there is time enough."""
CARD = Card("7", "0107000007")
CARDS = tuple(Card(str(number), f"01070000{number:02d}") for number in range(10, 20))


def gate(port: int, **more: object) -> Sip2Gate:
    options: dict[str, object] = {"host": "127.0.0.1", "port": port, "user": "check", "timeout": 10.0}
    return Sip2Gate("counter", Sip2Options(**(options | more)))  # type: ignore[arg-type]


def look(hold: Holds, *cards: Card, **more: object) -> list[GateAnswer]:
    with serving(hold) as port:
        return list(gate(port, **more).look(cards or (CARD,)))


def failure(hold: Holds, **more: object) -> str:
    """The one line in which it ends, without the gate's name; a second look says the same."""
    with serving(hold) as port, pytest.raises(GateError) as raised:
        gate(port, **more).look((CARD,))
    line = str(raised.value)
    assert line.startswith("gate counter: ")
    assert "\n" not in line
    assert CARD.number not in line
    return line.removeprefix("gate counter: ")


def answering(answer: Callable[[bytes], bytes], status: bytes = STATUS) -> Holds:
    """A gate that greets, and then answers each question so."""

    def hold(line: socket.socket) -> None:
        greeted(line, status)
        while True:
            asked = message(line)
            line.sendall(answer(asked))

    return hold


def plain(body: bytes) -> Callable[[bytes], bytes]:
    """Answers each question by this, about the card it is asked about."""
    return lambda asked: sealed(body + b"AOHB|AA" + card_in(asked) + b"|BLY|AFHello|", asked)


# What it says of itself


def test_a_refused_login() -> None:
    assert "refused the login" in failure(lambda line: line.sendall(sealed(b"940", message(line))))


def test_another_library_s_gate() -> None:
    said = failure(greeted, institution="VIBY")
    assert "another library" in said
    assert "HB" not in said


def test_a_gate_that_is_off_line() -> None:
    assert "off line" in failure(lambda line: greeted(line, STATUS.replace(b"98Y", b"98N")))


def test_a_gate_that_answers_no_questions_about_patrons() -> None:
    assert "no questions about patrons" in failure(
        lambda line: greeted(line, STATUS.replace(b"BXYYYYYYYYY", b"BXNYYYYYYYN"))
    )


def test_a_gate_without_message_23_is_asked_by_63() -> None:
    asked_by = []

    def answer(asked: bytes) -> bytes:
        asked_by.append(asked[:2])
        return sealed(b"64" + BLOCKED[2:] + b"0000" * 6 + b"AOHB|AA" + card_in(asked) + b"|BLY|", asked)

    (said,) = look(answering(answer, STATUS.replace(b"BXY", b"BXN")))
    assert asked_by == [b"63"]
    assert not any(said.allowed.values())


def test_the_institution_is_the_gate_s_own_unless_one_is_named() -> None:
    seen = []

    def answer(asked: bytes) -> bytes:
        seen.append(asked.partition(b"AO")[2].partition(b"|")[0])
        return plain(FREE)(asked)

    look(answering(answer))
    look(answering(answer), institution="HB")
    assert seen == [b"HB", b"HB"]


# What is no answer


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (b"what?\r", "no SIP2 message"),
        (b"\x00\x01\x02\xff\r", "no SIP2 message"),
        (b"24\r", "no SIP2 message"),
        (b"94Y\r", "no SIP2 message"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "a web server answers"),
        (b"login: ", "login by telnet"),
        (b"\xff\xfd\x18\xff\xfd\x20", "login by telnet"),
        (b"\x15\x03\x01\x00\x02\x02\x50", "it speaks TLS; set `tls = true`"),
        (b"96AZFEF6\r", "asks twice"),
        (b"941AY5AZFDF8\r", "another question"),
        (b"941AY0AZ0000\r", "checksum of its answer is wrong, twice"),
    ],
)
def test_nonsense(said: bytes, line: str) -> None:
    def hold(connection: socket.socket) -> None:
        while True:
            message(connection)
            connection.sendall(said)

    assert line in failure(hold, timeout=10.0 if said.endswith(b"\n") or b"\r" in said else TIMEOUT)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(GateError, match="nothing listens"):
        gate(port).look((CARD,))


def test_no_such_host() -> None:
    with pytest.raises(GateError, match=r"no host of the name no-such-host\.invalid"):
        gate(6001, host="no-such-host.invalid").look((CARD,))


def test_closed_at_once() -> None:
    assert "may want TLS" in failure(lambda line: None)


def test_broken_off_in_an_answer() -> None:
    def hold(line: socket.socket) -> None:
        greeted(line)
        message(line)
        line.sendall(BLOCKED[:20])

    assert failure(hold) == "it closed the connection in place of an answer"


def test_silence() -> None:
    began = time.monotonic()
    assert "no whole answer in 0.4 s" in failure(lambda line: line.recv(1000) and time.sleep(3), timeout=TIMEOUT)
    assert time.monotonic() - began < BREAKS * TIMEOUT + 2


def test_an_answer_that_trickles_is_not_waited_for_longer_than_one_that_does_not_come() -> None:
    def hold(line: socket.socket) -> None:
        message(line)
        for _ in range(200):
            line.sendall(b"9")
            time.sleep(0.05)

    began = time.monotonic()
    assert "no whole answer" in failure(hold, timeout=TIMEOUT)
    assert time.monotonic() - began < BREAKS * TIMEOUT + 2


@pytest.mark.parametrize("flood", [b"A" * 65536, b"\r\n" * 32768, b"\x00" * 65536])
def test_an_answer_without_an_end_is_cut(flood: bytes) -> None:
    def hold(line: socket.socket) -> None:
        message(line)
        for _ in range(2000):
            line.sendall(flood)

    with serving(hold) as port:
        tracemalloc.start()
        began = time.monotonic()
        with pytest.raises(GateError, match=r"without ending|no whole answer"):
            gate(port, timeout=5.0).look((CARD,))
        took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert took < 5
    assert peak < LARGEST * 10


def test_answers_that_nobody_asked_for_are_taken_for_no_card() -> None:
    answers = look(answering(lambda asked: plain(FREE)(asked) + plain(BLOCKED)(asked) * 50), *CARDS)
    heard = [each for each in answers if each.trouble is None]
    assert 1 <= len(heard) <= BREAKS + 1
    assert all(all(each.allowed.values()) for each in heard)
    assert "another question" in str(answers[-1].trouble)


def test_a_slow_gate_is_left_when_it_takes_too_long_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sip2.gate.SECONDS_A_CARD", 0.02)

    def answer(asked: bytes) -> bytes:
        time.sleep(0.2)
        return plain(FREE)(asked)

    answers = look(answering(answer), *CARDS, timeout=1.0)
    assert [each.patron for each in answers] == [card.patron for card in CARDS]
    assert answers[0].trouble is None
    assert "too slow" in str(answers[-1].trouble)


# Encryption


def handshaking(context: ssl.SSLContext) -> Holds:
    """A gate that shakes hands, and says nothing more."""

    def hold(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as encrypted:
            encrypted.recv(1)

    return hold


def test_tls_is_spoken_with_a_gate_that_is_trusted(tmp_path: Path) -> None:
    context, ca_file = certified(tmp_path)

    def hold(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as encrypted:
            answering(plain(BLOCKED))(encrypted)

    (said,) = look(hold, tls=True, ca_file=ca_file)
    assert said.allowed == dict.fromkeys(Privilege, False)


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    context, _ = certified(tmp_path)
    said = failure(handshaking(context), tls=True)
    assert "certificate of 127.0.0.1:" in said
    assert "`ca_file`" in said


def test_a_certificate_of_another_name(tmp_path: Path) -> None:
    context, ca_file = certified(tmp_path, "127.0.0.9")
    said = failure(handshaking(context), tls=True, ca_file=ca_file)
    assert "not trusted for that name" in said


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    assert "cannot be read as certificates" in failure(lambda line: None, tls=True, ca_file=tmp_path / "ca.pem")
    assert "cannot be read as certificates" in failure(lambda line: None, tls=True, ca_file=tmp_path / "none.pem")


def test_a_gate_without_tls_where_tls_is_asked_for() -> None:
    assert "does not speak TLS" in failure(answering(plain(FREE)), tls=True, timeout=TIMEOUT)


def test_a_gate_with_tls_where_none_is_asked_for(tmp_path: Path) -> None:
    context, _ = certified(tmp_path)

    assert "TLS" in failure(handshaking(context))


# One card among others


def test_a_gate_that_breaks_off_at_one_card_is_called_again_and_goes_on() -> None:
    broken = []

    def hold(line: socket.socket) -> None:
        greeted(line)
        while True:
            asked = message(line)
            if card_in(asked) == CARDS[4].number.encode() and not broken:
                broken.append(asked)
                return
            line.sendall(plain(FREE)(asked))

    answers = look(hold, *CARDS)
    assert broken
    assert [each.trouble for each in answers] == [None] * len(CARDS)


def test_a_gate_that_goes_away_leaves_the_rest_without_an_answer() -> None:
    calls = []

    def hold(line: socket.socket) -> None:
        calls.append(line)
        if len(calls) > 1:
            return
        greeted(line)
        for _ in range(3):
            line.sendall(plain(BLOCKED)(message(line)))

    answers = look(hold, *CARDS)
    assert [each.trouble is None for each in answers] == [True] * 3 + [False] * 7
    assert all("closed the connection" in str(each.trouble) for each in answers[3:])
    assert len(calls) == BREAKS


def test_an_answer_about_another_card_is_none() -> None:
    other = CARDS[0].number.encode()

    def answer(asked: bytes) -> bytes:
        return sealed(BLOCKED + b"AOHB|AA" + other + b"|BLY|", asked)

    answers = look(answering(answer), *CARDS[:3])
    assert answers[0].trouble is None
    assert [each.trouble for each in answers[1:]] == ["the gate answered for another card"] * 2


def test_a_late_answer_is_never_taken_for_that_of_the_next_card() -> None:
    def hold(line: socket.socket) -> None:
        greeted(line)
        first = message(line)
        if card_in(first) == CARDS[0].number.encode():
            time.sleep(TIMEOUT * 1.5)
        line.sendall(plain(BLOCKED)(first))
        while True:
            line.sendall(plain(FREE)(message(line)))

    answers = look(hold, *CARDS[:3], timeout=TIMEOUT)
    assert answers[0].trouble is not None
    assert [each.allowed for each in answers[1:]] == [dict.fromkeys(Privilege, False), dict.fromkeys(Privilege, True)]


def test_a_card_number_that_no_message_can_carry_is_not_asked_about() -> None:
    cards = (Card("1", "a|b"), Card("2", "Đ"), Card("3", "0107000003"))
    answers = look(answering(plain(FREE)), *cards, encoding="cp850")
    assert [each.trouble is None for each in answers] == [False, False, True]
    assert "SIP2 cannot carry" in str(answers[0].trouble)


# What is sent again


def test_an_answer_with_a_wrong_checksum_is_asked_for_once_more() -> None:
    asked_again = []

    def hold(line: socket.socket) -> None:
        greeted(line)
        asked = message(line)
        good = plain(BLOCKED)(asked)
        line.sendall(good.replace(b"AFHello", b"AFHallo"))
        asked_again.append(message(line))
        line.sendall(sealed(good[:-10], b"AY0AZ0000"))
        line.recv(1)

    (said,) = look(hold)
    assert asked_again == [b"97AZFEF5"]
    assert said.trouble is None
    assert not any(said.allowed.values())


def test_a_question_that_arrived_garbled_is_sent_once_more_as_it_was() -> None:
    asked = []

    def hold(line: socket.socket) -> None:
        greeted(line)
        asked.append(message(line))
        line.sendall(b"96AZFEF6\r")
        asked.append(message(line))
        line.sendall(plain(FREE)(asked[-1]))
        line.recv(1)

    (said,) = look(hold)
    assert said.trouble is None
    assert asked[0] == asked[1]


def test_the_numbers_go_round() -> None:
    numbers = []

    def answer(asked: bytes) -> bytes:
        numbers.append(int(asked[-7:-6]))
        return plain(FREE)(asked)

    look(answering(answer), *CARDS)
    assert numbers == [2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
def test_lines_may_end_in_each_way_that_gates_know(end: bytes) -> None:
    def hold(line: socket.socket) -> None:
        line.sendall(sealed(b"941", message(line), end))
        line.sendall(sealed(STATUS, message(line), end))
        for card in CARDS[:3]:
            body = BLOCKED + b"AOHB|AA" + card.number.encode() + b"|BLY|AFHello|"
            line.sendall(sealed(body, message(line), end))

    assert [each.trouble for each in look(hold, *CARDS[:3])] == [None] * 3


@pytest.mark.parametrize("end", [b"\r", b"\r\n"])
def test_a_text_of_two_restrictions_holds_a_line_feed_that_ends_nothing(end: bytes) -> None:
    def hold(line: socket.socket) -> None:
        line.sendall(sealed(b"941", message(line), end))
        line.sendall(sealed(STATUS, message(line), end))
        for _ in range(2):
            asked = message(line)
            line.sendall(
                sealed(BLOCKED + b"AA" + card_in(asked) + b"|BLY|AFGreetings. -- One text\nAnother text|", asked, end)
            )

    cards = (Card("7", "0107000007", ("One text", "Another text")), Card("8", "0107000008", ("A third",)))
    answers = look(hold, *cards)
    assert [(each.trouble, each.text_shown) for each in answers] == [(None, True), (None, False)]


def test_a_gate_without_error_detection_and_without_a_login_is_understood() -> None:
    def hold(line: socket.socket) -> None:
        message(line)
        line.sendall(STATUS + b"\r")
        asked = message(line)
        line.sendall(BLOCKED + b"AOHB|AA" + card_in(asked) + b"|\r")

    (said,) = look(hold, user=None)
    assert (said.trouble, said.known) == (None, UNKNOWN)
    assert not any(said.allowed.values())


# The screen


def screen(said: bytes, encoding: str = "utf8", text: str = "Kortet er spærret. Spørg personalet.") -> GateAnswer:
    def answer(asked: bytes) -> bytes:
        return sealed(BLOCKED + b"AA" + card_in(asked) + b"|BLY|AF" + said + b"|", asked)

    (given,) = look(answering(answer), Card("7", "0107000007", (text,)), encoding=encoding)
    return given


@pytest.mark.parametrize("encoding", ["utf8", "cp850", "latin1"])
def test_our_text_is_found_in_each_encoding(encoding: str) -> None:
    shown = "Greetings from Koha.  -- Kortet er spærret. Spørg personalet.".encode(encoding)
    assert screen(shown, encoding).text_shown is True


def test_a_text_that_koha_has_cut_is_known_by_its_beginning() -> None:
    assert screen("Hello -- Kortet er spærret. Spø".encode()).text_shown is True
    assert screen(b"Hello -- Kortet").text_shown is False


def test_a_text_with_a_bar_is_found_as_koha_writes_it() -> None:
    assert screen(b"Hello -- One&#124;two and three", text="One|two and three").text_shown is True


def test_another_encoding_is_told_and_hides_nothing_of_what_is_refused() -> None:
    said = screen("Hello -- Patron blocked by fines -- Kortet er spærret".encode("cp850"), "utf8")
    assert said.unreadable
    assert said.text_shown is UNKNOWN
    assert said.remarks == {Remark.FINES}
    assert not any(said.allowed.values())


def test_nothing_of_the_screen_is_kept_but_koha_s_own_remarks() -> None:
    said = screen("Greetings from Koha. PATRON EXPIRED -- Ask Jørgen about Mrs. Hansen's bill".encode())
    assert said.remarks == {Remark.EXPIRED}
    assert "Hansen" not in repr(said)
    assert "0107000007" not in repr(said)
