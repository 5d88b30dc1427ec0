"""What the worker does next, and what it tells, as things happen in the library."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.core.policy import RuleKind
from sidecar.ports import CycleOutcome, PersonalAct
from tests.serve.house import Serving, serving
from tests.serve.running import POLICY, blocked


@pytest.fixture
def library() -> Library:
    return build_library(120)


def test_the_first_cycle_waits_for_a_person_and_an_approval_makes_the_next_one_a_full_one(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha) as house:
        assert house.tick() == "full pending"
        assert house.standing() == [("held-back", "first_cycle")]
        assert house.tick() == "quick done"
        house.approve()
        assert house.tick() == "full done"
        assert house.standing() == []
        assert house.board.now.waiting == ()
        assert blocked(house.library)
        house.tick(2)
        assert house.kinds() == ["full", "quick", "full", "quick", "quick"]


def test_a_dry_run_holds_nothing_back_and_waits_for_nobody(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house:
        assert house.tick() == "full pending"
        assert house.standing() == []
        house.journal.approve(house.journal.cycles(1)[0].plan_digest or "", house.clock.now(), timedelta(hours=24))
        house.tick(2)
        assert house.kinds() == ["full", "quick", "quick"]
        assert house.metric("cardwarden_pending_changes") > 0


def test_a_connection_is_kept_so_that_a_quiet_quick_cycle_is_two_requests(house: Serving) -> None:
    before = len(house.koha.log.entries)
    house.tick(3)
    assert len(house.koha.log.entries) - before == 6


def test_what_was_written_is_decided_about_once_though_each_quick_cycle_of_two_minutes_reads_it(house: Serving) -> None:
    for number in list(house.library.patrons)[:30]:
        house.library.charge(number, "OVERDUE", "300.00")
    examined = 'cardwarden_patrons_examined_total{kind="quick"}'
    house.tick(2)
    before = house.metric(examined) or 0
    assert before >= 30
    house.tick(3)
    assert house.metric(examined) == before
    house.library.charge(next(iter(house.library.patrons)), "OVERDUE", "1.00")
    house.tick()
    assert house.metric(examined) == before + 1


def test_a_policy_file_that_says_the_same_is_not_made_into_rules_anew(house: Serving) -> None:
    known = house.configuration.policy
    house.tick()
    assert house.configuration.policy is known
    house.policy.write_text(house.policy.read_text() + "# a remark\n")
    house.tick()
    assert house.configuration.policy is not known
    assert house.kinds()[-1] == "quick", "its meaning is the same"
    known = house.configuration.policy
    house.settings.write_text('mode = "apply"\n[collection]\nanswer_days = 20\n')
    house.worker.reload()
    assert house.configuration.policy is not known, "what a policy may rest on stands in the settings too"


def test_who_is_due_costs_one_request_more(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house:
        house.policy.write_text(POLICY.format(block_at="225.00") + "announce_days = 1\n")
        house.tick(2)
        koha.library.advance(2 * 24 * 3600)
        house.tick()  # it learns of the other clock
        before = len(koha.log.entries)
        house.tick()
        asked = [entry.method for entry in koha.log.entries][before:]
        assert asked[:3] == ["GET", "GET", "POST"], "status, who moved, who is due"
        before = len(koha.log.entries)
        house.tick()
        assert len(koha.log.entries) - before == 2


def test_a_failed_cycle_is_told_after_three_and_over_at_the_first_good_one(house: Serving) -> None:
    house.koha.faults.add(parse_fault("error=503"))
    assert house.tick() == "quick failed"
    assert house.tick() == "quick failed"
    assert house.standing() == []
    house.tick()
    assert house.standing() == [("failing", "quick")]
    assert house.metric('cardwarden_failures_in_a_row{kind="quick"}') == 3
    assert house.metric('cardwarden_cycles_total{kind="quick",outcome="failed"}') == 3
    house.koha.faults.clear()
    payer = house.library.subjects["owes_much"]
    house.library.pay(payer)
    assert house.tick() == "quick done"
    assert house.standing() == []
    assert payer not in blocked(house.library)


def test_a_plugin_that_has_gone_is_told_at_once(house: Serving) -> None:
    house.koha.faults.add(parse_fault("no-plugin"))
    house.tick()
    assert house.standing() == [("plugin-gone", "")]
    before = blocked(house.library)
    house.tick(2)
    assert blocked(house.library) == before
    house.koha.faults.clear()
    house.tick()
    assert house.standing() == []


def test_a_pause_in_koha_is_told_and_its_end_makes_a_full_cycle(house: Serving) -> None:
    house.library.pause_plugin(paused=True)
    house.tick()
    assert house.standing() == [("paused-in-koha", "")]
    assert house.metric("cardwarden_paused_in_koha") == 1
    house.library.pause_plugin(paused=False)
    assert house.tick().startswith("quick")
    assert house.standing() == []
    assert house.tick().startswith("full")


def test_what_could_not_be_done_in_a_pause_is_done_when_it_ends(house: Serving) -> None:
    payer = house.library.subjects["owes_much"]
    house.journal.pause(house.clock.now())
    house.library.pay(payer)
    assert house.tick() == "quick pending"
    assert house.metric("cardwarden_paused") == 1
    house.journal.resume()
    assert house.tick() == "full done"
    assert payer not in blocked(house.library)


def test_after_a_night_that_was_slept_through_a_full_cycle_comes_by_itself(house: Serving) -> None:
    assert house.tick(hours=25) == "quick done"
    house.events.watch(house.clock.now())
    assert house.standing() == []
    assert house.tick(hours=2) == "full done"


def test_no_full_cycle_for_too_long_is_told_until_there_is_one(house: Serving) -> None:
    house.koha.faults.add(parse_fault("error=503"))
    house.tick(hours=27)
    house.events.watch(house.clock.now())
    assert ("no-full-cycle", "") in house.standing()
    assert house.shown.not_ready()
    house.koha.faults.clear()
    assert house.tick() == "quick done"
    assert house.tick(minutes=16) == "full done"
    assert house.standing() == []
    assert house.shown.not_ready() == []


def test_a_koha_that_was_away_in_the_night_is_in_the_journal_in_the_morning(house: Serving) -> None:
    house.koha.faults.add(parse_fault("error=503"))
    house.worker.scheduled()
    house.tick()
    full, quick = reversed(house.journal.cycles(2))
    assert (full.kind, quick.kind) == ("full", "quick")
    for one in (full, quick):
        assert one.outcome is CycleOutcome.FAILED
        assert "answered 503" in (one.error or "")


def test_in_release_only_an_approval_asks_for_one_full_cycle_and_not_for_more(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha, mode="release-only") as house:
        house.tick()
        digest = house.journal.cycles(1)[0].plan_digest
        assert digest is not None
        house.journal.approve(digest, house.clock.now(), timedelta(hours=24))
        house.tick(4)
        assert house.kinds() == ["full", "full", "quick", "quick", "quick"]
        house.policy.write_text(POLICY.format(block_at="200.00"))
        house.tick()
        house.journal.approve(house.journal.cycles(1)[0].plan_digest or "", house.clock.now(), timedelta(hours=24))
        house.tick(3)
        assert house.kinds()[5:] == ["full", "full", "quick", "quick"]


def test_rows_that_vanish_in_numbers_are_told_as_drift(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more="[brakes]\ndrift = { absolute = 3 }") as house:
        house.tick()
        house.approve()
        house.tick()
        gone = len(blocked(house.library))
        assert gone > 3
        koha.library.delete_restriction_type("CW_DEBT")
        koha.library.add_restriction_type("CW_DEBT")
        house.worker.scheduled()
        assert ("drift", "") in house.standing()
        assert house.metric("cardwarden_drift") == gone
        assert blocked(house.library) == set()


def acted(house: Serving, act: PersonalAct) -> None:
    house.journal.record_act(act, "abc", house.clock.now(), "12 blocks")


@pytest.mark.parametrize("after", [None, PersonalAct.UNDO, PersonalAct.DRIFT_ACCEPT], ids=str)
def test_drift_that_was_accepted_makes_the_next_cycle_a_full_one_whatever_was_done_since(
    house: Serving, after: PersonalAct | None
) -> None:
    acted(house, PersonalAct.DRIFT_ACCEPT)
    if after is not None:
        acted(house, after)
    assert house.tick() == "full done"
    assert house.tick() == "quick done", "once"
    acted(house, PersonalAct.DRIFT_ACCEPT)
    assert house.tick() == "full done"


def test_what_else_people_do_by_name_asks_for_no_full_cycle(house: Serving) -> None:
    acted(house, PersonalAct.DRIFT_ACCEPT)
    house.tick()
    for act in set(PersonalAct) - {PersonalAct.DRIFT_ACCEPT}:
        acted(house, act)
        assert house.tick() == "quick done"


def test_a_new_policy_makes_the_next_cycle_a_full_one_and_the_scheduler_follows(house: Serving) -> None:
    house.policy.write_text(POLICY.format(block_at="200.00").replace("Europe/Copenhagen", "America/New_York"))
    followed = house.followed
    assert house.tick().startswith("full")
    assert house.followed == followed + 1
    assert house.configuration.policy.policy.time_zone.key == "America/New_York"
    digests = {cycle.policy_digest for cycle in house.journal.cycles(10)}
    assert len(digests) == 2


def test_a_broken_policy_is_said_once_and_what_runs_is_what_ran(house: Serving) -> None:
    digest = house.configuration.policy.policy.digest
    house.policy.unlink()
    house.tick(2)
    assert house.standing() == [("policy-refused", "")]
    assert house.configuration.policy.policy.digest == digest
    house.policy.write_text(POLICY.format(block_at="225.00"))
    house.tick()
    assert house.standing() == []
    assert house.configuration.policy.policy.rules[0].kind is RuleKind.DEBT


def test_settings_read_again_count_at_once_and_what_needs_a_restart_stays(house: Serving) -> None:
    house.settings.write_text(
        'mode = "dry-run"\n[brakes]\nadditions = { absolute = 0 }\n[schedule]\nquick_every = "5m"\n'
    )
    house.worker.reload()
    settings = house.configuration.loaded.settings
    assert (settings.mode, settings.brakes.additions.absolute, settings.schedule.quick_every) == ("apply", 0, "5m")
    assert house.kinds()[-1] == "full"
    house.settings.write_text("nonsense = 1\n")
    house.worker.reload()
    assert house.standing() == [("settings-refused", "")]
    assert house.configuration.loaded.settings == settings
    house.settings.write_text('mode = "apply"\n')
    house.worker.reload()
    assert house.standing() == []


def test_after_new_settings_no_quick_cycle_comes_before_a_good_full_one(house: Serving) -> None:
    before = len(house.kinds())
    house.settings.write_text('mode = "apply"\n[brakes]\nadditions = { absolute = 7 }\n')
    house.koha.faults.add(parse_fault("error=503"))
    house.worker.reload()
    house.koha.faults.clear()
    house.tick()
    assert house.kinds()[before:] == ["full"], "what was seen may have been of another Koha"
    house.tick(minutes=16)
    assert house.kinds()[before:] == ["full", "full"]


def test_settings_that_are_refused_are_told_with_their_moment(house: Serving) -> None:
    house.settings.write_text("nonsense = 1\n")
    house.worker.reload()
    (standing,) = house.alerts.begun()
    assert abs(standing.since - house.clock.now()) < timedelta(minutes=5)


def test_without_the_plugin_there_are_full_cycles_only(plain_koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, plain_koha, mode="dry-run") as house:
        assert house.tick() == "full pending"
        house.tick(3)
        assert house.kinds() == ["full"]
        assert house.board.now.has_plugin is False


def test_the_gauges_follow_what_was_done(house: Serving) -> None:
    def in_force() -> float:
        text = house.metrics.render().decode()
        return sum(float(one) for one in re.findall(r"^cardwarden_blocks_in_force\{.*\} (\S+)$", text, re.MULTILINE))

    assert in_force() == len(blocked(house.library))
    house.library.pay(house.library.subjects["owes_much"])
    house.tick()
    assert in_force() == len(blocked(house.library))
    newcomer = house.library.subjects["clear"]
    house.library.charge(newcomer, "OVERDUE", "300.00")
    house.tick()
    assert newcomer in blocked(house.library)
    assert in_force() == len(blocked(house.library))
    where = house.library.patrons[newcomer].library_id
    assert house.metric(f'cardwarden_blocks_in_force{{library="{where}",rule="debt"}}') >= 1


def test_a_mistake_of_its_own_is_told_without_its_words_and_the_next_cycle_goes_on(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise KeyError("Karen Blixen")

    with monkeypatch.context() as patched:
        patched.setattr("sidecar.serve.worker.run_once", broken)
        assert house.tick() == "quick failed"
    assert house.board.now.last_error == "a mistake in Cardwarden: KeyError"
    assert house.tick() == "quick done"


def test_an_approval_whose_cycle_was_stopped_is_not_spent_and_the_next_daemon_goes_on_with_it(
    koha: StandinKoha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, koha, more="[koha]\nwrite_batch = 1") as house:
        house.tick()
        house.approve()
        conclude = house.journal.conclude

        def stop_after_this(*arguments: Any) -> None:
            conclude(*arguments)
            house.stop.set()

        with monkeypatch.context() as patched:
            patched.setattr(house.journal, "conclude", stop_after_this)
            assert house.tick() == "full pending"
        assert len(blocked(koha.library)) == 1
        digest = house.configuration.policy.policy.digest
        assert len(house.journal.approvals(digest, house.clock.now())) == 1
        house.stop.clear()
        assert house.tick() == "full done", "the approval still asks for a full cycle"
        assert len(blocked(koha.library)) > 1
        assert house.journal.approvals(digest, house.clock.now()) == []


def test_told_to_stop_it_does_not_begin_another(house: Serving) -> None:
    house.stop.set()
    before = house.kinds()
    house.tick()
    assert house.kinds() == before
