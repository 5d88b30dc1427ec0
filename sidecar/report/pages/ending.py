"""How a cycle ended and what to do next: the last line of every report."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.cycle.findings import Findings
from sidecar.language import _, listed, ngettext
from sidecar.ports import Mode
from sidecar.report.counted.changes import State
from sidecar.report.counted.summary import Summary
from sidecar.report.words.vocabulary import moment

_BOTH: Final = 2

DIGEST_SHOWN: Final = 12
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
    said = list(_outcome(findings, summary))
    if summary.undecided:
        said.append(ngettext("{number} verdict undecided.", "{number} verdicts undecided.", len(summary.undecided)))
    return " ".join(said)


def _outcome(findings: Findings, summary: Summary) -> Iterator[str]:
    planned = len(findings.plan)
    if not findings.status.writable:
        yield ngettext(
            "{number} block would be set if those cards are free.",
            "{number} blocks would be set if those cards are free.",
            sum(each.blocked for each in summary.rules),
        )
        yield _("Nothing was written.")
    elif planned == 0:
        yield _("Nothing to change: every card is as the policy says.")
    elif not findings.applied:
        yield ngettext(
            "{number} change pending; nothing was written, since {why}.",
            "{number} changes pending; nothing was written, since {why}.",
            planned,
            why=_why_unwritten(findings),
        )
    else:
        yield _how_far(planned, len(summary.in_state(State.DONE)), len(summary.in_state(State.HELD)))


def _how_far(planned: int, done: int, held: int) -> str:
    if done == planned:
        if done == _BOTH:
            return _("Both changes were made.")
        return ngettext("The one change was made.", "All {number} changes were made.", done)
    rest = planned - done - held
    parts = [ngettext("{done} of {number} change made", "{done} of {number} changes made", planned, done=done)]
    parts += [_("{number} held back", number=held)] if held else []
    parts += [_("{number} not written", number=rest)] if rest else []
    return f"{listed(parts)}."


def _why_unwritten(findings: Findings) -> str:
    if findings.mode is Mode.DRY_RUN:
        return _("this was a dry run")
    return _("writing is paused") if is_paused(findings) else _("the clocks are apart")


def is_paused(findings: Findings) -> bool:
    """Whether a pause, here or in the ILS, stopped writing that was asked for."""
    return findings.mode is not Mode.DRY_RUN and (findings.paused_since is not None or findings.status.paused)


def paused_sentence(findings: Findings) -> str | None:
    """Who paused writing, and since when."""
    if findings.paused_since is not None:
        since = moment(findings.paused_since, findings.policy.time_zone)
        return _("Writing is paused since {since}: `cardwarden resume` lets it go on.", since=since)
    if findings.status.paused:
        return _("Writing is paused in the ILS: switch it on again on the plugin's page.")
    return None


def _next(findings: Findings, summary: Summary) -> tuple[str, tuple[str, ...]]:
    if not findings.status.writable:
        return _("To write, install the plugin in Koha"), ("cardwarden koha-plugin FILE.kpz",)
    if not findings.pending:
        return "", ()
    if findings.mode is not Mode.DRY_RUN and not findings.applied:
        return _unpause(findings)
    held = bool(summary.in_state(State.HELD))
    if held and needs_approval(summary) and (commands := approval_commands(findings)):
        return _("Look through what is held back; to approve it"), commands
    if findings.applied and findings.stopped is not None:
        return findings.stopped, ()
    what = (
        _("The next cycle decides anew; to run it now") if findings.applied else _("Look through it; to carry it out")
    )
    return what, ("cardwarden reconcile --apply",)


def _unpause(findings: Findings) -> tuple[str, tuple[str, ...]]:
    if findings.paused_since is not None:
        return _("To let writing go on"), ("cardwarden resume",)
    if not findings.status.paused:
        return _("Set the clock that is wrong, then run it again"), ()
    return _("Switch writing on again on the plugin's page in Koha"), ()
