"""What was done: by people by name, and by cycles card by card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sidecar.core.policy import Policy
from sidecar.language import _, gettext_noop
from sidecar.ports import ActRecord, ChangeRecord, Journal, PersonalAct, ReleaseRecord
from sidecar.report.pages.journal import changes_table
from sidecar.report.pages.released import releases_section
from sidecar.report.pages.sections import Column, Table
from sidecar.report.words.vocabulary import moment

SHOWN: Final = 100

ACTS: Final[Mapping[PersonalAct, str]] = {
    PersonalAct.APPROVE: gettext_noop("approved a plan"),
    PersonalAct.PAUSE: gettext_noop("paused writing"),
    PersonalAct.RESUME: gettext_noop("resumed writing"),
    PersonalAct.DRIFT_ACCEPT: gettext_noop("accepted drift"),
    PersonalAct.UNDO: gettext_noop("undid a cycle"),
    PersonalAct.RETIRE: gettext_noop("retired restrictions"),
    PersonalAct.TAKEOVER: gettext_noop("took over writing"),
    PersonalAct.ANNOUNCED: gettext_noop("sent letters"),
    PersonalAct.CLAIM_SEND: gettext_noop("sent claims"),
    PersonalAct.CLAIM_WITHDRAW: gettext_noop("withdrew claims"),
}

_DIGEST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class History:
    """The latest of it, newest first. With a `cycle`: its changes, and what staff released in it."""

    acts: Sequence[ActRecord]
    changes: Sequence[ChangeRecord]
    releases: Sequence[ReleaseRecord]
    cycle: int | None = None


def read_history(journal: Journal, cycle: int | None) -> History:
    """What the journal holds of it. Raises JournalError."""
    acts = journal.acts(SHOWN) if cycle is None else ()
    return History(acts, journal.changes(cycle=cycle, limit=SHOWN), journal.releases(cycle=cycle)[:SHOWN], cycle)


def acts_table(acts: Sequence[ActRecord], policy: Policy) -> Table:
    """Who did what to Cardwarden as a whole."""
    columns = (Column(_("When")), Column(_("Who")), Column(_("What"), prose=True))
    rows = tuple((moment(one.at, policy.time_zone), one.staff, _act(one)) for one in acts)
    return Table(columns, rows, names=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page; one of which there is nothing has no table. `patrons` is the column with their numbers."""

    key: str
    title: str
    table: Table | None
    patrons: int | None = None


def parts_of(history: History, policy: Policy) -> list[Part]:
    """What the page shows, in its order."""
    parts = []
    if history.cycle is None:
        parts.append(Part("acts", _("What people ordered"), acts_table(history.acts, policy) if history.acts else None))
    released = releases_section(history.releases, policy.time_zone).table if history.releases else None
    parts.append(Part("releases", _("Blocks that staff released"), released, patrons=0))
    changed = changes_table(history.changes, policy) if history.changes else None
    parts.append(Part("changes", _("Changes to cards"), changed, patrons=2))
    return parts


def _act(one: ActRecord) -> str:
    detail = one.detail[:_DIGEST_SHOWN] if one.act is PersonalAct.APPROVE else one.detail
    return f"{_(ACTS[one.act])}: {detail}" if detail else _(ACTS[one.act])
