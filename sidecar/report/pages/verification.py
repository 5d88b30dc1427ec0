"""What the gates do: how it came out at each, then what is open, what is closed by another, and what is not known."""

from collections import Counter
from collections.abc import Iterator

from sidecar.core.gates import Cause, Comparison, GateOutcome
from sidecar.core.model import UNKNOWN
from sidecar.language import _, listed, ngettext
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.gates import (
    CAUSES,
    OUTCOMES,
    REMEDIES,
    causes_words,
    no_answer_words,
    privileges_words,
)
from sidecar.report.words.vocabulary import bare_amount, moment_and_zone
from sidecar.verification import GateFindings, Verification


def verification_page(found: Verification, view: View) -> Page:
    """The whole look as a page. Patrons are shown by the ILS's number; card numbers never."""
    sections = [_gates_section(found), *_troubles(found), *_open_section(found, view), *_closed_section(found, view)]
    sections += [*_unanswered_section(found, view), *_notes_section(found)]
    return Page(
        title=_("Do the gates do what is in force?"),
        heading=(
            (_("Policy"), found.policy.name),
            (_("As of"), moment_and_zone(found.as_of, found.policy.time_zone)),
            (_("Cards"), str(found.chosen)),
            (_("Gates"), listed(gate.name for gate in found.gates)),
        ),
        sections=tuple(sections),
        result=result_sentence(found),
        next_step=_next_step(found),
        commands=(),
        tone=_tone(found),
    )


def result_sentence(found: Verification) -> str:
    """How it came out, in a sentence or two."""
    if not found.chosen:
        return _("There is no card to ask about: nothing was written lately, and no card matters.")
    parts = []
    if number := found.count(GateOutcome.GATE_OPEN):
        parts.append(
            ngettext(
                "{number} block does not hold: the gate is open",
                "{number} blocks do not hold: the gate is open",
                number,
            )
        )
    if number := found.count(GateOutcome.CLOSED_BY_ANOTHER):
        parts.append(
            ngettext(
                "{number} card not blocked by Cardwarden is refused",
                "{number} cards not blocked by Cardwarden are refused",
                number,
            )
        )
    if number := found.count(GateOutcome.NO_ANSWER):
        parts.append(ngettext("{number} card without an answer", "{number} cards without an answer", number))
    if number := sum(gate.trouble is not None for gate in found.gates):
        parts.append(ngettext("{number} gate could not be asked", "{number} gates could not be asked", number))
    equal = ngettext("{number} answer as in force", "{number} answers as in force", found.count(GateOutcome.EQUAL))
    return f"{'; '.join(parts)}; {equal}." if parts else _("All is equal: {equal}.", equal=equal)


def _next_step(found: Verification) -> str:
    if found.count(GateOutcome.GATE_OPEN):
        return _("Find out at the desk whether Koha has the block; if it has, the gate's own system does not ask Koha")
    return ""


def _tone(found: Verification) -> Tone:
    if found.count(GateOutcome.GATE_OPEN):
        return Tone.ALARM
    return Tone.WARNING if found.differs or found.unanswered else Tone.PLAIN


def _gates_section(found: Verification) -> Section:
    columns = (Column(_("Gate")), *(Column(_(OUTCOMES[outcome]), numeric=True) for outcome in GateOutcome))
    rows = tuple(
        (
            gate.name,
            *(str(len(gate.by_outcome(outcome))) for outcome in GateOutcome),
            str(gate.asked_again),
            f"{gate.seconds:.1f}",
        )
        for gate in found.gates
    )
    asked = (Column(_("asked twice"), numeric=True), Column(_("seconds"), numeric=True))
    return Section("gates", _("Gates"), table=Table((*columns, *asked), rows))


def _troubles(found: Verification) -> Iterator[Section]:
    troubles = tuple(gate.trouble for gate in found.gates if gate.trouble is not None)
    if troubles:
        yield Section("troubles", _("Gates that could not be asked"), troubles, tone=Tone.WARNING)


def _those(found: Verification, outcome: GateOutcome) -> list[tuple[GateFindings, Comparison]]:
    return [(gate, each) for gate in found.gates for each in gate.by_outcome(outcome)]


def _open_section(found: Verification, view: View) -> Iterator[Section]:
    rows = [
        (each.patron, gate.name, _blocked_by(each), privileges_words(each.let_in) or _("does not see the restriction"))
        for gate, each in _those(found, GateOutcome.GATE_OPEN)
    ]
    if rows:
        columns = (
            Column(_("Patron")),
            Column(_("Gate")),
            Column(_("Blocked by"), prose=True),
            Column(_("Gate allows"), prose=True),
        )
        yield Section("gate-open", _("Gates that are open"), table=view.table(columns, rows), tone=Tone.ALARM)


def _blocked_by(comparison: Comparison) -> str:
    return listed(comparison.held.rules) if comparison.held.ours is True else _("a restriction in Koha")


def _closed_section(found: Verification, view: View) -> Iterator[Section]:
    closed = _those(found, GateOutcome.CLOSED_BY_ANOTHER)
    if not closed:
        return
    often = Counter(cause for _, each in closed for cause in each.causes)
    sentences = tuple(
        _("{number} by this: {cause}.", number=often[cause], cause=_(CAUSES[cause])) + f" {_(REMEDIES[cause])}"
        for cause in Cause
        if often[cause]
    )
    currency = found.policy.currency
    rows = [
        (
            each.patron,
            gate.name,
            _("not known") if each.held.owed is UNKNOWN else bare_amount(each.held.owed, currency),
            privileges_words(each.refused) or _("all"),
            causes_words(each),
        )
        for gate, each in closed
    ]
    columns = (
        Column(_("Patron")),
        Column(_("Gate")),
        Column(_("Owes {currency}", currency=currency.code), numeric=True),
        Column(_("Refused")),
    )
    table = view.table((*columns, Column(_("Likely cause"), prose=True)), rows)
    yield Section(
        "closed-by-another", _("Refused, though not blocked by Cardwarden"), sentences, table, tone=Tone.WARNING
    )


def _unanswered_section(found: Verification, view: View) -> Iterator[Section]:
    rows = [(each.patron, gate.name, no_answer_words(each)) for gate, each in _those(found, GateOutcome.NO_ANSWER)]
    if rows:
        columns = (Column(_("Patron")), Column(_("Gate")), Column(_("Why"), prose=True))
        yield Section("no-answer", _("Without an answer"), table=view.table(columns, rows), tone=Tone.WARNING)


def _notes_section(found: Verification) -> Iterator[Section]:
    notes = [*(note for gate in found.gates for note in _notes_of(gate))]
    if found.without_card:
        notes.append(
            ngettext(
                "{number} patron without a card number could not be asked about.",
                "{number} patrons without a card number could not be asked about.",
                len(found.without_card),
            )
        )
    if found.waiting:
        notes.append(
            ngettext(
                "{number} card with a change that is still to be made: compared is what is in force now.",
                "{number} cards with a change that is still to be made: compared is what is in force now.",
                found.waiting,
            )
        )
    notes += found.gaps
    if notes:
        yield Section("notes", _("Notes"), tuple(notes))


def _notes_of(gate: GateFindings) -> Iterator[str]:
    if gate.texts_unreadable:
        yield ngettext(
            "Gate {gate}: {number} screen could not be read: `encoding` is not the gate's own (utf8, cp850 or "
            "latin1). What it refuses and allows is not touched by that.",
            "Gate {gate}: {number} screens could not be read: `encoding` is not the gate's own (utf8, cp850 or "
            "latin1). What it refuses and allows is not touched by that.",
            gate.texts_unreadable,
            gate=gate.name,
        )
    if missing := gate.texts_missing:
        yield ngettext(
            "Gate {gate}: the policy's text is not on the screen of {number} refused card, e.g. {patrons}: Koha cuts "
            "joined texts at 255 characters, and a gate may rewrite them.",
            "Gate {gate}: the policy's text is not on the screen of {number} refused cards, e.g. {patrons}: Koha cuts "
            "joined texts at 255 characters, and a gate may rewrite them.",
            len(missing),
            gate=gate.name,
            patrons=listed(each.patron for each in missing[:3]),
        )
