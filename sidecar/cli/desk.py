"""release, retire and undo: what people order by name."""

import sys
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.byhand import ByHand, ReleaseOrder, Then, Undoing, amnesties, release_by_staff
from sidecar.byhand import retire as retire_ours
from sidecar.byhand import undo as undo_cycle
from sidecar.cli.common import LARGEST_CYCLE, PENDING, policy_in_use, settings_of
from sidecar.cli.completing import cycles_that_wrote, rules
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import say
from sidecar.cli.patrons import check_patron, patron_number
from sidecar.cli.signing import Staff, signed
from sidecar.core.kinds import wants_photo_id
from sidecar.core.patron_number import may_be_card_number
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy
from sidecar.errors import CannotWrite, SettingsError
from sidecar.ports import Mode


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(release)
    app.command()(retire)
    app.command()(undo)


def release(
    ctx: typer.Context,
    patron: Annotated[
        str,
        typer.Argument(help="Koha's borrowernumber; `card` asks for a card number, `-` reads one from standard input."),
    ],
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="The rule whose block is lifted.", autocompletion=rules)
    ],
    staff: Annotated[str, typer.Option("--staff", metavar="WHO", help="Who lifts it: initials or a staff number.")],
    photo_id_checked: Annotated[
        bool, typer.Option("--photo-id-checked", help="Valid photo ID was seen. It is journalled.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="Why, in a few words. It is journalled.")] = "",
    config: ConfigFile = None,
) -> int:
    """Lift one block after a check at the desk; a PIN block's counter is reset with it. Not for collection."""
    if not staff.strip():
        raise SettingsError("--staff must say who lifts the block: initials or a staff number.")
    if may_be_card_number(staff) or may_be_card_number(reason):
        raise SettingsError("--staff is kept in the journal, where no card number may be: give initials in its place.")
    check_patron(patron)
    loaded = settings_of(ctx, config)
    policy = policy_in_use(loaded).policy
    with (
        wiring.connected(loaded, under=(policy,), begin=wiring.names_its_journal(loaded), writes=True) as connected,
        wiring.holding(connected.world, Mode.APPLY, beside_daemon=True),
    ):
        number = patron_number(connected.world.source, patron)
        seen = photo_id_checked or _photo_id_seen(policy, rule)
        order = ReleaseOrder(number, rule, staff.strip(), seen, reason.strip())
        done = release_by_staff(connected.world, policy, order)
        told = wiring.desk_pages_of(loaded).tell_about(connected.world, policy, number)
    if told.trouble is not None:
        say(told.trouble, err=True)
    if not done.all_done:
        say(f"Not released: {_why_not(done)} Try again.", err=True)
        return PENDING
    kinds = {change.kind for change in done.plan.changes()}
    removed = "the restriction is removed" if ChangeKind.REMOVE in kinds else "no restriction stood"
    reset = ", the PIN counter is reset" if ChangeKind.RESET_PIN in kinds else ""
    checked = "photo ID checked" if seen else "photo ID not checked"
    say(f"Released: patron {number}, rule {rule}: {removed}{reset}. Journalled: {staff.strip()}, {checked}.")
    return 0


def _photo_id_seen(policy: Policy, rule_id: str) -> bool:
    """On a terminal it is asked for where the rule wants it; elsewhere it must have been said."""
    rule = policy.rule(rule_id)
    if rule is None or not wants_photo_id(rule, rule.terms) or not sys.stdin.isatty():
        return False
    return typer.confirm("Was valid photo ID seen?", default=False)


def retire(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="All restrictions of ours.")] = False,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="RULE", help="Those of one rule.", autocompletion=rules)
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Remove them. Without it they are only counted.")] = False,
    staff: Staff = None,
    config: ConfigFile = None,
) -> int:
    """Remove Cardwarden's own restrictions, to leave it or one rule. Staff's are never touched; no brake applies."""
    if everything == (rule is not None):
        raise SettingsError("Say what to retire: either --all or --rule RULE.")
    who = signed(staff)
    loaded = settings_of(ctx, config)
    policy = wiring.policy_of(loaded).policy
    mode = Mode.APPLY if apply else Mode.DRY_RUN
    with wiring.connected(loaded, under=(policy,), writes=apply) as connected, wiring.holding(connected.world, mode):
        if not connected.has_plugin:
            raise CannotWrite(
                "Koha has no Cardwarden plugin, so restrictions of ours can neither be seen nor removed: enable the "
                "plugin, and restart Koha's API workers; or let staff remove them in Koha."
            )
        done = retire_ours(connected.world, policy, rule=rule, apply=apply, staff=who)
    count = len(done.plan)
    if not apply:
        say(f"{count} restrictions of ours would be removed. To remove them: the same with --apply.")
        _tell_what_is_forgotten(done)
        return PENDING if count else 0
    if not done.all_done:
        say(f"Not all of {count} restrictions could be removed: {_why_not(done)} Run it again.", err=True)
        return PENDING
    say(f"{count} restrictions of ours removed; those set by staff are as they were.")
    _tell_what_is_forgotten(done)
    if everything:
        say("Stop the daemon, or set its mode to dry-run, before it blocks anew; then the plugin can be uninstalled.")
    elif rule is not None and not _is_retired(policy, rule):
        say(
            f"The next cycle blocks anew unless the policy says `retired = true` in [rules.{rule}]: put it into "
            f"{wiring.policy_file(loaded)} now."
        )
    return 0


def undo(
    ctx: typer.Context,
    cycle: Annotated[
        int,
        typer.Argument(
            metavar="CYCLE",
            min=1,
            max=LARGEST_CYCLE,
            help="The cycle's number, as `cardwarden journal` lists it.",
            autocompletion=cycles_that_wrote,
        ),
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Write it. Without it the changes are only listed.")] = False,
    then: Annotated[
        Then,
        typer.Option(
            "--then",
            help="What the next cycles make of the lifted cards: `respect` leaves them free until something new comes "
            "up (an amnesty), `block-again` blocks again whom the rules block.",
        ),
    ] = Then.RESPECT,
    staff: Staff = None,
    config: ConfigFile = None,
) -> int:
    """Take back what one cycle wrote, where it still stands: blocks it set are lifted, those it lifted are put back."""
    undoing = Undoing(cycle, signed(staff), then)
    loaded = settings_of(ctx, config)
    policy = wiring.policy_of(loaded).policy
    mode = Mode.APPLY if apply else Mode.DRY_RUN
    with (
        wiring.connected(loaded, under=(policy,), begin=False, writes=apply) as connected,
        wiring.holding(connected.world, mode),
    ):
        done = undo_cycle(connected.world, policy, undoing, apply=apply)
    counts = done.plan.counts()
    planned = f"{counts[ChangeKind.REMOVE]} restrictions removed, {counts[ChangeKind.ADD]} put back"
    if not apply:
        for change in done.plan.changes():
            say(f"{change.kind:<7}patron {change.patron}  {change.rule}")
        say(f"Undoing cycle {cycle} would mean: {planned}. To do it: the same with --apply.")
        say(_what_then(undoing, amnesties(done), would=True))
        _tell_what_is_left(done)
        return PENDING if len(done.plan) else 0
    if not done.all_done:
        say(f"Not all of it could be undone: {_why_not(done)} Run it again.", err=True)
        return PENDING
    undone = f"Cycle {cycle} is undone" if done.plan.entries else f"Nothing of cycle {cycle} is left to undo"
    say(f"{undone}: {planned}. {_what_then(undoing, amnesties(done), would=False)}")
    _tell_what_is_left(done)
    return 0


def _what_then(undoing: Undoing, amnesties: int, *, would: bool) -> str:
    if undoing.then is Then.BLOCK_AGAIN:
        return "The next cycle blocks again whom the rules block, under the brakes."
    if not amnesties:
        return "No card stays free by it that the rules would block."
    stay = "would stay" if would else "stay"
    return (
        f"{amnesties} cards {stay} free, though the rules would block them, until something new comes up. To let the "
        "next cycle block them again: --then block-again."
    )


def _tell_what_is_forgotten(done: ByHand) -> None:
    for rule, number in sorted(done.forgets.items()):
        say(f"Forgotten with rule {rule}: {number} of its blocks had been lifted; those may be set anew.")


def _tell_what_is_left(done: ByHand) -> None:
    for why, number in sorted(done.left.items()):
        say(f"Left as it is: {number} × {why}.")


def _is_retired(policy: Policy, rule: str) -> bool:
    known = policy.rule(rule)
    return known is not None and known.retired


def _why_not(done: ByHand) -> str:
    if done.applied is None or done.applied.stopped is not None:
        return (done.applied.stopped or "") if done.applied else ""
    messages = [outcome.message for outcome in done.applied.outcomes.values() if not outcome.done]
    return messages[0] if messages else "no answer came."
