"""Koha's own pages are kept current: the answers that have changed, as the cards stand after the cycle."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sidecar.byhand import ReleaseOrder, release_by_staff
from sidecar.core.model import Restriction, StaffRelease
from sidecar.core.plan import Entry
from sidecar.core.policy import Scope
from sidecar.desk import DeskPages, telling
from sidecar.errors import IlsUnreachable, PausedInIls
from sidecar.ports import Mode, Outcome, Result, Telling
from tests.cycle.house import House, patron

STAFFS_OWN = Restriction("s1", "MANUAL", ours=False, comment="Set by staff.")


class Office(House):
    """A library with a desk: every applied cycle tells the pages."""

    def __init__(self, folder: Path, *facts: Any, **ils: Any) -> None:
        super().__init__(folder, *facts, **ils)
        self.pages = DeskPages(mode=Mode.APPLY, scope=Scope(), every=timedelta(minutes=1), is_running=True)
        self.order = replace(self.order, desk=self.pages)
        self.sent: list[Telling] = []
        self.taken: list[str] = []
        self.requests = 0
        self.refuse: Exception | None = None
        self.unread: set[str] = set()
        own = self.ils.tell

        def tell(
            tellings: Sequence[Telling], taken: Sequence[str] = (), *, hold_at: datetime | None = None
        ) -> Sequence[str]:
            if self.refuse is not None:
                raise self.refuse
            self.requests += 1
            self.sent += tellings
            self.taken += taken
            own([each for each in tellings if each.patron not in self.unread], taken, hold_at=hold_at)
            return [each.patron for each in tellings if each.patron in self.unread]

        self.ils.tell = tell  # type: ignore[method-assign]

    def page(self, number: str) -> Any:
        told = self.ils.answers.get(number)
        return None if told is None else told.answer

    def headline(self, number: str, language: str = "en") -> str:
        return str(self.page(number)["texts"][language]["headline"])

    def lines(self, number: str, key: str) -> list[str]:
        paragraphs = self.page(number)["texts"]["en"]["paragraphs"]
        return [line for each in paragraphs if each["key"] == key for line in each["lines"]]

    def staff_release(self, number: str, rule: str = "pin", release: str = "3", **more: Any) -> StaffRelease:
        """On the patron's page in Koha."""
        made = StaffRelease(release, f"CW_{rule.upper()}", rule, "52", photo_id_checked=True, at=self.at, **more)
        self.ils.release(number, made, reset_pin=rule == "pin")
        return made


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    facts = replace(patron(1, "300.00"), restrictions=(STAFFS_OWN,))
    built = Office(tmp_path, facts, patron(2, "20.00"), patron(3), patron(4, failed_pin=5), patron(5, "400.00"))
    yield built
    built.close()


@pytest.fixture
def open_office(office: Office) -> Office:
    office.first_day()
    office.later(minutes=5)
    office.sent.clear()
    return office


def numbers(sent: Sequence[Telling]) -> list[str]:
    return [each.patron for each in sent]


def test_after_the_first_cycle_each_blocked_card_has_its_answer_and_no_other(office: Office) -> None:
    findings = office.first_day()
    assert sorted(office.ils.answers) == ["1", "4", "5"]
    assert findings.told.answers == 3
    assert office.headline("5").startswith("The card is blocked since 23 Nov 2026")
    assert office.page("5")["blocked"] is True
    assert office.lines("1", "stays") == ["A restriction that staff set (MANUAL): only staff can lift it."]


def test_a_dry_run_tells_nothing(office: Office) -> None:
    office.dry_run()
    assert (office.requests, office.ils.answers) == (0, {})


def test_dates_are_written_in_full_for_it_is_read_on_another_day(office: Office) -> None:
    office.first_day()
    assert "since 23 Nov 2026, 10:00" in office.headline("4")


def test_staff_may_release_what_the_policy_leaves_to_them(office: Office) -> None:
    office.first_day()
    offer = {"rule": "pin", "type": "CW_PIN", "photo_id": True, "reset_pin": True}
    assert office.page("4")["releases"] == [offer | {"titles": {"en": "Too many wrong PINs (rule pin)"}}]
    assert office.page("5")["releases"] == []


def test_only_what_has_changed_is_told_again(open_office: Office) -> None:
    assert open_office.apply().told.answers == 0
    assert open_office.quick().told.answers == 0
    open_office.ils.put(patron(5, "410.00"))
    findings = open_office.quick()
    assert (numbers(open_office.sent), findings.told.answers) == (["5"], 1)


def test_an_answer_describes_the_card_after_the_writes_of_its_cycle(open_office: Office) -> None:
    open_office.ils.put(replace(patron(5), paid_at=open_office.at, settled_at=open_office.at))
    findings = open_office.quick()
    assert len(findings.done()) == 1
    assert open_office.headline("5") == "The card is not blocked."
    assert open_office.page("5")["blocked"] is False
    assert open_office.lines("5", "money") == ["Everything was paid on 23 Nov 2026 at 10:05."]


def test_what_the_brakes_hold_is_said_as_held(office: Office) -> None:
    office.apply()
    assert office.headline("5") == "The card is not blocked."
    assert "held back until somebody approves the first blocks" in office.lines("5", "by_itself")[0]


def test_a_freed_card_keeps_its_answer_for_a_day(open_office: Office) -> None:
    open_office.ils.put(replace(patron(5), paid_at=open_office.at, settled_at=open_office.at))
    open_office.quick()
    open_office.later(hours=23)
    open_office.apply()
    assert open_office.headline("5") == "The card is not blocked."
    open_office.later(hours=2)
    assert open_office.apply().told.taken_back == 1
    assert open_office.page("5") is None
    assert "5" not in open_office.journal.told_answers()


def test_who_is_no_longer_there_is_forgotten_by_a_full_cycle(open_office: Office) -> None:
    open_office.ils.drop("5")
    open_office.quick()
    assert "5" in open_office.journal.told_answers()
    open_office.apply()
    assert "5" not in open_office.journal.told_answers()


def test_staff_languages_that_cardwarden_speaks_and_english_always(office: Office) -> None:
    own = office.ils.status
    office.ils.status = lambda: replace(own(), preferences={"language": "da-DK,en,nl-NL"})  # type: ignore[method-assign]
    office.first_day()
    assert list(office.page("5")["texts"]) == ["en", "da"]


def test_a_plugin_that_knows_no_pages_is_told_nothing(tmp_path: Path) -> None:
    office = Office(tmp_path, patron(5, "400.00"), contract=2)
    assert office.first_day().told.answers == 0
    assert office.requests == 0
    office.close()


# Releases


def test_a_release_in_koha_is_journalled_told_as_taken_and_in_the_answer(open_office: Office) -> None:
    open_office.staff_release("4", reason="Pas vist")
    findings = open_office.quick()
    assert [release.by for _patron, release in findings.released()] == ["koha:52"]
    (kept,) = open_office.journal.releases("4")
    assert (kept.staff, kept.photo_id_checked, kept.reason, kept.in_ils) == ("koha:52", True, "Pas vist", "3")
    assert open_office.taken == ["3"]
    assert open_office.headline("4") == "The card is not blocked."
    (line,) = open_office.lines("4", "lifted")
    assert line.startswith("Rule pin: released by staff (koha:52) on 23 Nov 2026 at 10:05. Photo ID was seen. Reason")


def test_a_lost_answer_to_that_is_harmless(open_office: Office) -> None:
    open_office.staff_release("4")
    open_office.refuse = IlsUnreachable("no answer")
    findings = open_office.quick()
    assert findings.told.trouble is not None
    assert findings.told.trouble in findings.warnings
    open_office.refuse = None
    open_office.later(minutes=1)
    assert open_office.apply().told.releases == 1
    assert open_office.taken == ["3"]
    assert len(open_office.journal.releases("4")) == 1
    assert open_office.headline("4") == "The card is not blocked."


def test_a_dry_run_takes_no_release(open_office: Office) -> None:
    open_office.staff_release("4")
    findings = open_office.dry_run()
    assert len(findings.released()) == 1
    assert (open_office.journal.releases("4"), open_office.taken) == ([], [])
    facts = open_office.ils.facts_of("4")
    assert facts is not None
    assert len(facts.staff_releases) == 1


def test_a_release_by_command_refreshes_the_answer_at_once(open_office: Office) -> None:
    release_by_staff(open_office.world, open_office.policy, ReleaseOrder("4", "pin", "AB", photo_id_checked=True))
    assert open_office.pages.tell_about(open_office.world, open_office.policy, "4").answers == 1
    assert open_office.headline("4") == "The card is not blocked."
    assert "released by staff (AB)" in open_office.lines("4", "lifted")[0]


def test_where_no_daemon_writes_a_card_without_an_answer_gets_none(open_office: Office) -> None:
    pages = DeskPages(mode=Mode.DRY_RUN, scope=Scope(), every=None)
    open_office.journal.keep_told({}, ["4"])
    assert pages.tell_about(open_office.world, open_office.policy, "4").answers == 0


# What goes wrong


@pytest.mark.parametrize("error", [IlsUnreachable("no answer"), PausedInIls("paused")])
def test_a_failure_to_tell_fails_no_cycle_and_is_tried_again(office: Office, error: Exception) -> None:
    office.refuse = error
    findings = office.first_day()
    assert len(findings.done()) == 3
    assert str(error) in str(findings.told.trouble)
    assert office.journal.cycles(1)[0].error is None
    office.refuse = None
    assert office.apply().told.answers == 3


def test_what_a_quick_cycle_could_not_tell_is_told_by_the_next_though_it_does_not_come_upon_the_card(
    open_office: Office,
) -> None:
    open_office.ils.put(patron(5, "410.00"))
    open_office.refuse = IlsUnreachable("no answer")
    open_office.quick()
    open_office.refuse = None
    open_office.later(minutes=30)
    findings = open_office.quick()
    assert (findings.decisions, findings.told.answers) == ((), 1)
    assert "410.00" in " ".join(open_office.lines("5", "money"))
    open_office.later(minutes=30)
    assert open_office.quick().told.answers == 0


def test_of_a_write_without_an_answer_nothing_is_said(office: Office) -> None:
    own = office.ils.apply

    def lost(entries: Sequence[Entry]) -> Any:
        own(entries)
        return [Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None

    office.ils.apply = lost  # type: ignore[method-assign]
    assert office.first_day().told.answers == 0
    office.ils.apply = own  # type: ignore[method-assign]
    office.later(minutes=1)
    assert office.apply().told.answers == 3


def test_a_card_of_which_no_answer_can_be_made_silences_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = telling.answer

    def stumbling(decision: Any, *rest: Any) -> Any:
        if decision.patron == "4":
            raise KeyError("4")
        return own(decision, *rest)

    monkeypatch.setattr(telling, "answer", stumbling)
    findings = office.first_day()
    assert sorted(office.ils.answers) == ["1", "5"]
    assert findings.told.trouble is not None
    assert "1 cards could not be made (KeyError)" in findings.told.trouble


def test_an_answer_that_koha_cannot_read_is_said_and_tried_again_and_holds_up_no_other(office: Office) -> None:
    office.unread = {"4"}
    findings = office.first_day()
    assert "1 cards could not be made (Koha cannot read them)" in str(findings.told.trouble)
    assert sorted(office.journal.told_answers()) == ["1", "5"]
    office.unread = set()
    assert office.apply().told.answers == 1


def test_a_card_with_hundreds_of_charges_has_a_page_that_ends(office: Office) -> None:
    facts = patron(5, "400.00")
    assert facts.charges
    many = tuple(replace(facts.charges[0], id=f"5-{number}") for number in range(300))  # type: ignore[index]
    office.ils.put(replace(facts, charges=many))
    office.first_day()
    lines = office.lines("5", "money")
    assert (len(lines), lines[-1]) == (100, "And 202 more.")


def test_a_mistake_in_the_telling_fails_no_cycle(office: Office) -> None:
    office.refuse = ValueError("a mistake")
    findings = office.first_day()
    assert len(findings.done()) == 3
    assert "a mistake in Cardwarden (ValueError)" in str(findings.told.trouble)


def test_many_cards_are_told_in_pages_and_each_page_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "BATCH", 10)
    office = Office(tmp_path, *(patron(number, "300.00") for number in range(1, 36)))
    office.first_day()
    assert office.requests == 5, "35 cards, and that it holds"
    assert len(office.journal.told_answers()) == 35
    office.close()


def test_a_cycle_that_is_told_to_stop_tells_the_rest_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 10)
    office = Office(tmp_path, *(patron(number, "300.00") for number in range(1, 36)))
    office.order = replace(office.order, stopping=lambda: office.requests >= 2)
    assert office.first_day().told.answers == 20
    office.order = replace(office.order, stopping=lambda: False)
    assert office.apply().told.answers == 15
    office.close()


def test_that_the_answers_hold_is_said_now_and_then(open_office: Office) -> None:
    said = [open_office.ils.answers_hold_at]
    for minutes in (5, 4, 6):
        open_office.later(minutes=minutes)
        open_office.quick()
        said.append(open_office.ils.answers_hold_at)
    assert [moment - said[0] for moment in said if moment and said[0]] == [
        timedelta(),
        timedelta(minutes=10),
        timedelta(minutes=10),
        timedelta(minutes=20),
    ]


def test_a_quick_cycle_that_comes_upon_nobody_reads_no_answers_and_still_says_that_they_hold(
    open_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    own = open_office.journal.told_answers
    monkeypatch.setattr(open_office.journal, "told_answers", lambda: asked.append("answers") or own())
    open_office.later(minutes=30)
    assert open_office.quick().decisions == ()
    assert asked == []
    assert open_office.ils.answers_hold_at == open_office.at
    open_office.apply()
    assert asked == ["answers"]
