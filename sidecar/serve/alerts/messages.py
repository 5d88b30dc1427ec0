"""What of a cycle somebody must be told: findings -> alerts."""

from collections.abc import Mapping, Sequence

from sidecar.core.brakes import Brake
from sidecar.cycle.findings import Findings
from sidecar.serve.alerts.backlog import Hold
from sidecar.serve.alerts.book import Alert, Cause
from sidecar.serve.state import Failures, in_a_row

_WORDS: Mapping[Brake, str] = {
    Brake.ADDITIONS: "blocks",
    Brake.PIN_ADDITIONS: "blocks for wrong PINs",
    Brake.REMOVALS: "releases that no payment under this policy explains",
    Brake.OFFICE_RELEASES: "releases of claims by the collection office's word",
    Brake.FIRST_CYCLE: "first blocks of a rule",
    Brake.DRIFT: "blocks for rows that vanished in numbers",
}


def held_back(hold: Hold) -> Alert:
    """A brake tripped, and what it holds waits for a person."""
    brake = hold.brake
    words = _WORDS.get(brake.brake, "changes") + (f" by rule {brake.rule}" if brake.rule else "")
    allowed = f"; {brake.used} were made in 24 hours and {brake.allowed} are allowed" if brake.allowed else ""
    return Alert(
        cause=Cause.HELD_BACK,
        subject=hold.subject,
        summary=f"{hold.changes} {words} are held back{allowed}.",
        remedy=f"Look at `cardwarden reconcile`; to let them go: cardwarden approve {hold.digest[:12]}",
        details={"changes": hold.changes, "cycle": hold.cycle, "digest": hold.digest},
        size=hold.changes,
        policy=hold.policy,
    )


def refused(refusals: Sequence[str]) -> Alert:
    """Koha takes some changes from nobody."""
    number = len(refusals)
    return Alert(
        cause=Cause.REFUSED,
        summary=f"Koha refused {number} changes, which are tried again in every full cycle. The first: {refusals[0]}",
        details={"changes": number},
        size=number,
    )


def policy_does_not_fit(errors: Sequence[str]) -> Alert:
    """The policy asks for what this Koha cannot do."""
    more = f" And {len(errors) - 1} more: see the status page." if len(errors) > 1 else ""
    return Alert(
        cause=Cause.POLICY_DOES_NOT_FIT,
        summary=f"The policy does not fit this Koha. {errors[0]}{more}",
        details={"errors": len(errors)},
    )


def refused_by_koha(harms: Sequence[str], cards: int) -> Alert:
    """Koha by itself lends nothing to cards that the policy calls clear."""
    more = f" And {len(harms) - 1} more: see the status page." if len(harms) > 1 else ""
    are = "card is" if cards == 1 else "cards are"
    return Alert(
        cause=Cause.REFUSED_BY_KOHA,
        summary=f"{harms[0]}{more}",
        remedy=f"Today {cards} {are} clear and refused: `cardwarden reconcile` lists them." if cards else "",
        details={"settings": len(harms), "cards": cards},
        size=cards,
    )


def gate_open(gate: str, cards: int) -> Alert:
    """Blocks that do not hold where patrons stand."""
    does, is_open = ("block does", "it lets that card in") if cards == 1 else ("blocks do", "it lets those cards in")
    return Alert(
        cause=Cause.GATE_OPEN,
        subject=gate,
        summary=f"{cards} {does} not hold at gate {gate}: {is_open}.",
        remedy="`cardwarden verify` says which. It is asked again every ten minutes.",
        details={"cards": cards},
        size=cards,
    )


def gate_unreachable(gate: str, tries: int, trouble: str) -> Alert:
    """A gate that cannot be asked: it is not known whether blocks hold there. Cycles are not touched by it."""
    return Alert(
        cause=Cause.GATE_UNREACHABLE,
        subject=gate,
        summary=f"Gate {gate} could not be asked {tries} times in a row, so whether blocks hold there is not known. "
        f"{trouble}",
        remedy="Cycles are not touched by it.",
    )


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
        remedy="To put them back approve that plan; if staff meant it: cardwarden drift accept.",
        details={"vanished": gone, "cycle": findings.cycle},
        size=gone,
    )


def clocks_apart(sentence: str) -> Alert:
    """Nothing is written by a clock that is wrong."""
    return Alert(cause=Cause.CLOCKS_APART, summary=sentence)


def scope_reaches_nobody(sentence: str) -> Alert:
    """A mistyped library frees and blocks nobody."""
    return Alert(cause=Cause.SCOPE_REACHES_NOBODY, summary=sentence)


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


def no_journal(since: str, problem: str) -> Alert:
    """Its database is away, or says nothing."""
    return Alert(
        cause=Cause.NO_JOURNAL,
        summary=f"The journal has not answered since {since}, and nobody is blocked or freed until it does. {problem}",
        remedy="See that its database runs and can be reached from this machine.",
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


def office_unreachable(tries: int, trouble: str, waiting: int) -> Alert:
    """What was to be sent to the collection office waits."""
    return Alert(
        cause=Cause.OFFICE_UNREACHABLE,
        summary=f"The exchange with the collection office has failed {tries} times in a row. {trouble}",
        remedy="It is tried again every ten minutes, with the same files. No claim is lost and none is sent twice.",
        details={"files": waiting},
    )


def office_files(problems: tuple[str, ...]) -> Alert:
    """Lines of the office's could not be taken."""
    more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
    return Alert(
        cause=Cause.OFFICE_FILES,
        summary=f"Something in the collection office's files was not taken: {problems[0]}.{more}",
        remedy="`cardwarden journal` and the archive have the file; ask the office for what is missing.",
        size=len(problems),
    )


def claims_late(number: int, days: int) -> Alert:
    """The office has not answered in time."""
    return Alert(
        cause=Cause.CLAIMS_LATE,
        summary=f"{number} claims have waited for the collection office's word for more than {days} days.",
        remedy="`cardwarden collection list` names them: ask the office.",
        size=number,
    )


def claims_for_staff(number: int) -> Alert:
    """Claims that go on only when somebody says how."""
    return Alert(
        cause=Cause.CLAIMS_FOR_STAFF,
        summary=f"{number} claims wait for staff: refused, given back unpaid, lifted, or found without a claim.",
        remedy="`cardwarden collection list` shows them first: `collection send CLAIM` or `collection withdraw CLAIM`.",
        size=number,
    )
