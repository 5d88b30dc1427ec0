"""Cases and evidence come back exactly as they went in, and thousands of them quickly."""

import time
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.core.model import NO_EVIDENCE, Case, Evidence, Stage
from sidecar.errors import JournalError
from sidecar.store import SqlJournal
from sidecar.store.database.codec import (
    case_from_json,
    case_to_json,
    evidence_from_json,
    evidence_to_json,
    evidence_values,
    from_micros,
    to_micros,
    word,
)

from .builders import NOW, a_case

NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ZONES = st.integers(-14 * 3600, 14 * 3600).map(lambda seconds: timezone(timedelta(seconds=seconds)))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001 (hypothesis adds it)
EVIDENCE = st.builds(
    Evidence,
    counted=NUMBERS,
    owed=NUMBERS,
    credit=NUMBERS,
    lines=st.lists(WORDS, max_size=4).map(tuple),
    attempts=NUMBERS,
    card_lost=st.none() | st.booleans(),
    threshold=NUMBERS,
    operator=st.none() | WORDS,
    age=NUMBERS,
    settled_at=st.none() | INSTANTS,
    agency_paid_at=st.none() | INSTANTS,
    unknown=st.lists(WORDS, max_size=3).map(tuple),
)
CASES = st.builds(
    Case,
    patron=WORDS,
    rule=WORDS,
    stage=st.sampled_from(Stage),
    since=INSTANTS,
    seen_at=st.none() | INSTANTS,
    evidence=EVIDENCE,
    highest=NUMBERS,
    comment=st.none() | WORDS,
    restriction_type=WORDS,
)


@given(EVIDENCE)
def test_evidence_comes_back_exactly(evidence: Evidence) -> None:
    assert evidence_from_json(evidence_to_json(evidence)) == evidence


@given(EVIDENCE)
def test_shown_evidence_holds_what_is_known_and_only_plain_values(evidence: Evidence) -> None:
    values = evidence_values(evidence_to_json(evidence))
    assert msgspec.json.encode(values)
    assert values.get("counted") == evidence.counted
    assert ("settled_at" in values) == (evidence.settled_at is not None)


@given(CASES)
def test_a_case_comes_back_exactly(case: Case) -> None:
    assert case_from_json(case_to_json(case)) == case


@given(INSTANTS)
def test_an_instant_comes_back_exactly_and_in_utc(instant: datetime) -> None:
    micros = to_micros(instant)
    assert from_micros(micros) == instant
    assert from_micros(micros).tzinfo is UTC
    assert to_micros(instant + timedelta(microseconds=1)) == micros + 1


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)


def test_no_evidence_and_no_case_are_nothing() -> None:
    assert evidence_to_json(NO_EVIDENCE) == "{}"
    assert evidence_from_json("{}") is NO_EVIDENCE
    assert case_to_json(None) is None
    assert case_from_json(None) is None


def test_evidence_of_a_later_version_is_still_read() -> None:
    assert evidence_from_json('{"counted":1,"something_new":true}') == Evidence(counted=1)


def test_a_stored_word_that_is_not_known_is_an_error_of_one_line() -> None:
    with pytest.raises(JournalError, match="'frozen', which is no Stage that this Cardwarden knows"):
        word(Stage, "frozen")


def test_cases_are_kept_by_patron_and_rule(journal: SqlJournal) -> None:
    kept = [a_case("1"), a_case("1", "pin", Stage.OVERRIDDEN), a_case("2", stage=Stage.ANNOUNCED)]
    journal.save_cases(kept, [])
    assert journal.cases() == {"1": {"debt": kept[0], "pin": kept[1]}, "2": {"debt": kept[2]}}


def test_a_case_of_the_least_is_kept_too(journal: SqlJournal) -> None:
    least = Case("1", "debt", Stage.ANNOUNCED, NOW)
    journal.save_cases([least], [])
    assert journal.cases()["1"]["debt"] == least


def test_saving_replaces_and_closing_forgets(journal: SqlJournal) -> None:
    journal.save_cases([a_case("1"), a_case("2"), a_case("2", "pin")], [])
    replaced = a_case("1", stage=Stage.OVERRIDDEN)
    journal.save_cases([replaced], [("2", "debt"), ("9", "debt")])
    assert journal.cases() == {"1": {"debt": replaced}, "2": {"pin": a_case("2", "pin")}}


def test_a_case_that_is_kept_and_closed_at_once_is_kept(journal: SqlJournal) -> None:
    journal.save_cases([a_case("1")], [("1", "debt")])
    assert set(journal.cases()) == {"1"}


def test_the_last_of_two_versions_of_a_case_is_kept(journal: SqlJournal) -> None:
    journal.save_cases([a_case("1"), a_case("1", stage=Stage.OVERRIDDEN)], [])
    assert journal.cases()["1"]["debt"].stage is Stage.OVERRIDDEN


def test_10000_cases_are_saved_read_and_closed_in_less_than_a_second_each(journal: SqlJournal) -> None:
    many = [a_case(str(number)) for number in range(10_000)]

    def seconds_of(what: str) -> float:
        started = time.process_time()
        match what:
            case "save":
                journal.save_cases(many, [])
            case "read":
                assert len(journal.cases()) == 10_000
            case "close":
                journal.save_cases([], [(case.patron, case.rule) for case in many])
        return time.process_time() - started

    assert {what: seconds_of(what) < 1 for what in ("save", "read", "close")} == dict.fromkeys(
        ("save", "read", "close"), True
    )
    assert not journal.cases()


def test_the_cases_of_some_patrons_are_those_of_all_that_are_theirs(journal: SqlJournal) -> None:
    journal.save_cases([a_case("1"), a_case("1", "pin"), a_case("2"), a_case("3", stage=Stage.OVERRIDDEN)], [])
    everything = journal.cases()
    assert journal.cases({"1", "3", "99"}) == {number: everything[number] for number in ("1", "3")}
    assert journal.cases(()) == {}
    assert journal.blocks() == 3


def test_more_patrons_than_one_statement_takes_are_asked_for_in_several(journal: SqlJournal) -> None:
    journal.save_cases([a_case(str(number)) for number in range(1200)], [])
    assert set(journal.cases([str(number) for number in range(1100)])) == {str(number) for number in range(1100)}
