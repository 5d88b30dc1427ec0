"""An SFTP server is spoken with if its key is known, and whatever it does leaves no half file under a name."""

import base64
import contextlib
import hashlib
import hmac
import socket
import subprocess
import sys
from pathlib import Path

import asyncssh
import pytest

from adapters.collector import FileOffice, Folders, SftpOptions, sftp_office
from adapters.collector.naming import temporary
from sidecar.core.collection.claim import OutgoingFile
from sidecar.errors import OfficeError, OfficeRefuses, OfficeUnreachable
from tests.collector.servers import PASSWORD, USER, LoopbackSftp, options_for

FILE = OutgoingFile("cardwarden-000017.csv", b"0123456789abcdef" * 8192)
FOLDERS = Folders("/out", "/in", "/archive")


def office(options: SftpOptions) -> FileOffice:
    return sftp_office(options, FOLDERS)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_server_whose_key_is_not_known_is_not_spoken_with(sftp: LoopbackSftp, tmp_path: Path) -> None:
    (tmp_path / "known").write_text("")
    with pytest.raises(OfficeRefuses, match=rf"holds no key of 127\.0\.0\.1:{sftp.port}.*ssh-keyscan -p {sftp.port}"):
        office(options_for(sftp, tmp_path / "known")).deliver(FILE)
    assert sftp.faults.calls == names(sftp.root / "out") == []


def test_a_key_of_the_same_host_at_another_port_is_not_the_server_s(sftp: LoopbackSftp, tmp_path: Path) -> None:
    public = sftp.key.export_public_key().decode()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{sftp.port + 1} {public}")
    with pytest.raises(OfficeRefuses, match="holds no key of"):
        office(options_for(sftp, tmp_path / "known")).waiting()


def test_a_changed_key_is_refused_and_shown(sftp: LoopbackSftp, sftp_options: SftpOptions) -> None:
    office(sftp_options).deliver(FILE)
    sftp.takes_a_new_key()
    before = list(sftp.faults.calls)
    with pytest.raises(OfficeRefuses) as refused:
        office(sftp_options).waiting()
    assert f"shows another key ({sftp.key.get_fingerprint()})" in str(refused.value)
    assert "Ask the office whether it has a new key" in str(refused.value)
    assert sftp.faults.calls == before


def test_a_server_that_has_no_more_key_of_the_known_sort_has_a_changed_key(root: Path, tmp_path: Path) -> None:
    with LoopbackSftp(root, key_type="ecdsa-sha2-nistp256") as server:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        (tmp_path / "known").write_text(f"[127.0.0.1]:{server.port} {other}")
        with pytest.raises(OfficeRefuses, match="shows another key than"):
            office(options_for(server, tmp_path / "known")).waiting()


def test_a_revoked_key_is_refused(sftp: LoopbackSftp, tmp_path: Path) -> None:
    file = sftp.known_hosts(tmp_path / "known")
    file.write_text(f"{file.read_text()}@revoked {file.read_text()}")
    with pytest.raises(OfficeRefuses, match="shows another key"):
        office(options_for(sftp, file)).waiting()


def test_a_hashed_name_is_known(sftp: LoopbackSftp, tmp_path: Path) -> None:

    salt = b"s" * 20
    name = f"[127.0.0.1]:{sftp.port}".encode()
    digest = hmac.new(salt, name, hashlib.sha1).digest()
    hashed = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
    (tmp_path / "known").write_text(f"{hashed} {sftp.key.export_public_key().decode()}")
    assert office(options_for(sftp, tmp_path / "known")).waiting() == []


def test_known_hosts_that_cannot_be_read_are_said(sftp: LoopbackSftp, tmp_path: Path) -> None:
    with pytest.raises(OfficeRefuses, match=r"known_hosts: .*absent cannot be read"):
        office(options_for(sftp, tmp_path / "absent")).waiting()


def test_a_key_opens_without_a_password(sftp: LoopbackSftp, sftp_options: SftpOptions, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(tmp_path / "id")
    sftp.keys_let_in = [key.get_fingerprint()]
    options = options_for(sftp, sftp_options.known_hosts, key_file=tmp_path / "id", password=None)
    office(options).deliver(FILE)
    assert names(sftp.root / "out") == [FILE.name]


def test_a_server_that_asks_for_the_password_is_answered(root: Path, tmp_path: Path) -> None:
    with LoopbackSftp(root, asks=True) as server:
        office(options_for(server, server.known_hosts(tmp_path / "known"))).deliver(FILE)
    assert names(root / "out") == [FILE.name]


def test_who_is_not_let_in_is_told_what_to_check(sftp: LoopbackSftp, sftp_options: SftpOptions, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "id")
    wrong = [
        options_for(sftp, sftp_options.known_hosts, password="wrong"),
        options_for(sftp, sftp_options.known_hosts, password=None, key_file=tmp_path / "id"),
    ]
    for options in wrong:
        with pytest.raises(OfficeRefuses, match=f"does not let {USER} in: check user, and key_file or password_file"):
            office(options).waiting()


def test_a_key_file_that_cannot_be_used_is_said(sftp: LoopbackSftp, sftp_options: SftpOptions, tmp_path: Path) -> None:
    (tmp_path / "id").write_text("no key")
    for file in (tmp_path / "id", tmp_path / "absent"):
        with pytest.raises(OfficeRefuses, match="cannot be read as a private key without a passphrase"):
            office(options_for(sftp, sftp_options.known_hosts, key_file=file)).waiting()


def test_nothing_of_the_user_s_own_ssh_is_used(
    sftp: LoopbackSftp, sftp_options: SftpOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key or a setting that happens to lie in ~/.ssh must not let in what the settings do not."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / ".ssh").mkdir()
    key.write_private_key(tmp_path / ".ssh" / "id_ed25519")
    (tmp_path / ".ssh" / "config").write_text("Host *\n  User somebody\n")
    sftp.keys_let_in = [key.get_fingerprint()]
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(OfficeRefuses, match=f"does not let {USER} in"):
        office(options_for(sftp, sftp_options.known_hosts, password="wrong")).waiting()


def test_a_server_without_sftp_is_said(root: Path, tmp_path: Path) -> None:
    with LoopbackSftp(root, offers_sftp=False) as server, pytest.raises(OfficeRefuses, match="offers no SFTP"):
        office(options_for(server, server.known_hosts(tmp_path / "known"))).waiting()


def test_nobody_there_is_tried_again(sftp: LoopbackSftp, sftp_options: SftpOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    known = sftp_options.known_hosts
    known.write_text(f"[127.0.0.1]:{port} {sftp.key.export_public_key().decode()}")
    with pytest.raises(OfficeUnreachable, match=f"Nothing listens on 127.0.0.1:{port}"):
        office(options_for(sftp, known, port=port)).deliver(FILE)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        (tmp_path / "known").write_text(f"[127.0.0.1]:{port} {public}")
        options = SftpOptions(
            host="127.0.0.1", port=port, user=USER, password=PASSWORD, known_hosts=tmp_path / "known", timeout=0.5
        )
        with pytest.raises(OfficeUnreachable, match=r"did not answer in 0\.5 s"):
            office(options).waiting()


def test_a_session_that_falls_silent_is_not_waited_for_for_ever(sftp: LoopbackSftp, sftp_options: SftpOptions) -> None:
    sftp.faults.silent = True
    options = options_for(sftp, sftp_options.known_hosts, timeout=0.5)
    with pytest.raises(OfficeUnreachable, match=r"no answer in 0\.5 s"):
        office(options).waiting()


def test_a_connection_cut_in_the_middle_leaves_no_file_under_the_name(
    sftp: LoopbackSftp, sftp_options: SftpOptions
) -> None:
    sftp.faults.cut_after = 50_000
    with pytest.raises(OfficeUnreachable, match="tried again"):
        office(sftp_options).deliver(FILE)
    assert names(sftp.root / "out") == [temporary(FILE.name)]
    assert 0 < (sftp.root / "out" / temporary(FILE.name)).stat().st_size < len(FILE.content)
    sftp.faults.cut_after = None
    office(sftp_options).deliver(FILE)
    assert names(sftp.root / "out") == [FILE.name]
    assert (sftp.root / "out" / FILE.name).read_bytes() == FILE.content


def test_a_file_that_got_its_name_before_the_cut_is_not_sent_twice(
    sftp: LoopbackSftp, sftp_options: SftpOptions
) -> None:
    sftp.faults.cut_after_rename = True
    with pytest.raises(OfficeUnreachable):
        office(sftp_options).deliver(FILE)
    sftp.faults.cut_after_rename = False
    sftp.faults.calls.clear()
    office(sftp_options).deliver(FILE)
    assert names(sftp.root / "out") == [FILE.name]
    assert "write" not in sftp.faults.calls


def test_a_server_that_fails_at_every_third_call_gets_every_file_once_in_the_end(
    sftp: LoopbackSftp, sftp_options: SftpOptions
) -> None:
    there = office(sftp_options)
    files = [OutgoingFile(f"cardwarden-{number:06d}.csv", b"%d" % number * 40_000) for number in range(1, 4)]
    for number in range(1, 4):
        (sftp.root / "in" / f"office-{number:06d}.csv").write_bytes(b"%d" % number)
    sftp.faults.third()
    for file in files:
        _in_the_end(lambda file=file: there.deliver(file))  # type: ignore[misc]
        whole = {each.name: each.read_bytes() for each in (sftp.root / "out").iterdir() if each.suffix == ".csv"}
        assert all(content == {each.name: each.content for each in files}[name] for name, content in whole.items())
    heard = {}
    for name in _in_the_end(there.waiting):
        heard[name] = _in_the_end(lambda name=name: there.fetch(name))  # type: ignore[misc]
        _in_the_end(lambda name=name: there.archive(name))  # type: ignore[misc]
    sftp.faults.fails = lambda _call, _name: False
    there.deliver(files[0])
    assert names(sftp.root / "out") == [file.name for file in files]
    assert heard == {f"office-{number:06d}.csv": b"%d" % number for number in range(1, 4)}
    assert (names(sftp.root / "in"), names(sftp.root / "archive")) == ([], sorted(heard))


def _in_the_end(act):  # type: ignore[no-untyped-def]
    """What an act gives when it is done again until it goes through."""
    for _ in range(40):
        with contextlib.suppress(OfficeUnreachable):
            return act()
    raise AssertionError("never done")


@pytest.mark.parametrize("call", ["open", "write", "rename", "stat"])
def test_what_the_office_does_not_allow_is_for_a_person(
    sftp: LoopbackSftp, sftp_options: SftpOptions, call: str
) -> None:
    sftp.faults.fails = lambda _number, name: name == call
    sftp.faults.refused = asyncssh.SFTPPermissionDenied
    with pytest.raises(OfficeRefuses, match=f"{USER} may not do that there"):
        office(sftp_options).deliver(FILE)
    assert FILE.name not in names(sftp.root / "out")


def test_a_letter_box_that_shows_nothing_is_posted_into_all_the_same(
    sftp: LoopbackSftp, sftp_options: SftpOptions
) -> None:
    sftp.faults.fails = lambda _number, name: name == "scandir"
    sftp.faults.refused = asyncssh.SFTPPermissionDenied
    office(sftp_options).deliver(FILE)
    assert names(sftp.root / "out") == [FILE.name]


def test_no_message_and_no_picture_of_the_options_shows_the_password(
    sftp: LoopbackSftp, sftp_options: SftpOptions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sftp.takes_a_new_key()
    with pytest.raises(OfficeError) as refused:
        office(sftp_options).waiting()
    assert PASSWORD not in f"{refused.value}{sftp_options!r}{caplog.text}"


def test_no_command_waits_until_asyncssh_is_loaded_but_one_that_speaks_with_a_server() -> None:
    """It takes as long to load as the rest of a small command."""
    code = "import sys, sidecar.wiring.collection; sys.exit('asyncssh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
