"""The rooms behind the door: what names persons, and what acts. They are there only where people can log in."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sidecar.errors import CardwardenError, LoginRefused
from sidecar.language import _
from sidecar.serve.logs import place_of
from sidecar.serve.pages.acting.forms import is_ours, read_form
from sidecar.serve.pages.acting.orders import ORDERS, Order
from sidecar.serve.pages.answers import FORBIDDEN, HEADERS, aside, spoken
from sidecar.serve.pages.login.doors import Door
from sidecar.serve.pages.login.oidc import OidcDoor
from sidecar.serve.pages.login.visitors import Role, Visitor
from sidecar.serve.pages.showing.patron import BY_CARD, Found, Wanted, explained
from sidecar.serve.pages.showing.reading import Pages
from sidecar.serve.pages.showing.rendering import Frame, render
from sidecar.serve.pages.showing.report import styles_of
from sidecar.serve.pages.shown import Shown

BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
CONFLICT: Final = 409
BROKEN: Final = 500
SEE_OTHER: Final = 303

_LARGEST_CYCLE: Final = 9
"""Digits of a cycle's number."""

Form: TypeAlias = Mapping[str, str]
Looking: TypeAlias = Callable[[Request, Visitor], Awaitable[Response]]
Sending: TypeAlias = Callable[[Request, Visitor, Form], Awaitable[Response]]


class Rooms:
    """Answers to visitors; to anybody else only that they are none."""

    def __init__(self, shown: Shown, pages: Pages, door: Door, log: structlog.stdlib.BoundLogger) -> None:
        self._shown = shown
        self._pages = pages
        self._door = door
        self._log = log

    def routes(self) -> list[Route]:
        """All of them."""
        looking = {"held": self._held, "history": self._history, "report": self._report, "patron": self._patron}
        ways = [Route(f"/{name}", self._for_looking(answer), methods=["GET"]) for name, answer in looking.items()]
        ways.append(Route("/patron", self._for_sending(Role.LOOK, self._find), methods=["POST"]))
        for name, order in ORDERS.items():
            ways += [Route(f"/{name}", self._for_sending(Role.ACT, partial(self._act, order)), methods=["POST"])]
        door = self._door
        if isinstance(door, OidcDoor):
            ways += [
                Route("/login", self._on_the_way(door.go), methods=["GET"]),
                Route("/signed-in", self._on_the_way(door.come_back), methods=["GET"]),
                Route("/logout", self._for_sending(Role.LOOK, partial(self._leave, door)), methods=["POST"]),
            ]
        return ways

    def frame(self, visitor: Visitor | None, said: str = "") -> Frame:
        """Around a page for them."""
        return Frame(visitor, self._door.leads_in, said)

    async def refuse(self, request: Request, sentence: Callable[[], str], status: int = FORBIDDEN) -> Response:
        """A page that says why not."""
        frame = self.frame(self._door.visitor(request))
        return await self._sentence(request, frame, sentence, status)

    async def log_in_first(self, request: Request) -> Response:
        """To somebody who is not known."""
        return await self.refuse(request, _log_in_first)

    def _for_looking(self, answer: Looking) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            visitor = self._door.visitor(request)
            if visitor is None:
                return await self.log_in_first(request)
            return await self._unless_it_breaks(request, answer(request, visitor))

        return guarded

    def _for_sending(self, role: Role, answer: Sending) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            visitor = self._door.visitor(request)
            if visitor is None:
                return await self.log_in_first(request)
            form = await read_form(request)
            if form is None:
                return await self.refuse(request, _no_form, BAD_REQUEST)
            if not is_ours(request, form, visitor):
                self._log.warning("a form that is not ours was refused", path=request.url.path)
                return await self.refuse(request, _not_ours)
            if visitor.person.role < role:
                return await self.refuse(request, _may_only_look)
            return await self._unless_it_breaks(request, answer(request, visitor, form))

        return guarded

    def _on_the_way(self, step: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def taken(request: Request) -> Response:
            try:
                answer = await aside(request, self._shown, lambda: step(request))
            except LoginRefused as refused:
                sentence = str(refused)
                self._log.warning("a login was refused", cause=type(refused.__cause__ or refused).__name__)
                return await self.refuse(request, lambda: sentence)
            answer.headers.update(HEADERS)
            return answer

        async def guarded(request: Request) -> Response:
            return await self._unless_it_breaks(request, taken(request))

        return guarded

    async def _unless_it_breaks(self, request: Request, answer: Awaitable[Response]) -> Response:
        """An error that nobody foresaw is told by its place alone: its message could hold what somebody asked for."""
        try:
            return await answer
        except Exception as error:  # noqa: BLE001 - the daemon's other work goes on
            self._log.error("a page broke", path=request.url.path, where=place_of(error))
            return await self.refuse(request, _broke, BROKEN)

    async def _leave(self, door: OidcDoor, request: Request, _visitor: Visitor, _form: Form) -> Response:
        answer = door.leave(request)
        answer.headers.update(HEADERS)
        return answer

    async def _held(self, request: Request, visitor: Visitor) -> Response:
        return await spoken(request, self._shown, lambda: self._pages.held(self.frame(visitor)))

    async def _history(self, request: Request, visitor: Visitor) -> Response:
        asked = request.query_params.get("cycle", "")
        cycle = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _LARGEST_CYCLE else None
        return await spoken(request, self._shown, lambda: self._pages.history(self.frame(visitor), cycle))

    async def _report(self, request: Request, _visitor: Visitor) -> Response:
        report = self._shown.board.report
        if report is None:
            return await self.refuse(request, _no_report, NOT_FOUND)
        return await spoken(request, self._shown, lambda: report.html, styles=styles_of(report.html))

    async def _patron(self, request: Request, visitor: Visitor) -> Response:
        return await spoken(request, self._shown, lambda: self._patron_page(visitor))

    async def _find(self, request: Request, visitor: Visitor, form: Form) -> Response:
        wanted = Wanted.of(form)

        def page() -> str:
            try:
                return self._patron_page(visitor, wanted.by, found=explained(self._shown, wanted))
            except CardwardenError as error:
                return self._patron_page(visitor, wanted.by, trouble=str(error))

        return await spoken(request, self._shown, page)

    def _patron_page(
        self, visitor: Visitor, by: str = BY_CARD, *, found: Found | None = None, trouble: str = ""
    ) -> str:
        return render("patron.html.j2", self.frame(visitor), by=by, found=found, trouble=trouble)

    async def _act(self, order: Order, request: Request, visitor: Visitor, form: Form) -> Response:
        def carried_out() -> None:
            order.carry_out(self._shown, form, visitor.person.name)

        try:
            await aside(request, self._shown, carried_out)
        except CardwardenError as error:
            sentence = str(error)
            return await self.refuse(request, lambda: sentence, CONFLICT)
        self._log.info("ordered on the page", order=order.name)
        return RedirectResponse(f"./?done={order.name}", SEE_OTHER, HEADERS)

    async def _sentence(self, request: Request, frame: Frame, sentence: Callable[[], str], status: int) -> Response:
        def page() -> str:
            return render("sentence.html.j2", frame, sentence=sentence(), tone="warning")

        return await spoken(request, self._shown, page, status)


def _log_in_first() -> str:
    return _("This is shown to people who are known here. Log in first.")


def _may_only_look() -> str:
    return _("You may look, but not act: ask whoever runs Cardwarden.")


def _not_ours() -> str:
    return _("This form is not, or no longer, one of this page's: go back, load the page again and try once more.")


def _no_form() -> str:
    return _("That is no form of this page's.")


def _broke() -> str:
    return _("That went wrong by a mistake in Cardwarden; its log says where.")


def _no_report() -> str:
    return _("There is no report yet: the next full cycle makes one.")
