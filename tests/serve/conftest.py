"""A worker after its first day. Prometheus' own tool is asked where it is installed; .ci/run installs it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from tests.serve.house import Serving, serving

collect_ignore = [] if shutil.which("promtool") else ["test_promtool.py"]


@pytest.fixture
def house(koha: StandinKoha, tmp_path: Path) -> Iterator[Serving]:
    """A daemon's worker after its first day."""
    with serving(tmp_path, koha) as house:
        house.tick()
        house.approve()
        house.tick()
        yield house
