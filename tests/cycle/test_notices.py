"""Notices through the ILS: asked for once, the days run from the day it went out, a failed one starts no clock."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.core.policy import Announce
from sidecar.errors import IlsUnreachable
from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.view import View

from .house import House, debt_rule, patron, policy


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "300"), patron(2, "400"))
    built.policy = policy(replace(debt_rule(announce_days=7), announce=Announce.NOTICE))
    built.first_day()
    yield built
    built.close()


def test_each_announcement_has_one_notice_however_many_cycles_there_are(house: House) -> None:
    house.apply()
    house.quick()
    assert sorted(patron for patron, _ in house.ils.notices) == ["1", "2"]


def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300"))
    house.policy = policy(replace(debt_rule(announce_days=7), announce=Announce.NOTICE))
    house.dry_run()
    assert house.ils.notices == {}
    house.close()


def test_the_days_run_from_the_day_it_went_out(house: House) -> None:
    house.later(days=3)
    house.ils.post()
    house.later(days=6)
    assert house.apply().done() == []
    house.later(days=1)
    house.first_day()
    assert house.blocked() == {"1", "2"}


def test_one_that_failed_starts_no_clock_and_is_in_the_report(house: House) -> None:
    house.ils.post(fails=["2"])
    house.apply()
    house.later(days=30)
    findings = house.apply(approve=house.dry_run().kept_digest)
    assert house.blocked() == {"1"}
    page = make_page(findings, View(show_names=False, limit=None))
    announced = next(section for section in page.sections if section.key == "announced")
    assert announced.table is not None
    assert [row[2] for row in announced.table.rows] == ["its notice FAILED: write to them"]


def test_an_announcement_that_lapses_and_comes_again_has_a_notice_of_its_own(house: House) -> None:
    house.ils.post()
    house.ils.put(patron(1))
    house.later(days=1)
    house.apply()
    house.ils.put(patron(1, "500"))
    house.later(days=1)
    house.apply()
    assert len([key for number, key in house.ils.notices if number == "1"]) == 2
    house.later(days=6)
    house.first_day()
    assert house.blocked() == {"2"}


def test_an_ils_that_cannot_be_told_is_asked_again_by_the_next_cycle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, patron(1, "300"))
    house.policy = policy(replace(debt_rule(announce_days=7), announce=Announce.NOTICE))
    notify = house.ils.notify

    def away(_: object) -> None:
        raise IlsUnreachable("Koha does not answer")

    monkeypatch.setattr(house.ils, "notify", away)
    assert "asks for them again" in " ".join(house.first_day().warnings)
    monkeypatch.setattr(house.ils, "notify", notify)
    house.apply()
    assert len(house.ils.notices) == 1
    house.close()


def test_an_ils_that_sends_none_is_said_since_nobodys_days_run(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.ils, "_with_notices", lambda facts: facts)
    assert "sends no notices, and debt counts no day" in " ".join(house.apply().warnings)
