"""The composition root: makes the world of a cycle out of settings. The only room that imports adapters.

Each of its modules is imported when something of it is asked for, so that a command pays for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sidecar.wiring.collection import NoContacts, exchange_of, office_of, profile_of, spool_of
    from sidecar.wiring.gates import gates_of
    from sidecar.wiring.ils import Connected, build_plugin, connected, reached
    from sidecar.wiring.in_force import policy_or_in_force
    from sidecar.wiring.journals import (
        SystemClock,
        back_up_journal,
        glance_at_journal,
        journal_name,
        names_its_journal,
        opened_journal,
        state_file,
    )
    from sidecar.wiring.orders import asking_of, desk_pages_of, order_of
    from sidecar.wiring.policies import (
        default_policy_file,
        policy_at,
        policy_file,
        policy_of,
        policy_read_again,
    )
    from sidecar.wiring.reaching import cannot_reach
    from sidecar.wiring.reports import beside_of
    from sidecar.wiring.standin import Library, StandinGate, StandinKoha, build_library, serve_standin, standin_exports
    from sidecar.wiring.turns import DAEMON_LEASE, LEASE, PATIENCE, holding, only_daemon, turn

__all__ = [
    "DAEMON_LEASE",
    "LEASE",
    "PATIENCE",
    "Connected",
    "Library",
    "NoContacts",
    "StandinGate",
    "StandinKoha",
    "SystemClock",
    "asking_of",
    "back_up_journal",
    "beside_of",
    "build_library",
    "build_plugin",
    "cannot_reach",
    "connected",
    "default_policy_file",
    "desk_pages_of",
    "exchange_of",
    "gates_of",
    "glance_at_journal",
    "holding",
    "journal_name",
    "names_its_journal",
    "office_of",
    "only_daemon",
    "opened_journal",
    "order_of",
    "policy_at",
    "policy_file",
    "policy_of",
    "policy_or_in_force",
    "policy_read_again",
    "profile_of",
    "reached",
    "serve_standin",
    "spool_of",
    "standin_exports",
    "state_file",
    "turn",
]

_WHERE: Final = {
    "NoContacts": "collection",
    "exchange_of": "collection",
    "office_of": "collection",
    "profile_of": "collection",
    "spool_of": "collection",
    "gates_of": "gates",
    "Connected": "ils",
    "build_plugin": "ils",
    "connected": "ils",
    "asking_of": "orders",
    "desk_pages_of": "orders",
    "reached": "ils",
    "SystemClock": "journals",
    "back_up_journal": "journals",
    "glance_at_journal": "journals",
    "journal_name": "journals",
    "names_its_journal": "journals",
    "opened_journal": "journals",
    "state_file": "journals",
    "default_policy_file": "policies",
    "order_of": "orders",
    "policy_at": "policies",
    "policy_file": "policies",
    "policy_of": "policies",
    "policy_read_again": "policies",
    "policy_or_in_force": "in_force",
    "beside_of": "reports",
    "cannot_reach": "reaching",
    "Library": "standin",
    "StandinGate": "standin",
    "StandinKoha": "standin",
    "build_library": "standin",
    "serve_standin": "standin",
    "standin_exports": "standin",
    "DAEMON_LEASE": "turns",
    "LEASE": "turns",
    "PATIENCE": "turns",
    "holding": "turns",
    "only_daemon": "turns",
    "turn": "turns",
}


def __getattr__(name: str) -> Any:
    """What stands in one of the modules, which is imported for it."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
