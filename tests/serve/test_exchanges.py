"""The daemon's exchanges with the collection office: at their times, between cycles, and told to people."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.core.model import Stage
from tests.collection.office import paid, sheet
from tests.serve.house import Serving, serving
from tests.serve.running import POLICY

CLAIM = """
[rules.collection]
kind            = "collection"
block_at        = 225.00
pay_within_days = 7
"""


@pytest.fixture
def library() -> Library:
    return build_library(120)


@pytest.fixture
def house(koha: StandinKoha, tmp_path: Path) -> Iterator[Serving]:
    """Claims are referred, and the daemon's next exchange is at seven in the morning."""
    office = tmp_path / "office"
    for name in ("outgoing", "incoming", "archive"):
        (office / name).mkdir(parents=True)
    more = f'[collection]\noffice = "folder"\nfolder = "{office}"\nsend = ["07:00"]\n'
    more += "[brakes.additions]\nabsolute = 500\n[brakes.office_releases]\nabsolute = 1\n"
    with serving(tmp_path, koha, more) as built:
        built.policy.write_text(POLICY.format(block_at="225.00") + CLAIM)
        built.tick()
        built.approve()
        built.tick()
        told = [
            replace(case, noticed_at=built.clock.now())
            for by_rule in built.journal.cases().values()
            for case in by_rule.values()
            if case.stage is Stage.ANNOUNCED
        ]
        assert told
        built.journal.save_cases(told, ())
        later(built, days=8)
        built.worker.scheduled()
        built.approve()
        built.tick()
        assert {claim.state.value for claim in built.journal.claims()} == {"referred"}
        yield built


def later(house: Serving, days: int = 0, hours: int = 0) -> None:
    """Time passes, here and in Koha."""
    house.koha.library.advance((days * 24 + hours) * 3600)
    house.tick(days=days, hours=hours)


def files(house: Serving, where: str) -> list[str]:
    return sorted(path.name for path in (house.settings.parent / "office" / where).iterdir())


def test_claims_go_at_the_time_of_the_settings_and_not_before(house: Serving) -> None:
    house.tick(3)
    assert files(house, "outgoing") == []
    later(house, days=1)
    assert files(house, "outgoing") == ["cardwarden-000001.csv"]
    assert house.metric('cardwarden_claims{state="sent"}') == len(house.journal.claims())


def test_the_offices_word_frees_at_the_next_cycle_and_many_at_once_wait_for_a_person(house: Serving) -> None:
    later(house, days=1)
    claims = house.journal.claims()
    lines = [paid(claim.id, f"{claim.amount / 100:.2f}") for claim in claims]
    (house.settings.parent / "office" / "incoming" / "1.csv").write_bytes(sheet(1, lines[:1]))
    later(house, days=1)
    assert house.tick() == "full done"
    assert house.journal.claims()[0].state.value == "closed"
    (house.settings.parent / "office" / "incoming" / "2.csv").write_bytes(sheet(2, lines[1:]))
    later(house, days=1)
    assert house.tick() == "full pending"
    assert ("held-back", "office_releases") in house.standing()


def test_an_office_that_is_away_is_tried_again_and_told(house: Serving) -> None:
    outgoing = house.settings.parent / "office" / "outgoing"
    outgoing.rmdir()
    later(house, days=1)
    assert house.metric("cardwarden_office_files_waiting") == 1
    for _ in range(2):
        house.tick(minutes=11)
    assert ("office-unreachable", "") in house.standing()
    outgoing.mkdir()
    house.tick(minutes=11)
    assert files(house, "outgoing") == ["cardwarden-000001.csv"]
    assert ("office-unreachable", "") not in house.standing()


def test_what_is_wrong_with_the_offices_lines_is_told(house: Serving) -> None:
    later(house, days=1)
    lines = ["acknowledgement,C-000999,,2026-11-30,,,,accepted"]
    (house.settings.parent / "office" / "incoming" / "1.csv").write_bytes(sheet(1, lines))
    later(house, days=1)
    (alert,) = [one.alert for one in house.alerts.begun() if one.alert.cause == "office-files"]
    assert "claim C-000999 is not known here" in alert.summary


def test_claims_that_wait_longer_than_the_answer_days_are_told(house: Serving) -> None:
    later(house, days=1)
    later(house, days=14)
    house.worker.scheduled()
    assert ("claims-late", "") not in house.standing()
    later(house, days=1)
    house.worker.scheduled()
    assert ("claims-late", "") in house.standing()
    assert house.metric("cardwarden_claims_late") == len(house.journal.claims())


def test_nothing_leaves_in_a_pause(house: Serving) -> None:
    house.journal.pause(house.clock.now())
    later(house, days=1)
    assert files(house, "outgoing") == []
    house.journal.resume()
    house.tick(2)
    assert files(house, "outgoing") == ["cardwarden-000001.csv"]
