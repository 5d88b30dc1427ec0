"""A worker after its first day. Prometheus' own tool is asked where it is installed; .ci/run installs it."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from tests.serve.house import Serving, serving
from tests.serve.mailserver import MailServer
from tests.serve.people import with_login
from tests.serve.provider import Provider, a_provider

collect_ignore = [] if shutil.which("promtool") else ["test_promtool.py"]


@pytest.fixture
def house(koha: StandinKoha, tmp_path: Path) -> Iterator[Serving]:
    """A daemon's worker after its first day."""
    with serving(tmp_path, koha) as house:
        house.tick()
        house.approve()
        house.tick()
        yield house


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with a_provider(ab=["it", "desk"], cd=["desk"], ef=["readers"]) as provider:
        yield provider


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[tuple[Serving, str]]:
    """A daemon whose first plan waits for an approval."""
    with (
        StandinKoha(build_library(120)) as koha,
        with_login(tmp_path_factory.mktemp("login"), koha, provider) as (house, url),
    ):
        house.tick(2)
        yield house, url


@pytest.fixture
def straight(provider: Provider) -> Iterator[Provider]:
    """The provider, put right again afterwards."""
    before = dict(vars(provider))
    yield provider
    for name, value in before.items():
        setattr(provider, name, value)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server on a free port of loopback."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
