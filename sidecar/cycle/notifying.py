"""Having the ILS send notices to those who were announced, once the cycle has ended. One that the ILS could not be told
of is asked for again by the next cycle: its key is the same, and no day counts before it went out."""

from sidecar.core.notices import notices_to_send, waits_in_vain
from sidecar.cycle.findings import Findings, Notified
from sidecar.cycle.world import World
from sidecar.errors import IlsError
from sidecar.ports import TOLD_AT_ONCE


def send_notices(world: World, findings: Findings) -> Notified:
    """How many were asked for, and what kept the others from it."""
    if in_vain := waits_in_vain(findings.decisions, findings.policy):
        return Notified(
            0,
            f"Koha's plugin sends no notices, and {', '.join(in_vain)} counts no day before one went out: upgrade the "
            "plugin, or write to those who are announced and say so (cardwarden announced FILE).",
        )
    orders, asked = list(notices_to_send(findings.decisions, findings.policy)), 0
    if world.target is None:
        return Notified()
    for start in range(0, len(orders), TOLD_AT_ONCE):
        some = orders[start : start + TOLD_AT_ONCE]
        try:
            world.target.notify(some)
        except IlsError as error:
            return Notified(asked, f"Notices could not be sent; the next cycle asks for them again: {error}")
        asked += len(some)
    return Notified(asked)
