"""What of a cycle somebody must be told: findings -> alerts."""

from collections.abc import Mapping, Sequence

from sidecar.core.brakes import Brake
from sidecar.cycle.findings import Findings
from sidecar.language import _, gettext_noop, ngettext
from sidecar.serve.alerts.backlog import Hold
from sidecar.serve.alerts.book import Alert, Cause
from sidecar.serve.state import Failures, in_a_row

_WORDS: Mapping[Brake, str] = {
    Brake.ADDITIONS: gettext_noop("{number} blocks are held back"),
    Brake.PIN_ADDITIONS: gettext_noop("{number} blocks for wrong PINs are held back"),
    Brake.REMOVALS: gettext_noop("{number} releases that no payment under this policy explains are held back"),
    Brake.OFFICE_RELEASES: gettext_noop("{number} releases of claims by the collection office's word are held back"),
    Brake.FIRST_CYCLE: gettext_noop("{number} first blocks of a rule are held back"),
    Brake.DRIFT: gettext_noop("{number} blocks for rows that vanished in numbers are held back"),
}

_CHANGES = gettext_noop("{number} changes are held back")


def held_back(hold: Hold) -> Alert:
    """A brake tripped, and what it holds waits for a person."""
    brake = hold.brake
    what = _(_WORDS.get(brake.brake, _CHANGES), number=hold.changes)
    if brake.rule:
        what = _("{what} (rule {rule})", what=what, rule=brake.rule)
    if brake.allowed:
        used, allowed = brake.used, brake.allowed
        what = _(
            "{what}; {used} were made in 24 hours and {allowed} are allowed", what=what, used=used, allowed=allowed
        )
    return Alert(
        cause=Cause.HELD_BACK,
        subject=hold.subject,
        summary=f"{what}.",
        remedy=_(
            "Look at `cardwarden reconcile`; to let them go: {command}",
            command=f"cardwarden approve {hold.digest[:12]}",
        ),
        details={"changes": hold.changes, "cycle": hold.cycle, "digest": hold.digest},
        size=hold.changes,
        policy=hold.policy,
    )


def refused(refusals: Sequence[str]) -> Alert:
    """Koha takes some changes from nobody."""
    number = len(refusals)
    return Alert(
        cause=Cause.REFUSED,
        summary=_(
            "Koha refused {number} changes, which are tried again in every full cycle. The first: {why}",
            number=number,
            why=refusals[0],
        ),
        details={"changes": number},
        size=number,
    )


def policy_does_not_fit(errors: Sequence[str]) -> Alert:
    """The policy asks for what this Koha cannot do."""
    return Alert(
        cause=Cause.POLICY_DOES_NOT_FIT,
        summary=_("The policy does not fit this Koha. {why}", why=_first_of(errors)),
        details={"errors": len(errors)},
    )


def refused_by_koha(harms: Sequence[str], cards: int) -> Alert:
    """Koha by itself lends nothing to cards that the policy calls clear."""
    remedy = ngettext(
        "Today {number} card is clear and refused: `cardwarden reconcile` lists them.",
        "Today {number} cards are clear and refused: `cardwarden reconcile` lists them.",
        cards,
    )
    return Alert(
        cause=Cause.REFUSED_BY_KOHA,
        summary=_first_of(harms),
        remedy=remedy if cards else "",
        details={"settings": len(harms), "cards": cards},
        size=cards,
    )


def gate_open(gate: str, cards: int) -> Alert:
    """Blocks that do not hold where patrons stand."""
    return Alert(
        cause=Cause.GATE_OPEN,
        subject=gate,
        summary=ngettext(
            "{number} block does not hold at gate {gate}: it lets that card in.",
            "{number} blocks do not hold at gate {gate}: it lets those cards in.",
            cards,
            gate=gate,
        ),
        remedy=_("`cardwarden verify` says which. It is asked again every ten minutes."),
        details={"cards": cards},
        size=cards,
    )


def gate_unreachable(gate: str, tries: int, trouble: str) -> Alert:
    """A gate that cannot be asked: it is not known whether blocks hold there. Cycles are not touched by it."""
    return Alert(
        cause=Cause.GATE_UNREACHABLE,
        subject=gate,
        summary=_(
            "Gate {gate} could not be asked {number} times in a row, so whether blocks hold there is not known. {why}",
            gate=gate,
            number=tries,
            why=trouble,
        ),
        remedy=_("Cycles are not touched by it."),
    )


def drift(findings: Findings) -> Alert | None:
    """Rows of ours that went in numbers."""
    gone = sum(verdict.drift for decision in findings.decisions for verdict in decision.verdicts)
    if not gone:
        return None
    return Alert(
        cause=Cause.DRIFT,
        summary=_(
            "{number} restrictions of Cardwarden vanished from Koha at once, so nobody is blocked anew for them. Was a "
            "restriction type deleted, or a backup restored? `cardwarden reconcile` lists them.",
            number=gone,
        ),
        remedy=_("To put them back approve that plan; if staff meant it: cardwarden drift accept."),
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
        summary=_(
            "Writing is paused on the plugin's page in Koha: nobody is blocked or freed until it is switched on."
        ),
    )


def plugin_gone(error: str) -> Alert:
    """There was a plugin."""
    return Alert(cause=Cause.PLUGIN_GONE, summary=_("Koha's Cardwarden plugin no longer answers. {why}", why=error))


def paused(since: str) -> Alert:
    """Somebody paused writing, and perhaps forgot it."""
    return Alert(
        cause=Cause.PAUSED,
        summary=_(
            "Writing has been paused since {when}: nobody is blocked or freed until `cardwarden resume`.", when=since
        ),
    )


def failing(kind: str, failures: Failures, first: str, last: str) -> Alert:
    """Cycle after cycle fails."""
    return Alert(
        cause=Cause.FAILING,
        subject=kind,
        summary=_(
            "{often}, since {first}. The last, at {last}: {why}",
            often=in_a_row(failures.count, kind),
            first=first,
            last=last,
            why=failures.reason,
        ),
        details={"cycles": failures.count},
    )


def no_journal(since: str, problem: str) -> Alert:
    """Its database is away, or says nothing."""
    return Alert(
        cause=Cause.NO_JOURNAL,
        summary=_(
            "The journal has not answered since {when}, and nobody is blocked or freed until it does. {why}",
            when=since,
            why=problem,
        ),
        remedy=_("See that its database runs and can be reached from this machine."),
    )


def no_full_cycle(since: str, oldest: str) -> Alert:
    """The last good full cycle is too long ago."""
    return Alert(
        cause=Cause.NO_FULL_CYCLE,
        summary=_(
            "No full cycle has come to its end since {when}, which is longer ago than {oldest}.",
            when=since,
            oldest=oldest,
        ),
    )


def no_cycle(since: str) -> Alert:
    """Not even a quick cycle was good for a while."""
    return Alert(
        cause=Cause.NO_CYCLE,
        summary=_(
            "No cycle at all has come to a good end since {when}: a payment frees no card until one does.", when=since
        ),
    )


def policy_refused(error: str) -> Alert:
    """The file cannot be used."""
    return Alert(
        cause=Cause.POLICY_REFUSED,
        summary=_("The changed policy is refused, and the one before stays in force. {why}", why=error),
    )


def settings_refused(error: str) -> Alert:
    """The settings cannot be used."""
    return Alert(
        cause=Cause.SETTINGS_REFUSED,
        summary=_("The changed settings are refused, and those before stay in force. {why}", why=error),
    )


def office_unreachable(tries: int, trouble: str, waiting: int) -> Alert:
    """What was to be sent to the collection office waits."""
    return Alert(
        cause=Cause.OFFICE_UNREACHABLE,
        summary=_(
            "The exchange with the collection office has failed {tries} times in a row. {trouble}",
            tries=tries,
            trouble=trouble,
        ),
        remedy=_("It is tried again every ten minutes, with the same files. No claim is lost and none is sent twice."),
        details={"files": waiting},
    )


def office_files(problems: tuple[str, ...]) -> Alert:
    """Lines of the office's could not be taken."""
    return Alert(
        cause=Cause.OFFICE_FILES,
        summary=_("Something in the collection office's files was not taken: {problems}", problems=_first_of(problems)),
        remedy=_("The archive has the files; ask the office for what is missing."),
        size=len(problems),
    )


def claims_late(number: int, days: int) -> Alert:
    """The office has not answered in time."""
    return Alert(
        cause=Cause.CLAIMS_LATE,
        summary=_(
            "{number} claims have waited for the collection office's word for more than {days} days.",
            number=number,
            days=days,
        ),
        remedy=_("`cardwarden collection list` names them: ask the office."),
        size=number,
    )


def claims_for_staff(number: int) -> Alert:
    """Claims that go on only when somebody says how."""
    return Alert(
        cause=Cause.CLAIMS_FOR_STAFF,
        summary=_(
            "{number} claims wait for staff: refused, given back unpaid, lifted, or found without a claim.",
            number=number,
        ),
        remedy=_("`cardwarden collection list` shows them first; then `collection send CLAIM` or `withdraw CLAIM`."),
        size=number,
    )


def _first_of(problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return problems[0]
    more = len(problems) - 1
    return _("{first} And {number} more: see the status page.", first=problems[0], number=more)
