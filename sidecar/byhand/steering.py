"""An administrator steers the cycles by name: lets a kept plan go, stops all writing, lets it go on."""

from datetime import datetime

from sidecar.cycle.run import APPROVAL_LIFETIME
from sidecar.ports import Approval, Journal, PersonalAct


def approve(journal: Journal, digest: str, staff: str, now: datetime) -> Approval:
    """Let the next cycle apply a kept plan: once, within 24 hours, and only what it would still change then.

    Raises NoSuchPlan.
    """
    approval = journal.approve(digest.strip().lower(), now, APPROVAL_LIFETIME)
    journal.record_act(PersonalAct.APPROVE, staff, now, approval.digest)
    return approval


def pause(journal: Journal, staff: str, now: datetime) -> None:
    """Stop all writing. Pausing twice keeps the first moment."""
    journal.pause(now)
    journal.record_act(PersonalAct.PAUSE, staff, now)


def resume(journal: Journal, staff: str, now: datetime) -> bool:
    """Allow writing again; whether it was paused."""
    was_paused = journal.paused_since is not None
    journal.resume()
    if was_paused:
        journal.record_act(PersonalAct.RESUME, staff, now)
    return was_paused
