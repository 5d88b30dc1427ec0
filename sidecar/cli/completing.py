"""What a shell completes beyond words: digests of kept plans, rules of the policy, cycles that wrote.

It is looked up while somebody types: nothing is written, waited for or asked of Koha, and what cannot be read completes
nothing.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from sidecar import wiring
from sidecar.errors import CardwardenError
from sidecar.settings import LoadedSettings, load_settings

Words = list[tuple[str, str]]
"""What may stand here, each with a word on it for shells that show one."""


def kept_plans(ctx: typer.Context) -> Words:
    """The digests that can be approved, the newest first."""
    return _found(ctx, lambda loaded: wiring.glance_at_journal(loaded).plans)


def cycles_that_wrote(ctx: typer.Context) -> Words:
    """The numbers of the last cycles that were free to write, the newest first."""
    return _found(ctx, lambda loaded: wiring.glance_at_journal(loaded).cycles)


def rules(ctx: typer.Context) -> Words:
    """The rules of the policy in its file."""
    return _found(ctx, lambda loaded: ((rule.id, rule.kind) for rule in wiring.policy_of(loaded).policy.rules))


def _found(ctx: typer.Context, look: Callable[[LoadedSettings], Iterable[tuple[str, str]]]) -> Words:
    try:
        named = [each for each in (ctx.params.get("config"), ctx.find_root().params.get("config")) if each]
        return list(look(load_settings(Path(named[0]) if named else None)))
    except CardwardenError:
        return []
