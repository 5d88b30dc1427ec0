"""How a cycle ended and what to do next: the last line of every report."""

from dataclasses import dataclass
from enum import StrEnum

from sidecar.core.brakes import Brake
from sidecar.cycle.findings import Findings
from sidecar.language import listed
from sidecar.ports import Mode
from sidecar.report.counted.changes import State
from sidecar.report.counted.summary import Summary
from sidecar.report.words.vocabulary import count, moment

DIGEST_SHOWN = 12
"""So much of a digest stands in commands; the JSON has all of it."""


class Status(StrEnum):
    """The result in a word."""

    NOTHING_TO_DO = "nothing_to_do"
    DONE = "done"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Ending:
    """The result in a sentence, what to do next, and the commands that do it (none: nothing is to do)."""

    status: Status
    result: str
    next: str
    commands: tuple[str, ...] = ()


def ending(findings: Findings, summary: Summary) -> Ending:
    """The result of a cycle."""
    status = Status.PENDING if findings.pending else Status.DONE if len(findings.plan) else Status.NOTHING_TO_DO
    result, (next_step, commands) = _result(findings, summary), _next(findings, summary)
    return Ending(status, result, next_step, commands)


def approval_commands(findings: Findings) -> tuple[str, ...]:
    """The exact commands that approve the plan that waits and carry it out; none if no plan waits."""
    if findings.kept_digest is None:
        return ()
    return (f"cardwarden approve {findings.kept_digest[:DIGEST_SHOWN]}", "cardwarden reconcile --apply")


def needs_approval(summary: Summary) -> bool:
    """Whether a brake holds that only an approval (or time) lets go; new texts follow by themselves."""
    return any(each.brake is not Brake.AMENDMENTS for each in summary.held_back)


def _result(findings: Findings, summary: Summary) -> str:
    planned = len(findings.plan)
    undecided = f" {count(len(summary.undecided), 'verdict')} undecided." if summary.undecided else ""
    if not findings.status.writable:
        would = sum(each.blocked for each in summary.rules)
        return f"{count(would, 'block')} would be set if those cards are free. Nothing was written.{undecided}"
    if planned == 0:
        return f"Nothing to change: every card is as the policy says.{undecided}"
    if not findings.applied:
        why = _why_unwritten(findings)
        return f"{count(planned, 'change')} pending; nothing was written, since {why}.{undecided}"
    done, held = len(summary.in_state(State.DONE)), len(summary.in_state(State.HELD))
    if done == planned:
        all_of_them = {1: "The one change was", 2: "Both changes were"}.get(done, f"All {done} changes were")
        return f"{all_of_them} made.{undecided}"
    rest = planned - done - held
    parts = [f"{done} of {count(planned, 'change')} made"]
    parts += [f"{held} held back"] if held else []
    parts += [f"{rest} not written"] if rest else []
    return f"{listed(parts)}.{undecided}"


def _why_unwritten(findings: Findings) -> str:
    if findings.mode is Mode.DRY_RUN:
        return "this was a dry run"
    return "writing is paused" if is_paused(findings) else "the clocks are apart"


def is_paused(findings: Findings) -> bool:
    """Whether a pause, here or in the ILS, stopped writing that was asked for."""
    return findings.mode is not Mode.DRY_RUN and (findings.paused_since is not None or findings.status.paused)


def paused_sentence(findings: Findings) -> str | None:
    """Who paused writing, and since when."""
    if findings.paused_since is not None:
        since = moment(findings.paused_since, findings.policy.time_zone)
        return f"Writing is paused since {since}: `cardwarden resume` lets it go on."
    if findings.status.paused:
        return "Writing is paused in the ILS: switch it on again on the plugin's page."
    return None


def _next(findings: Findings, summary: Summary) -> tuple[str, tuple[str, ...]]:
    if not findings.status.writable:
        return "To write, install the plugin in Koha", ("cardwarden koha-plugin FILE.kpz",)
    if not findings.pending:
        return "", ()
    if findings.mode is not Mode.DRY_RUN and not findings.applied:
        return _unpause(findings)
    held = bool(summary.in_state(State.HELD))
    if held and needs_approval(summary) and (commands := approval_commands(findings)):
        return "Look through what is held back; to approve it", commands
    if findings.applied and findings.stopped is not None:
        return findings.stopped, ()
    what = "The next cycle decides anew; to run it now" if findings.applied else "Look through it; to carry it out"
    return what, ("cardwarden reconcile --apply",)


def _unpause(findings: Findings) -> tuple[str, tuple[str, ...]]:
    if findings.paused_since is not None:
        return "To let writing go on", ("cardwarden resume",)
    if not findings.status.paused:
        return "Set the clock that is wrong, then run it again", ()
    return "Switch writing on again on the plugin's page in Koha", ()
