"""Looking at cards by their numbers, as whoever asks or orders something by name does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.core.model import Restriction, Stage
from sidecar.cycle.looking import known_ils, look_at
from sidecar.errors import OtherIls, PluginGone
from tests.cycle.house import House, patron


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    named = patron(1, "225.00")
    named = replace(named, patron=replace(named.patron, name="Astrid Holm", card_number="0000000607"))
    built = House(tmp_path, named, patron(2, "300.00"))
    yield built
    built.close()


def test_names_and_card_numbers_are_read_only_if_they_are_asked_for(house: House) -> None:
    facts = look_at(house.world, house.policy, ["1"]).facts_of("1")
    assert facts is not None
    assert (facts.patron.name, facts.patron.card_number) == (None, None)
    facts = look_at(house.world, house.policy, ["1"], names=True).facts_of("1")
    assert facts is not None
    assert (facts.patron.name, facts.patron.card_number) == ("Astrid Holm", "0000000607")


def test_whoever_is_not_there_has_no_facts_and_whoever_is_not_remembered_no_cases(house: House) -> None:
    sight = look_at(house.world, house.policy, ["2", "99"])
    assert sight.facts_of("99") is None
    assert sight.cases_of("2") == {}
    house.first_day()
    sight = look_at(house.world, house.policy, ["2", "1"])
    assert sight.cases_of("2")["debt"].stage is Stage.BLOCKED
    facts = sight.facts_of("2")
    assert facts is not None
    assert facts.patron.id == "2"


def test_a_row_under_a_deleted_type_is_known_to_whoever_looks_at_the_card(house: House) -> None:
    house.first_day()
    house.later(minutes=5)
    house.apply()
    house.ils.delete_type("CW_DEBT", "MANUAL")
    facts = look_at(house.world, house.policy, ["1"]).facts_of("1")
    assert facts is not None
    assert [row.once_of for row in facts.foreign()] == ["debt"]
    house.later(minutes=5)
    house.apply()
    standing = house.ils.facts_of("1")
    assert standing is not None
    house.ils.put(patron(1), rows=standing.foreign())
    house.later(minutes=5)
    house.apply()
    assert "debt" not in house.journal.cases().get("1", {})
    facts = look_at(house.world, house.policy, ["1"]).facts_of("1")
    assert facts is not None
    assert [row.once_of for row in facts.foreign()] == ["debt"], "the journal keeps the row's number, not only the case"


def test_a_row_by_staff_is_nobody_s_of_ours(house: House) -> None:
    house.first_day()
    house.ils.put(replace(patron(3), restrictions=(Restriction("s", "MANUAL", ours=False),)))
    facts = look_at(house.world, house.policy, ["3"]).facts_of("3")
    assert facts is not None
    assert [row.once_of for row in facts.foreign()] == [None]


def test_a_look_ties_a_new_journal_to_no_ils_and_a_claim_does(house: House) -> None:
    known_ils(house.world, claim=False)
    assert house.journal.bound_to is None
    known_ils(house.world, claim=True)
    assert house.journal.bound_to == "memory"


@pytest.mark.parametrize("claim", [True, False])
def test_a_tied_journal_serves_no_other_ils_and_none_without_its_plugin(
    house: House, monkeypatch: pytest.MonkeyPatch, *, claim: bool
) -> None:
    known_ils(house.world, claim=True)
    status = house.ils.status()
    monkeypatch.setattr(house.ils, "status", lambda: replace(status, installation_id="another"))
    with pytest.raises(OtherIls):
        known_ils(house.world, claim=claim)
    monkeypatch.setattr(house.ils, "status", lambda: replace(status, installation_id=None))
    with pytest.raises(PluginGone, match=r"^The Cardwarden plugin no longer answers in Koha"):
        known_ils(house.world, claim=claim)


def test_a_koha_without_the_plugin_ties_no_journal(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    status = house.ils.status()
    monkeypatch.setattr(house.ils, "status", lambda: replace(status, installation_id=None))
    assert known_ils(house.world, claim=True).installation_id is None
    assert house.journal.bound_to is None
