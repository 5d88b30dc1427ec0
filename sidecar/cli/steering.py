"""approve, pause, resume, takeover, drift accept: what steers cycles, each journalled with who ordered it."""

from typing import Annotated

import typer

from sidecar import wiring
from sidecar.byhand import accept_drift, steering
from sidecar.cli.common import policy_in_use, settings_of
from sidecar.cli.completing import kept_plans
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import say
from sidecar.cli.signing import Staff, signed
from sidecar.cycle.looking import known_ils
from sidecar.errors import CannotWrite
from sidecar.ports import Mode, PersonalAct

drift = typer.Typer(help="Restrictions of ours that vanished in numbers.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (approve, pause, resume, takeover):
        app.command()(command)
    app.add_typer(drift, name="drift")


def approve(
    ctx: typer.Context,
    digest: Annotated[
        str,
        typer.Argument(help="The plan's digest as the report shows it, or its beginning.", autocompletion=kept_plans),
    ],
    staff: Staff = None,
    config: ConfigFile = None,
) -> None:
    """Let the next cycle apply a kept plan: once, within 24 hours, and only what it would still change then."""
    who = signed(staff)
    loaded = settings_of(ctx, config)
    clock = wiring.SystemClock()
    present = policy_in_use(loaded).policy.digest
    with wiring.opened_journal(loaded, clock, begin=False) as journal:
        approval = steering.approve(journal, digest, who, clock.now())
    say(
        f"Approved: {len(approval.keys)} changes, until {approval.expires.astimezone():%Y-%m-%d %H:%M}. "
        "The next cycle that applies makes those of them that are still due: a running daemon's at its next look, else "
        "cardwarden reconcile --apply."
    )
    if present != approval.policy_digest:
        say("But the policy has changed since that plan was made: it counts only if the policy is put back.", err=True)


def pause(ctx: typer.Context, staff: Staff = None, config: ConfigFile = None) -> None:
    """Stop all writing at once, the daemon's too, until `cardwarden resume`."""
    who = signed(staff)
    loaded, clock = settings_of(ctx, config), wiring.SystemClock()
    with wiring.opened_journal(loaded, clock, begin=wiring.names_its_journal(loaded)) as journal:
        steering.pause(journal, who, clock.now())
    say(f"Paused: nothing is written until `cardwarden resume`. Journal: {wiring.journal_name(loaded)}.")


def resume(ctx: typer.Context, staff: Staff = None, config: ConfigFile = None) -> None:
    """Allow writing again."""
    who, clock = signed(staff), wiring.SystemClock()
    with wiring.opened_journal(settings_of(ctx, config), begin=False) as journal:
        was_paused = steering.resume(journal, who, clock.now())
    say("Resumed: the next cycle writes again." if was_paused else "It was not paused.")


def takeover(ctx: typer.Context, staff: Staff = None, config: ConfigFile = None) -> None:
    """Make this journal the one that writes to the ILS, in place of another."""
    who = signed(staff)
    loaded = settings_of(ctx, config)
    with wiring.connected(loaded, under=(), begin=wiring.names_its_journal(loaded), writes=True) as connected:
        world = connected.world
        if world.target is None:
            raise CannotWrite("Koha has no Cardwarden plugin, so there is no writer to take over from.")
        known_ils(world, claim=True)
        world.target.claim()
        world.journal.record_act(PersonalAct.TAKEOVER, who, world.clock.now())
    say("This journal is now the one that writes. The other one is refused from now on.")


@drift.command()
def accept(ctx: typer.Context, staff: Staff = None, config: ConfigFile = None) -> None:
    """Staff meant it: the restrictions of ours that vanished in numbers stay lifted until something new comes up.

    To put them back instead, approve the plan that the report names. Nothing is written to Koha.
    """
    who = signed(staff)
    loaded = settings_of(ctx, config)
    policy = policy_in_use(loaded).policy
    with (
        wiring.connected(loaded, under=(policy,), begin=False, writes=True) as connected,
        wiring.holding(connected.world, Mode.APPLY, beside_daemon=True),
    ):
        accepted = accept_drift(connected.world, policy, loaded.settings.scope.scope(), who)
    if accepted.lifted:
        say(
            f"Accepted: {accepted.lifted} blocks are taken as lifted by staff, and nothing is added for them before "
            f"something new comes up. Journalled: {who}."
        )
    else:
        say("No drift is open: nothing that vanished waits for a word.")
    if accepted.over:
        say(f"{accepted.over} more had ended by themselves: the restriction is there again, or all is paid.")
