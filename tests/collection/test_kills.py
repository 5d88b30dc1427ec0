"""Killed between any two steps, an exchange goes on from there: the same files, the same claims, each told once."""

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.collection import exchange
from tests.cycle.house import patron

from .dying import Death, Killed
from .house import Library
from .office import gave_back, paid, part, took

OFFICE = ("deliver", "waiting", "fetch", "archive")
JOURNAL = ("keep_batch", "keep_delivery", "keep_heard")
SPOOL = ("put", "get", "keep_only")

STEPS = 28
"""Calls that the story below makes; a test says if there are more."""


def story(folder: Path, death: Death) -> tuple[dict[str, str], list[tuple[str, bytes]], set[str], int]:
    """Three claims: one paid at the office in two parts, one given back, one that grows. Whatever is killed is run
    again."""
    folder.mkdir()
    library = Library(folder, patron(1, "300"), patron(2, "400"), patron(3, "500"))

    def run() -> None:
        there = library.there
        mortal = replace(
            there,
            office=death.of(there.office, *OFFICE),
            journal=death.of(there.journal, *JOURNAL),
            spool=death.of(there.spool, *SPOOL),
        )
        try:
            exchange(mortal)
        except Killed:
            library.later(minutes=1)
            run()

    library.referred()
    run()
    library.later(days=1)
    library.ils.put(patron(3, "550"))
    library.says(took("C-000001"), took("C-000002"), part("C-000001", "100.00", "200.00", "P-1"))
    library.apply()
    run()
    library.later(days=1)
    library.says(paid("C-000001", "200.00", "P-2"), gave_back("C-000002"), number=2)
    run()
    library.apply()
    library.apply()
    outgoing = [(path.name, path.read_bytes()) for path in sorted((folder / "outgoing").iterdir())]
    ended = (library.states(), outgoing, library.blocked("CW_CLAIM"), library.journal.claims(["1"])[0].paid_to_office)
    assert library.files("spool") == []
    assert (library.files("incoming"), len(library.files("archive"))) == ([], 2)
    library.close()
    return ended


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    death = Death()
    ended = story(tmp_path_factory.mktemp("whole") / "house", death)
    return ended, death.calls


def test_the_story_has_no_more_steps_than_are_tried(undisturbed) -> None:  # type: ignore[no-untyped-def]
    (states, outgoing, blocked, paid_to_office), calls = undisturbed
    assert (states, blocked) == ({"1": "closed", "2": "closed", "3": "sent"}, {"3"})
    assert ([name for name, _ in outgoing], paid_to_office) == (
        ["cardwarden-000001.csv", "cardwarden-000002.csv"],
        300_00,
    )
    assert calls == STEPS


@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_a_kill_right_after_any_step_changes_nothing_of_the_end(undisturbed, tmp_path: Path, at: int) -> None:  # type: ignore[no-untyped-def]
    """What is killed right before a step is as if killed right after the one before."""
    assert story(tmp_path / "house", Death(at, after=True)) == undisturbed[0]
