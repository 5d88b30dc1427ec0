"""A worker after its first day. Prometheus' own tool is asked where it is installed; .ci/run installs it."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from tests.serve.house import Serving, serving
from tests.serve.mailserver import MailServer

collect_ignore = [] if shutil.which("promtool") else ["test_promtool.py"]


@pytest.fixture
def house(koha: StandinKoha, tmp_path: Path) -> Iterator[Serving]:
    """A daemon's worker after its first day."""
    with serving(tmp_path, koha) as house:
        house.tick()
        house.approve()
        house.tick()
        yield house


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server on a free port of loopback."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
