"""Where the commands' tests begin."""

from collections.abc import Callable

import pytest

from adapters.standin.http.server import StandinKoha
from tests.conftest import Command
from tests.e2e.test_reconcile import digest_in


@pytest.fixture
def applied(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command) -> Command:
    """A Koha on which the first day is over."""
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 0
    return cardwarden
