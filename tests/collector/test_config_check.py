"""`config check` tries the office: whether it is reached and known, and whether its folders can be used."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from tests.collector.servers import PASSWORD, USER, LoopbackSftp
from tests.conftest import Command

Named = Callable[..., None]


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, connect: Callable[..., None], koha: StandinKoha) -> Named:
    """Name an office in the settings."""
    connect(koha)

    def name(**keys: object) -> None:
        for key, value in keys.items():
            monkeypatch.setenv(f"CARDWARDEN_COLLECTION__{key.upper()}", str(value))

    return name


@pytest.fixture
def sftp_named(named: Named, sftp: LoopbackSftp, tmp_path: Path) -> Named:
    known = sftp.known_hosts(tmp_path / "known")
    named(office="sftp", host="127.0.0.1", port=sftp.port, user=USER, password=PASSWORD, known_hosts=known)
    named(outgoing="/out", incoming="/in", archive="/archive")
    return named


def test_an_office_that_can_be_used_is_said_to_be_reached(
    sftp_named: Named, cardwarden: Command, sftp: LoopbackSftp
) -> None:
    said = cardwarden("config", "check")
    assert f"office     127.0.0.1:{sftp.port}: reached; profile generic" in said.out
    assert "Collection office" not in said.err
    assert [each for each in sftp.root.rglob("*") if each.is_file()] == []


def test_a_changed_host_key_is_an_error(sftp_named: Named, cardwarden: Command, sftp: LoopbackSftp) -> None:
    sftp.takes_a_new_key()
    said = cardwarden("config", "check")
    assert said.code == 1
    assert "reached" not in said.out
    assert "wrong     office     Collection office: " in said.err
    assert "shows another key" in said.err


def test_a_folder_that_is_missing_is_an_error(named: Named, cardwarden: Command, root: Path) -> None:
    (root / "in").rmdir()
    named(office="folder", folder=root, outgoing="out", incoming="in")
    said = cardwarden("config", "check")
    assert said.code == 1
    assert f"The folder {root / 'in'} is not there: make it, or mount the share that it is on." in said.err


def test_an_office_that_answers_nothing_needs_one_folder_alone(named: Named, cardwarden: Command, root: Path) -> None:
    (root / "in").rmdir()
    (root / "archive").rmdir()
    named(office="folder", folder=root, outgoing="out", profile="ums")
    assert f"office     {root}: reached; profile ums" in cardwarden("config", "check").out


def test_without_an_office_nothing_is_said(named: Named, cardwarden: Command) -> None:
    said = cardwarden("config", "check")
    assert "office" not in f"{said.out}{said.err}"


def test_a_rule_that_waits_for_the_word_of_an_office_that_gives_none_is_an_error(
    named: Named, cardwarden: Command, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(office="folder", folder=root, outgoing="out", profile="ums")
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[policy]\nname = "X"\ncurrency = "USD"\n[rules.claim]\nkind = "collection"\nrelease = "agency_confirmation"\n'
        "block_at = 60\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("CARDWARDEN_POLICY", str(policy))
    said = cardwarden("config", "check")
    assert said.code == 1
    assert "rules.claim: rests on a collection office that answers, and the settings name none" in said.err
