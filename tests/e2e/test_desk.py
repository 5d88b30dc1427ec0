"""At the desk and in the office: release, undo, retire, the journal, and what it knows of one patron."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar.ports import CycleOutcome, Mode, Seat
from sidecar.store import open_journal
from tests.conftest import Command, FrozenClock
from tests.e2e.test_reconcile import digest_in, ours


def test_staff_release_a_pin_block_after_seeing_photo_id(applied: Command, library: Library) -> None:
    patron = library.subjects["pin_failed_to_the_limit"]
    said = applied("release", str(patron), "--rule", "pin", "--staff", "AB", "--photo-id-checked")
    assert said.code == 0
    assert "photo ID checked" in said.out
    assert (str(patron), "CW_PIN") not in ours(library)
    assert library.patrons[patron].attempts == 0
    held = json.loads(applied("privacy", "export", str(patron)).out)
    assert held["staff_releases"][0]["staff"] == "AB"
    assert applied("reconcile").code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("clear", "--rule", "debt", "--staff", "AB"), "no restriction"),
        (("owes_much", "--rule", "nonsense", "--staff", "AB"), "no rule 'nonsense'"),
        (("owes_much", "--rule", "debt", "--staff", " "), "--staff"),
    ],
)
def test_what_cannot_be_released_is_one_line(
    applied: Command, library: Library, arguments: tuple[str, ...], word: str
) -> None:
    before = ours(library)
    said = applied("release", str(library.subjects[arguments[0]]), *arguments[1:])
    assert said.code == 1
    assert word in said.err
    assert len(said.err.splitlines()) == 1
    assert ours(library) == before


def test_retiring_counts_first_and_then_removes_ours_alone(applied: Command, library: Library) -> None:
    foreign = list(library.rows(foreign=True))
    assert applied("retire").code == 1
    counted = applied("retire", "--all")
    assert counted.code == 2
    assert ours(library)
    assert applied("retire", "--all", "--apply").code == 0
    assert ours(library) == set()
    assert list(library.rows(foreign=True)) == foreign


def test_retiring_one_rule_says_how_it_stays_retired(
    applied: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = applied("retire", "--rule", "pin", "--apply")
    assert said.code == 0
    assert "`retired = true` in [rules.pin]" in said.out
    text = Path("config/policy.toml").read_text(encoding="utf-8")
    file = tmp_path / "retired.toml"
    file.write_text(text.replace("[rules.pin]", "[rules.pin]\nretired = true"), encoding="utf-8")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(file))
    again = applied("retire", "--rule", "pin", "--apply")
    assert (again.code, "retired = true" in again.out) == (0, False)
    assert "nothing" in applied("reconcile").out.lower()


@pytest.mark.parametrize("arguments", [("--all",), ("--rule", "debt"), ("--all", "--apply")])
def test_retiring_without_the_plugin_is_refused_since_nothing_can_be_seen(
    plain_koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, arguments: tuple[str, ...]
) -> None:
    connect(plain_koha)
    said = cardwarden("retire", *arguments)
    assert (said.code, said.out) == (1, "")
    assert "can neither be seen nor removed" in said.err


@pytest.mark.parametrize("arguments", [(), ("--cycle", "2")])
def test_the_journal_is_shown_though_the_policy_is_broken(
    applied: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "broken.toml").write_text("[policy\n", encoding="utf-8")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(tmp_path / "broken.toml"))
    said = applied("journal", *arguments)
    assert said.code == 0
    assert "Cycle" in said.out
    assert "`cardwarden policy check` says why" in said.err


def test_a_cycle_is_undone(applied: Command, library: Library) -> None:
    patron = library.subjects["clear"]
    library.charge(patron, "LOST", "150.00")
    assert applied("reconcile", "--apply").code == 0
    assert (str(patron), "CW_REPLACEMENT") in ours(library)
    cycle = str(json.loads(applied("journal", "--json", "--limit", "1").out)[0]["id"])
    assert applied("undo", cycle).code == 2
    assert applied("undo", cycle, "--apply").code == 0
    assert (str(patron), "CW_REPLACEMENT") not in ours(library)
    assert applied("reconcile").code == 0
    assert applied("undo", "9999").code == 1


def test_the_journal_shows_cycles_and_changes(applied: Command, library: Library) -> None:
    assert "apply" in applied("journal").out
    patron = str(library.subjects["owes_much"])
    changes = applied("journal", "--patron", patron).out
    assert "debt" in changes
    assert library.patrons[int(patron)].surname not in changes


def test_a_patron_is_forgotten_when_it_is_said_twice(applied: Command, library: Library) -> None:
    patron = str(library.subjects["owes_much"])
    assert applied("privacy", "erase", patron).code == 1
    assert applied("privacy", "erase", patron, "--yes").code == 0
    assert json.loads(applied("privacy", "export", patron).out)["cases"] == []


def test_a_patron_whose_bytes_another_reader_keeps_is_not_said_to_be_forgotten(
    applied: Command, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", f"sqlite:///{tmp_path / 'journal.db'}?timeout=0.1")
    patron = str(library.subjects["owes_much"])
    reader = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM changes").fetchone()
    said = applied("privacy", "erase", patron, "--yes")
    reader.close()
    assert said.code == 0
    assert "forgotten" not in said.out
    assert "run the same command again" in said.err
    assert "is forgotten" in applied("privacy", "erase", patron, "--yes").out


def test_a_card_number_is_read_from_standard_input(
    applied: Command, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron = library.subjects["owes_much"]
    lines = iter([library.patrons[patron].card_number + "\n"])
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"readline": lambda _: next(lines)})())
    said = applied("explain", "-")
    assert said.code == 0
    assert f"Patron {patron}" in said.out
    assert library.patrons[patron].card_number not in said.out


def test_a_takeover_makes_this_journal_the_writer(
    applied: Command, koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha, "another.db")
    digest = digest_in(cardwarden("reconcile", "--apply").out) if library.charge(4, "LOST", "90.00") else ""
    refused = cardwarden("reconcile", "--apply", "--approve", digest)
    assert refused.code == 1
    assert "takeover" in refused.err
    assert cardwarden("takeover").code == 0
    assert cardwarden("reconcile", "--apply").code == 0


def test_another_policy_is_simulated_and_nothing_is_written(applied: Command, library: Library, tmp_path) -> None:
    before = ours(library)
    other = tmp_path / "other.toml"
    other.write_text(
        '[policy]\nname = "Other"\ncurrency = "DKK"\nlanguages = ["da"]\n'
        '[rules.debt]\nkind = "debt"\nblock_at = 100.00\n'
    )
    said = applied("policy", "simulate", str(other))
    assert said.code == 0
    assert str(library.subjects["owes_one_ore_less"]) in said.out
    assert ours(library) == before


def test_the_settings_are_checked_against_the_koha_they_name(applied: Command) -> None:
    said = applied("config", "check")
    assert said.code == 0
    assert "koha " in said.out
    assert "secret" not in applied("config", "show").out.replace("client_secret", "").replace("**********", "")


def test_whatever_is_asked_or_ordered_of_another_koha_is_refused(applied: Command, library: Library) -> None:
    before, patron = ours(library), str(library.subjects["pin_failed_to_the_limit"])
    library.replace_installation("another")
    for command in (
        ("explain", patron),
        ("release", patron, "--rule", "pin", "--staff", "AB", "--photo-id-checked"),
        ("undo", "2", "--apply"),
        ("retire", "--all", "--apply"),
        ("takeover",),
        ("policy", "simulate", "config/policy.toml"),
    ):
        said = applied(*command)
        assert (said.code, said.out) == (1, ""), command
        assert "belongs to another library system" in said.err
    assert ours(library) == before


def test_explain_knows_of_a_write_whose_answer_never_came(
    applied: Command, library: Library, koha: StandinKoha, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron = library.subjects["owes_much"]
    library.pay(patron)
    monkeypatch.setenv("CARDWARDEN_KOHA__ATTEMPTS", "1")
    koha.faults.add(parse_fault("timeout-after-write:1x"))
    assert applied("reconcile", "--apply").code == 2
    library.charge(patron, "OVERDUE", "400.00")
    said = applied("explain", str(patron)).out
    assert "lifted by staff" not in said
    assert applied("reconcile", "--apply").code == 0
    assert (str(patron), "CW_DEBT") in ours(library)


def test_undo_says_what_it_leaves(applied: Command, library: Library) -> None:
    patron = str(library.subjects["pin_failed_to_the_limit"])
    assert applied("release", patron, "--rule", "pin", "--staff", "AB", "--photo-id-checked").code == 0
    said = applied("undo", "3", "--apply").out
    assert "Left as it is: 1 × a PIN counter that was reset." in said


def test_the_journal_shows_quiet_quick_cycles_only_if_asked(applied: Command, tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'journal.db'}", clock=FrozenClock()) as journal:
        for _ in range(40):
            cycle = journal.begin_cycle("quick", Mode.APPLY, "p", FrozenClock().now())
            journal.end_cycle(cycle, CycleOutcome.DONE, FrozenClock().now())
    assert "full" in applied("journal").out
    assert "quick" not in applied("journal").out
    assert "full" not in applied("journal", "--all").out


def test_of_quick_cycles_that_wait_for_the_same_the_journal_shows_the_first(applied: Command, tmp_path: Path) -> None:
    def waiting(digest: str, **counts: int) -> None:
        cycle = journal.begin_cycle("quick", Mode.APPLY, "p", FrozenClock().now())
        told = {"planned.add": 3, "held": 3, **counts}
        journal.end_cycle(cycle, CycleOutcome.PENDING, FrozenClock().now(), counts=told, plan_digest=digest)

    with open_journal(f"sqlite:///{tmp_path / 'journal.db'}", clock=FrozenClock()) as journal:
        for _ in range(5):
            waiting("a" * 64)
        waiting("a" * 64, done=1)
        waiting("b" * 64)
    assert applied("journal").out.count("quick") == 3, "the first, the one that wrote, and another plan"
    assert applied("journal", "--all").out.count("quick") == 7


def test_an_erased_patron_changes_the_digest_of_a_plan_that_waits(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    before = digest_in(cardwarden("reconcile").out)
    patron, stranger = str(library.subjects["owes_much"]), str(library.subjects["clear"])
    assert "another digest" not in cardwarden("privacy", "erase", stranger, "--yes").out
    assert cardwarden("approve", before).code == 0, "of a plan that the erased patron was not in"
    assert "another digest" in cardwarden("privacy", "erase", patron, "--yes").out
    assert cardwarden("approve", before).code == 1
    assert before[:12] not in cardwarden("journal").out


# Who ordered what, and what then


def test_drift_that_staff_meant_is_accepted_and_not_put_back(applied: Command, library: Library) -> None:
    lifted = [patron for patron, kind in sorted(ours(library)) if kind == "CW_DEBT"]
    for patron in lifted:
        library.staff_lifts(int(patron), "CW_DEBT")
    drifted = applied("reconcile", "--apply")
    assert (drifted.code, "DRIFT" in drifted.out, "cardwarden drift accept" in drifted.out) == (2, True, True)
    accepted = applied("drift", "accept", "--staff", "AB")
    assert (accepted.code, f"Accepted: {len(lifted)} blocks" in accepted.out, "AB" in accepted.out) == (0, True, True)
    after = applied("reconcile", "--apply")
    assert (after.code, "DRIFT" in after.out) == (0, False)
    assert not any(kind == "CW_DEBT" for _, kind in ours(library))
    assert "accepted as lifted by staff" in " ".join(applied("explain", lifted[0]).out.split())
    assert "No drift is open" in applied("drift", "accept").out


def test_undo_says_before_it_writes_who_stays_free_and_how_they_can_be_blocked_again(
    applied: Command, library: Library
) -> None:
    before = ours(library)
    cycle = next(cycle["id"] for cycle in json.loads(applied("journal", "--json").out) if cycle["mode"] == "apply")
    preview = applied("undo", str(cycle))
    assert "would stay free, though the rules would block them" in " ".join(preview.out.split())
    assert "--then block-again" in preview.out
    assert applied("undo", str(cycle), "--apply", "--then", "block-again", "--staff", "AB").code == 0
    assert ours(library) == set()
    digest = digest_in(applied("reconcile").out)
    assert applied("reconcile", "--apply", "--approve", digest, "--staff", "AB").code == 0
    assert ours(library) == before


def test_what_was_undone_is_explained_as_undone_and_by_whom(applied: Command, library: Library) -> None:
    cycle = next(cycle["id"] for cycle in json.loads(applied("journal", "--json").out) if cycle["mode"] == "apply")
    applied("undo", str(cycle), "--apply", "--staff", "AB")
    explained = " ".join(applied("explain", str(library.subjects["owes_much"])).out.split())
    assert "Undone on" in explained
    assert "by AB." in explained


def test_retire_says_which_liftings_it_forgets(applied: Command, library: Library) -> None:
    applied("release", str(library.subjects["owes_much"]), "--rule", "debt", "--staff", "AB")
    assert "Forgotten with rule debt: 1 of its blocks" in applied("retire", "--rule", "debt").out


@pytest.mark.parametrize("command", [("pause",), ("resume",), ("approve", "0" * 64), ("drift", "accept")])
@pytest.mark.parametrize("staff", [" ", "0101701234"])
def test_no_card_number_is_kept_as_the_name_of_staff(applied: Command, command: tuple[str, ...], staff: str) -> None:
    said = applied(*command, "--staff", staff)
    assert (said.code, "--staff" in said.err, "0101701234" in said.err) == (1, True, False)


def test_a_release_goes_on_beside_a_daemon_that_writes(applied: Command, library: Library, tmp_path: Path) -> None:
    """The desk does not wait for the daemon to be stopped; a cycle by hand does."""
    locked = str(library.subjects["pin_failed_to_the_limit"])
    daemon = open_journal(f"sqlite:///{tmp_path / 'journal.db'}", clock=FrozenClock(datetime.now(UTC)))
    with daemon, daemon.hold("cardwarden daemon", datetime.now(UTC), timedelta(minutes=2), Seat.WRITER):
        assert applied("reconcile", "--apply").code == 1
        said = applied("release", locked, "--rule", "pin", "--staff", "ab", "--photo-id-checked")
    assert said.code == 0, said.err
    assert (locked, "CW_PIN") not in ours(library)


def test_an_approval_of_a_plan_under_another_policy_is_told_to_count_no_more(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("approve", digest).err == ""
    changed = (tmp_path / "policy.toml").as_posix()
    text = Path("config/policy.toml").read_text(encoding="utf-8")
    Path(changed).write_text(text.replace("225", "300"), encoding="utf-8")
    monkeypatch.setenv("CARDWARDEN_POLICY", changed)
    said = cardwarden("approve", digest)
    assert said.code == 0
    assert "the policy has changed since that plan was made" in said.err


# Photo ID, and a broken policy file


def test_a_pin_block_is_not_released_before_photo_id_was_seen(applied: Command, library: Library) -> None:
    patron = str(library.subjects["pin_failed_to_the_limit"])
    refused = applied("release", patron, "--rule", "pin", "--staff", "AB")
    assert (refused.code, "--photo-id-checked" in refused.err) == (1, True)
    assert (patron, "CW_PIN") in ours(library)
    done = applied("release", patron, "--rule", "pin", "--staff", "AB", "--photo-id-checked", "--reason", "forgot it")
    assert done.code == 0
    (kept,) = json.loads(applied("privacy", "export", patron).out)["staff_releases"]
    assert (kept["staff"], kept["photo_id_checked"], kept["reason"]) == ("AB", True, "forgot it")


def test_nothing_at_the_desk_stops_with_a_broken_policy_file(
    applied: Command, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[policy]\nname = 1\n")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(broken))
    patron = str(library.subjects["pin_failed_to_the_limit"])
    for said in (
        applied("explain", patron),
        applied("reconcile"),
        applied("release", patron, "--rule", "pin", "--staff", "AB", "--photo-id-checked"),
    ):
        assert said.code == 0
        assert "broken.toml" in said.err
        assert "The policy in force is used in its place" in said.err
    assert (patron, "CW_PIN") not in ours(library)
    written = applied("reconcile", "--apply")
    assert (written.code, "in force" in written.err) == (1, False), "what writes by the file does not"


def test_without_a_policy_in_force_a_broken_file_is_an_error(
    cardwarden: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("nonsense = 1\n")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(broken))
    assert cardwarden("reconcile").code == 1
