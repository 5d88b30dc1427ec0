"""What of a cycle somebody must be told: findings -> alerts."""

from collections.abc import Mapping

from sidecar.core.brakes import Brake, Tripped
from sidecar.findings import Findings
from sidecar.ports import Mode
from sidecar.serve.alerts import Alert, Cause
from sidecar.serve.state import Failures, Waiting, in_a_row

_WAITS_FOR_NOBODY = frozenset({Brake.RELEASE_ONLY, Brake.AMENDMENTS})
"""Release-only is what was asked for; texts over the limit are amended in the next cycles."""

_WORDS: Mapping[Brake, str] = {
    Brake.ADDITIONS: "blocks",
    Brake.PIN_ADDITIONS: "blocks for wrong PINs",
    Brake.REMOVALS: "releases without a payment behind them",
    Brake.FIRST_CYCLE: "blocks of the very first applied cycle",
    Brake.DRIFT: "blocks for rows that vanished in numbers",
}


def tripped(findings: Findings) -> list[Tripped]:
    """The brakes that wait for a person. In a dry run nothing is held back, since nothing would be written."""
    if findings.mode is Mode.DRY_RUN:
        return []
    return [one for one in findings.braked.tripped if one.brake not in _WAITS_FOR_NOBODY]


def subject_of(brake: Tripped) -> str:
    """What tells one brake from another."""
    return str(brake.brake) if brake.rule is None else f"{brake.brake} {brake.rule}"


def waiting(findings: Findings) -> Waiting | None:
    """The plan that waits for an approval, if one does."""
    brakes = {subject_of(one): one.asked for one in tripped(findings)}
    if not brakes or findings.kept_digest is None:
        return None
    return Waiting(findings.kept_digest, sum(brakes.values()), brakes, findings.cycle, findings.finished)


def held_back(findings: Findings) -> list[Alert]:
    """One alert for each brake that tripped."""
    digest = findings.kept_digest or ""
    return [_held(one, findings.cycle, digest) for one in tripped(findings)]


def drift(findings: Findings) -> Alert | None:
    """Rows of ours that went in numbers."""
    gone = sum(verdict.drift for decision in findings.decisions for verdict in decision.verdicts)
    if not gone:
        return None
    return Alert(
        cause=Cause.DRIFT,
        summary=(
            f"{gone} restrictions of Cardwarden vanished from Koha at once, so nobody is blocked anew for them. Was a "
            "restriction type deleted, or a backup restored? `cardwarden reconcile` lists them."
        ),
        details={"vanished": gone, "cycle": findings.cycle},
    )


def paused_in_koha() -> Alert:
    """The plugin's switch is off."""
    return Alert(
        cause=Cause.PAUSED_IN_KOHA,
        summary="Writing is paused on the plugin's page in Koha: nobody is blocked or freed until it is switched on.",
    )


def plugin_gone(error: str) -> Alert:
    """There was a plugin."""
    return Alert(cause=Cause.PLUGIN_GONE, summary=f"Koha's Cardwarden plugin no longer answers. {error}")


def paused(since: str) -> Alert:
    """Somebody paused writing, and perhaps forgot it."""
    return Alert(
        cause=Cause.PAUSED,
        summary=f"Writing has been paused since {since}: nobody is blocked or freed until `cardwarden resume`.",
    )


def failing(kind: str, failures: Failures, first: str, last: str) -> Alert:
    """Cycle after cycle fails."""
    return Alert(
        cause=Cause.FAILING,
        subject=kind,
        summary=f"{in_a_row(failures.count, kind)}, since {first}. The last, at {last}: {failures.reason}",
        details={"cycles": failures.count},
    )


def no_full_cycle(since: str, oldest: str) -> Alert:
    """The last good full cycle is too long ago."""
    return Alert(
        cause=Cause.NO_FULL_CYCLE,
        summary=f"No full cycle has come to its end since {since}, which is longer ago than {oldest}.",
    )


def no_cycle(since: str) -> Alert:
    """Not even a quick cycle was good for a while."""
    return Alert(
        cause=Cause.NO_CYCLE,
        summary=f"No cycle at all has come to a good end since {since}: a payment frees no card until one does.",
    )


def policy_refused(error: str) -> Alert:
    """The file cannot be used."""
    return Alert(
        cause=Cause.POLICY_REFUSED,
        summary=f"The changed policy is refused, and the one before stays in force. {error}",
    )


def settings_refused(error: str) -> Alert:
    """The settings cannot be used."""
    return Alert(
        cause=Cause.SETTINGS_REFUSED,
        summary=f"The changed settings are refused, and those before stay in force. {error}",
    )


def _held(brake: Tripped, cycle: int, digest: str) -> Alert:
    words = _WORDS.get(brake.brake, "changes") + (f" by rule {brake.rule}" if brake.rule else "")
    allowed = f"; {brake.used} were made in 24 hours and {brake.allowed} are allowed" if brake.allowed else ""
    return Alert(
        cause=Cause.HELD_BACK,
        subject=subject_of(brake),
        summary=(
            f"{brake.asked} {words} are held back{allowed}. Look at `cardwarden reconcile`; to let them go: "
            f"cardwarden approve {digest[:12]}"
        ),
        details={"changes": brake.asked, "cycle": cycle, "digest": digest},
    )
