"""The orders that the page takes: each does what the command of its name does, and journals who ordered it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sidecar import wiring
from sidecar.byhand import accept_drift, steering
from sidecar.core.needs import needs_of
from sidecar.errors import NoSuchPlan
from sidecar.language import _, gettext_noop
from sidecar.ports import Mode
from sidecar.serve.pages.shown import Shown

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """One that the page takes: `carry_out` does it for somebody by name, and raises CardwardenErrors; `done` is what
    is said then; the next page shows it by the order's name."""

    name: str
    carry_out: Callable[[Shown, Form, str], None]
    done: str


def _approve(shown: Shown, form: Form, who: str) -> None:
    digest = form.get("digest", "")
    if digest not in {plan.digest for plan in shown.board.now.waiting}:
        raise NoSuchPlan(_("That plan does not wait any more: look again at what is held back."))
    steering.approve(shown.journal, digest, who, shown.clock.now())


def _pause(shown: Shown, _form: Form, who: str) -> None:
    steering.pause(shown.journal, who, shown.clock.now())


def _resume(shown: Shown, _form: Form, who: str) -> None:
    steering.resume(shown.journal, who, shown.clock.now())


def _accept_drift(shown: Shown, _form: Form, who: str) -> None:
    loaded, policy = shown.configuration.loaded, shown.configuration.policy.policy
    with (
        wiring.reached(loaded, shown.journal, shown.clock, needs=lambda: needs_of(policy)) as there,
        wiring.holding(there.world, Mode.APPLY, beside_daemon=True),
    ):
        accept_drift(there.world, policy, loaded.settings.scope.scope(), who)


ORDERS: Final = {
    order.name: order
    for order in (
        Order(
            "approve", _approve, gettext_noop("Approved: the next cycle makes those of the changes that are still due.")
        ),
        Order("pause", _pause, gettext_noop("Paused: nothing is written until somebody resumes it.")),
        Order("resume", _resume, gettext_noop("Resumed: the next cycle writes again.")),
        Order(
            "drift-accept",
            _accept_drift,
            gettext_noop("Accepted: the blocks that vanished are taken as lifted by staff."),
        ),
    )
}


def said_of(name: str) -> str:
    """What is said after an order was carried out, in the present language; nothing of a name that is none."""
    order = ORDERS.get(name)
    return "" if order is None else _(order.done)
