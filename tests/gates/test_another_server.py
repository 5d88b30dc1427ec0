"""The client against a SIP2 server that others wrote (`pysip2`), which is stricter than Koha."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import SocketAttribute
from anyio.from_thread import start_blocking_portal
from pysip2 import (
    LOGIN,
    PATRON_INFORMATION,
    PATRON_STATUS,
    LoginRequest,
    LoginResponse,
    PatronInformationRequest,
    PatronInformationResponse,
    PatronStatusRequest,
    PatronStatusResponse,
    RequestContext,
    SIP2Server,
)

from adapters.sip2 import Sip2Gate, Sip2Options
from sidecar.core.gates import Privilege
from sidecar.errors import GateError
from sidecar.ports import Card

CARDS = tuple(Card(str(number), f"C{number:07d}", ("Spærret: spørg personalet.",)) for number in range(1, 30))
ENCODING = "cp850"


def server() -> SIP2Server:
    """Every third card is blocked."""
    quiet = logging.getLogger("tests.gates.quiet")
    quiet.propagate = False
    quiet.addHandler(logging.NullHandler())
    app = SIP2Server(
        encoding=ENCODING, institution_id="HB", login_required=True, error_detection="required", logger=quiet
    )

    @app.route(LOGIN)
    def login(asked: LoginRequest, _context: RequestContext[LoginRequest, LoginResponse]) -> LoginResponse:
        return LoginResponse(ok="1" if asked.login_password == "blåbær" else "0")

    @app.route(PATRON_STATUS)
    def status(
        asked: PatronStatusRequest, context: RequestContext[PatronStatusRequest, PatronStatusResponse]
    ) -> PatronStatusResponse:
        raise AssertionError("a strict server takes no 23 without a PIN")

    @app.route(PATRON_INFORMATION)
    def information(
        asked: PatronInformationRequest, context: RequestContext[PatronInformationRequest, PatronInformationResponse]
    ) -> PatronInformationResponse:
        blocked = int(asked.patron_identifier[1:]) % 3 == 0
        return PatronInformationResponse(
            patron_status="YYYY          " if blocked else " " * 14,
            language=asked.language,
            transaction_date=context.now_18(),
            **dict.fromkeys(
                (
                    "hold_items_count",
                    "overdue_items_count",
                    "charged_items_count",
                    "fine_items_count",
                    "recall_items_count",
                    "unavailable_holds_count",
                ),
                "0000",
            ),
            institution_id="HB",
            patron_identifier=asked.patron_identifier,
            personal_name="Åse Ærø",
            valid_patron="Y",
            screen_message=("Spærret: spørg personalet.",) if blocked else (),
        )

    return app


@asynccontextmanager
async def listening() -> AsyncIterator[int]:
    """The server's own `start`, but with a socket that is closed at the end."""
    app = server()
    async with await app.listen("127.0.0.1", 0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, app._handle_connection)
        yield listener.extra(SocketAttribute.local_port)  # noqa: S610 - no database
        tasks.cancel_scope.cancel()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(listening()) as bound:
        yield bound


def gate(port: int, **more: object) -> Sip2Gate:
    options: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "user": "check",
        "password": "blåbær",
        "encoding": ENCODING,
    }
    return Sip2Gate("other", Sip2Options(**(options | more)))  # type: ignore[arg-type]


def test_cards_are_told_apart(port: int) -> None:
    answers = gate(port, details=True, institution="HB").look(CARDS)
    assert [each.trouble for each in answers] == [None] * len(CARDS)
    refused = {each.patron for each in answers if not each.allowed[Privilege.LOANS]}
    assert refused == {str(number) for number in range(3, 30, 3)}
    assert {each.patron for each in answers if each.text_shown is True} == refused


def test_a_server_that_takes_no_23_without_a_pin_is_told_in_one_line(port: int) -> None:
    with pytest.raises(GateError, match="closed the connection in place of an answer"):
        gate(port).look(CARDS[:1])


def test_a_wrong_password_is_told(port: int) -> None:
    with pytest.raises(GateError, match="refused the login"):
        gate(port, password="wrong").look(CARDS[:1])


def test_another_encoding_makes_another_password(port: int) -> None:
    with pytest.raises(GateError, match="refused the login"):
        gate(port, encoding="latin1").look(CARDS[:1])
