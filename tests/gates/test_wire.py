"""The codec: what it writes an independent one reads, what that writes it reads, and recorded exchanges fit."""

import json
from datetime import datetime
from pathlib import Path

import pysip2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sip2 import messages
from adapters.sip2.messages import gate_status_of, logged_in, patron_status_of
from adapters.sip2.wire import (
    SEND_AGAIN,
    Garbled,
    Nonsense,
    Unspeakable,
    checksum,
    named,
    opened,
    sealed,
)

RECORDED = json.loads((Path(__file__).parent / "recorded" / "sip2.json").read_text())
BY_KOHA = [exchange for exchange in RECORDED if "********" not in exchange["sent"]]
AT = datetime(2026, 11, 26, 22, 53, 47)  # noqa: DTZ001 - SIP2's moments are local

texts = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_characters="|\x7f"), max_size=40)
cp850 = st.text(st.sampled_from("abc ABC 0123 æøåÆØÅéüß-_.,"), max_size=40)
flags = st.text(st.sampled_from("Y "), min_size=14, max_size=14)
sequences = st.integers(0, 9)
ENCODINGS = {"utf8": texts, "cp850": cp850, "latin1": cp850}


@pytest.mark.parametrize("exchange", BY_KOHA, ids=lambda exchange: f"{exchange['what']} {exchange['sent'][:2]}")
def test_what_koha_sent_and_was_sent_has_the_checksum_that_we_count(exchange: dict[str, str]) -> None:
    for line in (exchange["sent"], exchange["got"]):
        recorded = line.encode()
        assert checksum(recorded[:-4]) == recorded[-4:]


@pytest.mark.parametrize("exchange", BY_KOHA, ids=lambda exchange: f"{exchange['what']} {exchange['sent'][:2]}")
def test_we_ask_byte_for_byte_as_was_recorded(exchange: dict[str, str]) -> None:
    recorded = exchange["sent"].encode()
    trailer = recorded[-9:]
    at = AT.replace(second=48) if b"225348" in recorded else AT
    card = exchange["sent"].partition("|AA")[2].partition("|")[0]
    match recorded[:2]:
        case b"23":
            if "wrong checksum inside" in exchange["what"]:
                return
            asked = messages.patron_status(card, "TVA", at, "utf8")
        case b"63":
            asked = messages.patron_details(card, "TVA", at, "utf8")
        case _:
            assert recorded.startswith(b"99")
            return
    assert sealed(asked, int(trailer[2:3])) == recorded + b"\r"


def test_the_request_to_send_again_has_its_own_checksum() -> None:
    assert checksum(SEND_AGAIN[:-4]) == SEND_AGAIN[-4:]
    assert pysip2.decode_as(SEND_AGAIN + b"\r", pysip2.RequestACSResend).checksum == "FEF5"


@pytest.mark.parametrize(
    ("what", "code", "valid", "shown"),
    [
        ("debt blocked", "YYYY      YY  ", True, "Patron blocked by fines -- Kortet er spærret."),
        ("lost card", "YYYYY         ", True, "Borrower's card reported lost."),
        ("free", "              ", True, "Greetings from Koha. "),
        ("no such card", "YYYY          ", False, "Invalid cardnumber"),
    ],
)
def test_koha_s_answers_are_read(what: str, code: str, valid: bool, shown: str) -> None:
    for exchange in (each for each in BY_KOHA if each["what"] == what):
        status = patron_status_of(opened(exchange["got"].encode()))
        assert "".join("Y" if flag else " " for flag in status.flags) == code
        assert status.valid is valid
        assert shown in status.screen.decode()
        assert status.card.decode() in exchange["sent"]


def test_koha_s_status_names_its_institution_and_its_messages() -> None:
    status = gate_status_of(opened(RECORDED[1]["got"].encode()))
    assert (status.online, status.institution, status.knows_status, status.knows_details) == (True, b"TVA", True, True)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data())
def test_a_login_is_read_by_another_codec(encoding: str, data: st.DataObject) -> None:
    user, password = data.draw(ENCODINGS[encoding]), data.draw(ENCODINGS[encoding])
    sequence = data.draw(sequences)
    sent = sealed(messages.login(user, password, "HB", encoding), sequence)
    read = pysip2.decode_as(sent, pysip2.LoginRequest, encoding=encoding)
    assert (read.message.login_user_id, read.message.login_password) == (user, password)
    assert read.message.location_code == "HB"
    assert read.sequence_number == sequence


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data())
def test_a_question_is_read_by_another_codec_and_holds_no_pin(encoding: str, data: st.DataObject) -> None:
    card, institution = data.draw(ENCODINGS[encoding]), data.draw(ENCODINGS[encoding])
    sent = sealed(messages.patron_details(card, institution, AT, encoding), 3)
    read = pysip2.decode_as(sent, pysip2.PatronInformationRequest, encoding=encoding).message
    assert (read.patron_identifier, read.institution_id) == (card, institution)
    assert read.patron_password is None
    assert read.transaction_date == "20261126    225347"


def test_no_question_has_a_field_for_a_pin() -> None:
    for ask in (messages.patron_status, messages.patron_details):
        assert b"|AD" not in ask("C1", "TVA", AT, "utf8")
    with pytest.raises(pysip2.SIP2CodecError, match="AD"):
        pysip2.decode_message(sealed(messages.patron_status("C1", "TVA", AT, "utf8"), 0))


def test_a_status_request_is_read_by_another_codec() -> None:
    read = pysip2.decode_as(sealed(messages.gate_status(), 1), pysip2.SCStatusRequest).message
    assert (read.status_code, read.protocol_version) == ("0", "2.00")


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data(), status=flags, valid=st.sampled_from(["Y", "N", None]), sequence=sequences)
def test_what_another_codec_answers_is_read(
    encoding: str, data: st.DataObject, status: str, valid: str | None, sequence: int
) -> None:
    card, shown = data.draw(ENCODINGS[encoding]), data.draw(st.lists(ENCODINGS[encoding], max_size=3))
    answer = pysip2.PatronStatusResponse(
        patron_status=status,
        language="000",
        transaction_date="20261126    225347",
        institution_id="HB",
        patron_identifier=card,
        personal_name=data.draw(ENCODINGS[encoding]),
        valid_patron=valid,
        screen_message=tuple(shown),
    )
    line = pysip2.encode_message(answer, sequence_number=sequence, checksum=True, encoding=encoding)
    message = opened(line.removesuffix(b"\r"))
    read = patron_status_of(message)
    assert message.sequence == sequence
    assert "".join("Y" if flag else " " for flag in read.flags) == status
    assert read.valid is (None if valid is None else valid == "Y")
    assert read.card.decode(encoding) == card
    assert read.screen.decode(encoding) == " ".join(shown)


@given(texts, texts, sequences)
def test_what_is_named_and_sealed_is_opened_again(card: str, shown: str, sequence: int) -> None:
    body = b"24" + b" " * 14 + b"000" + messages.moment(AT) + named(b"AA", card, "utf8") + named(b"AF", shown, "utf8")
    message = opened(sealed(body, sequence).removesuffix(b"\r"))
    assert (message.code, message.sequence) == (b"24", sequence)
    assert message.first(b"AA") == card.encode()
    assert patron_status_of(message).screen == shown.encode()


@given(st.data(), sequences)
def test_a_message_with_a_changed_byte_is_garbled_or_none(data: st.DataObject, sequence: int) -> None:
    line = sealed(b"941", sequence).removesuffix(b"\r")
    place = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    changed = line[:place] + bytes([other]) + line[place + 1 :]
    try:
        message = opened(changed)
    except (Garbled, Nonsense):
        return
    # A trailer that is none any more leaves a message without error detection; in hex, cases are one.
    assert message.sequence is None or changed.upper() == line


@given(st.binary(max_size=300))
def test_no_bytes_lead_to_another_error(line: bytes) -> None:
    try:
        message = opened(line)
        patron_status_of(message)
        gate_status_of(message)
        logged_in(message)
    except (Garbled, Nonsense):
        return
    assert message.code in {b"94", b"96", b"98", b"24", b"64"}


@pytest.mark.parametrize("value", ["a|b", "a\rb", "a\nb", "a\x00b", "\x7f"])
def test_what_would_end_a_field_is_not_sent(value: str) -> None:
    with pytest.raises(Unspeakable):
        named(b"AA", value, "utf8")


def test_what_the_encoding_does_not_have_is_not_sent() -> None:
    with pytest.raises(Unspeakable):
        named(b"AA", "Đ", "cp850")


def test_a_checksum_over_characters_is_taken_too() -> None:
    """Koha counts so where its account names no encoding, and Perl writes a text with a sign above 255 as UTF-8."""
    until_az = "24" + " " * 14 + "000" + "20261126    225347" + "AFæ – Đ|AY1AZ"
    said = f"{-sum(map(ord, until_az)) & 0xFFFF:04X}"
    assert opened(f"{until_az}{said}".encode()).sequence == 1
    with pytest.raises(Garbled):
        opened(f"{until_az}0000".encode())


@pytest.mark.parametrize("line", [b"", b"24", b"24YYYY", b"99", b"HTTP/1.1 400", b"login: "])
def test_what_is_no_answer_is_nonsense(line: bytes) -> None:
    with pytest.raises(Nonsense):
        opened(line)


def test_flags_that_are_none_are_nonsense() -> None:
    with pytest.raises(Nonsense):
        patron_status_of(opened(b"24" + b"X" * 35))
