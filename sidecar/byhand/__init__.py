"""What people order by name, outside the cycle: staff release one block, an administrator takes ours out or undoes a
cycle.

All go the cycle's way: the ILS that the journal belongs to, read in this moment, writes without an answer settled, a
plan, each write journalled before and after, facts checked again at the write. The order itself is the approval, so no
brakes are asked.
"""

from sidecar.byhand.announced import Announced, Letter, read_letters, take_announced
from sidecar.byhand.drift import AcceptedDrift, accept_drift
from sidecar.byhand.order import ByHand
from sidecar.byhand.release import ReleaseOrder, release_by_staff
from sidecar.byhand.retire import retire
from sidecar.byhand.undo import Then, Undoing, amnesties, undo

__all__ = [
    "AcceptedDrift",
    "Announced",
    "ByHand",
    "Letter",
    "ReleaseOrder",
    "Then",
    "Undoing",
    "accept_drift",
    "amnesties",
    "read_letters",
    "release_by_staff",
    "retire",
    "take_announced",
    "undo",
]
