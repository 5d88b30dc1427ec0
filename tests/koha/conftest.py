"""A mocked Koha on whose every request something must be expected, and a client with a recording sleeper."""

from collections.abc import Iterator

import pytest
import responses

from adapters.http import HttpApi

from .replay import Waits, client, give_token


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def koha() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        give_token(mock)
        yield mock


@pytest.fixture
def bare_koha() -> Iterator[responses.RequestsMock]:
    """The same without a token to be had."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def http(waits: Waits) -> Iterator[HttpApi]:
    with client(waits) as made:
        yield made
