"""What a restriction stops at Koha's gates, by its preferences, and what rules mean to stop."""

from dataclasses import replace

import pytest

from sidecar.core.policy import Stop
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.stops import Effect, KohaGate, stop_table, stops_fit
from sidecar.report import stop_lines
from tests.fitness.test_koha import status
from tests.policy.examples import with_head

OLD, NEW = "23.05.04.000", "25.11.00.000"
DEBT = "[rules.debt]\nkind = 'debt'\nblock_at = 225\n"


@pytest.mark.parametrize(
    ("said", "desk", "page", "others"),
    [
        ("0", Effect.LET_THROUGH, Effect.HALF, Effect.LET_THROUGH),
        ("1", Effect.STOPPED, Effect.STOPPED, Effect.STOPPED),
    ],
)
def test_renewals_are_as_the_preference_says_but_never_by_sip2(
    said: str, desk: Effect, page: Effect, others: Effect
) -> None:
    table = stop_table(status(RestrictionBlockRenewing=said))
    effects = {gate: table[gate][Stop.RENEWALS].effect for gate in KohaGate}
    assert effects == {
        KohaGate.DESK: desk,
        KohaGate.OPAC: page,
        KohaGate.REST: others,
        KohaGate.ILSDI: others,
        KohaGate.SIP2: Effect.STOPPED,
    }
    others_name = {table[gate][Stop.RENEWALS].preference for gate in KohaGate if gate is not KohaGate.SIP2}
    assert others_name == {"RestrictionBlockRenewing"}


@pytest.mark.parametrize(
    ("version", "holds"), [(OLD, Effect.LET_THROUGH), (NEW, Effect.STOPPED), (None, Effect.NOT_KNOWN)]
)
def test_holds_by_rest_are_as_the_version_does(version: str | None, holds: Effect) -> None:
    table = stop_table(replace(status(), version=version))
    assert table[KohaGate.REST][Stop.HOLDS].effect is holds
    assert table[KohaGate.ILSDI][Stop.HOLDS].effect is Effect.STOPPED
    assert table[KohaGate.DESK][Stop.HOLDS].effect is Effect.LET_THROUGH


def test_sip2_refuses_everything_and_the_desk_lends_nothing() -> None:
    table = stop_table(None)
    assert {cell.effect for cell in table[KohaGate.SIP2].values()} == {Effect.STOPPED}
    assert table[KohaGate.DESK][Stop.LOANS].effect is Effect.STOPPED


def test_without_a_koha_the_table_says_what_it_depends_on() -> None:
    lines = list(stop_lines(stop_table(None), None))
    assert lines[0].split() == ["loans", "renewals", "holds", "digital", "services"]
    assert [line.split()[0] for line in lines[1:6]] == ["desk", "OPAC", "REST", "ILS-DI", "SIP2"]
    assert "1) by RestrictionBlockRenewing" in lines


def test_the_table_names_the_setting_and_what_it_is() -> None:
    known = replace(status(RestrictionBlockRenewing="0", **{"ILS-DI": "0"}), version=OLD)
    text = "\n".join(stop_lines(stop_table(known), known))
    assert "by RestrictionBlockRenewing, which is 0" in text
    assert "no button, but its address renews" in text
    assert "switched off in this Koha (ILS-DI)" in text


def fit(rules: str, version: str = NEW, **preferences: str) -> Fitness:
    return stops_fit(with_head(rules).policy, replace(status(**preferences), version=version))


def test_renewals_that_are_to_stop_and_go_on_are_a_warning_with_the_setting() -> None:
    (warning,) = fit(DEBT, RestrictionBlockRenewing="0").warnings
    assert warning.startswith("Rule debt is meant to stop renewals, but blocked cards renew through apps")
    assert "set RestrictionBlockRenewing to 1" in warning
    assert fit(DEBT, RestrictionBlockRenewing="1") == Fitness()


def test_renewals_that_are_to_go_on_and_stop_are_a_warning_too() -> None:
    rules = DEBT + "stops = ['loans', 'holds', 'digital']"
    assert fit(rules, RestrictionBlockRenewing="0") == Fitness()
    (warning,) = fit(rules, RestrictionBlockRenewing="1").warnings
    assert warning.startswith("Rule debt is not meant to stop renewals, but Koha renews nothing")


def test_rules_that_want_both_are_told_so_of_either_setting() -> None:
    rules = DEBT + "stops = ['loans', 'holds', 'digital']\n[rules.pin]\nkind = 'failed_pin'\nblock_at = 5\n"
    assert fit(rules, RestrictionBlockRenewing="1").warnings[0].startswith("Rule debt is not meant")
    assert fit(rules, RestrictionBlockRenewing="0").warnings[0].startswith("Rule pin is meant")


def test_what_no_setting_changes_is_a_note() -> None:
    (note,) = fit(DEBT, OLD, RestrictionBlockRenewing="1").notes
    assert "POST /holds" in note
    assert note.endswith("No setting changes that.")
    holds, digital = fit(DEBT + "stops = ['loans', 'renewals']", RestrictionBlockRenewing="1").notes
    assert "not meant to stop holds, but the web page, ILS-DI and SIP2 refuse them" in holds
    assert "not meant to stop digital services, but SIP2 refuses it" in digital


def test_retired_rules_mean_nothing_and_what_is_not_told_is_not_judged() -> None:
    assert fit(DEBT + "retired = true", RestrictionBlockRenewing="0") == Fitness()
    assert stops_fit(with_head(DEBT).policy, replace(status(), version=None)) == Fitness()
