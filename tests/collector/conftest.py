"""An office by each way that there is to it."""

import getpass
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.collector import FileOffice, Folders, SftpOptions, folder_office
from adapters.collector import sftp_office as sftp_office_of
from tests.collector.servers import SSHD, LoopbackSftp, openssh, options_for


@dataclass(frozen=True)
class Place:
    """An office, and its folders as this machine sees them."""

    office: FileOffice
    out: Path
    in_: Path
    archive: Path

    def names(self, folder: Path) -> list[str]:
        return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three empty folders at the office."""
    root = tmp_path / "office"
    for name in ("out", "in", "archive"):
        (root / name).mkdir(parents=True)
    return root


@pytest.fixture
def sftp(root: Path) -> Iterator[LoopbackSftp]:
    with LoopbackSftp(root) as server:
        yield server


@pytest.fixture
def sftp_options(sftp: LoopbackSftp, tmp_path: Path) -> SftpOptions:
    return options_for(sftp, sftp.known_hosts(tmp_path / "known_hosts"))


@pytest.fixture
def sftp_office(sftp_options: SftpOptions) -> FileOffice:
    return sftp_office_of(sftp_options, Folders("/out", "/in", "/archive"))


@pytest.fixture(params=["folder", "sftp", "openssh"])
def place(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Iterator[Place]:
    folders = Folders(*(str(root / name) for name in ("out", "in", "archive")))
    with ExitStack() as stack:
        match request.param:
            case "folder":
                office = folder_office(root, Folders("out", "in", "archive"))
            case "sftp":
                office = request.getfixturevalue("sftp_office")
            case _:
                if SSHD is None:
                    pytest.skip("openssh-server is not installed")
                (tmp_path / "ssh").mkdir()
                port, key, known = stack.enter_context(openssh(tmp_path / "ssh"))
                options = SftpOptions(
                    host="127.0.0.1", port=port, user=getpass.getuser(), known_hosts=known, key_file=key, timeout=10
                )
                office = sftp_office_of(options, folders)
        yield Place(office, root / "out", root / "in", root / "archive")
