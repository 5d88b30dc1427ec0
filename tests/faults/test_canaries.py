"""Planted names, card numbers and staff's words stay out of whatever the commands and the daemon say or keep."""

import io
import signal
import sys
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.faults.canaries import COMMENT, NAMES, assert_absent, card_number
from tests.serve.running import Running, eventually, running

PATRONS = 80


@pytest.fixture
def library() -> Library:
    """Everybody has a planted name and card number; staff wrote about some, on their own rows and on ours."""
    library = build_library(PATRONS)
    for patron in library.patrons.values():
        patron.first_name, patron.surname = NAMES
        patron.card_number = card_number(patron.id)
    for kind in ("owes_much", "pin_failed_to_the_limit", "clear"):
        library.staff_restricts(library.subjects[kind], "MANUAL", COMMENT)
    return library


class Heard:
    """All that was said or kept, checked piece by piece."""

    def __init__(self, library: Library) -> None:
        self.patrons = tuple(library.patrons)
        self.pieces = 0

    def absent(self, content: bytes | str, where: str) -> None:
        assert content, f"{where} is empty: nothing was looked at"
        self.pieces += 1
        assert_absent(self.patrons, content.encode() if isinstance(content, str) else content, where)

    def in_folder(self, folder: Path) -> None:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.stat().st_size:
                self.absent(file.read_bytes(), file.name)


def test_what_the_commands_say_and_keep_names_nobody(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(library)
    with StandinKoha(library) as koha, running(tmp_path / "house", koha, start=False) as house:
        dry = house.run("reconcile", "--report", str(tmp_path / "report"))
        assert dry.code == 2, dry.err
        told = _commands(house, library, monkeypatch)
        for words, said in [("reconcile", f"{dry.out}{dry.err}"), *told]:
            heard.absent(said, words)
        heard.in_folder(tmp_path)
        heard.absent("\n".join(f"{one.method} {one.path}" for one in koha.log.entries), "the access log")
    assert heard.pieces > 25


def _commands(house: Running, library: Library, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What a day's commands say, faults and mistakes among them."""
    who = str(library.subjects["owes_much"])
    told: list[tuple[str, str]] = []

    def say(*arguments: str, typed: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        said = house.run(*arguments)
        told.append((" ".join(arguments), f"{said.out}{said.err}"))
        return said.out

    say("reconcile", "--json")
    with_names = house.run("reconcile", "--json", "--show-names").out
    assert NAMES[0] in with_names, "the planted names are not what is looked for"
    digest = house.run("journal", "--json").out.split('"plan_digest":')[1].split('"')[1]
    say("reconcile", "--apply", "--approve", digest)
    ours = [row for row in library.rows() if row["type"] == "CW_DEBT"]
    assert ours, told
    for row in ours[:2]:
        library.staff_edits(int(str(row["borrower_debarment_id"])), comment=f"{COMMENT}, se sagen")
    library.pay(library.subjects["owes_exactly_the_limit"])
    say("reconcile", "--apply")
    say("explain", who)
    say("explain", who, "--json")
    say("explain", "-", typed=f"{card_number(int(who))}\n")
    say("explain", "-", typed=f"{card_number(7_999_999)}\n")
    say("release", str(library.subjects["pin_failed_to_the_limit"]), "--rule", "debt", "--staff", "abc")
    say("journal")
    say("journal", "--patron", who, "--json")
    say("journal", "--patron", who)
    say("config", "check")
    say("policy", "check")
    say("retire", "--all")
    for fault in ("cut-body:always@/patrons", "html:always", "error=500:always@/patrons", "no-plugin:always"):
        house.koha.faults.add(fault)
        say("reconcile", "--apply")
        house.koha.faults.clear()
    house.koha.library.keys["client"] = house.koha.library.keys["low"]
    say("reconcile")
    return told


def test_what_the_daemon_says_shows_and_keeps_names_nobody(library: Library, tmp_path: Path) -> None:
    heard = Heard(library)
    with StandinKoha(library) as koha, running(tmp_path, koha) as daemon:
        daemon.approve_what_waits()
        eventually(lambda: [row for row in library.rows() if row["type"] == "CW_DEBT"])
        row = next(row for row in library.rows() if row["type"] == "CW_DEBT")
        library.staff_edits(int(str(row["borrower_debarment_id"])), comment=COMMENT)
        koha.faults.add("html:1x@/patrons")
        eventually(lambda: daemon.logged("cycle failed"))
        library.pay(library.subjects["owes_much"])
        eventually(lambda: not _blocked(library, library.subjects["owes_much"]))
        for path in ("/", "/healthz", "/readyz", "/metrics"):
            heard.absent(daemon.get(path).content, path)
        assert daemon.stop(signal.SIGTERM) == 0
        heard.in_folder(tmp_path)
        heard.absent("\n".join(f"{one.method} {one.path}" for one in koha.log.entries), "the access log")
    assert heard.pieces >= 7


def _blocked(library: Library, patron: int) -> bool:
    return any(row["borrowernumber"] == patron and row["type"] == "CW_DEBT" for row in library.rows())
