"""Reading everyone whom a cycle must look at, completely or not at all."""

from dataclasses import dataclass, replace

from sidecar.core.collection.claims import with_claims
from sidecar.core.model import UNKNOWN, PatronId
from sidecar.core.past import known_rows, recognise
from sidecar.core.plan import patron_order
from sidecar.core.policy import Policy
from sidecar.cycle.order import Order, Remembered, remember_those
from sidecar.cycle.released import without_known_releases
from sidecar.cycle.world import World
from sidecar.errors import Stopped
from sidecar.ports import Keeps, Mode, Pull


@dataclass(frozen=True, slots=True)
class Seen:
    """Patrons as read, by number, and whom the cycle looked for: who of them was not found is there no more.

    `known_releases` are staff's releases that the ILS still tells of though the journal has them.
    """

    pull: Pull
    looked_for: frozenset[PatronId]
    known_releases: frozenset[str] = frozenset()

    @property
    def rows_known(self) -> frozenset[PatronId]:
        """Of whom it is known which rows they have, or that they are gone."""
        unread = {facts.patron.id for facts in self.pull.facts if facts.restrictions is UNKNOWN}
        return self.looked_for - unread


def known_patrons(world: World, order: Order, remembered: Remembered) -> frozenset[PatronId]:
    """Of whom anything is remembered: by the journal, by the brakes, in a claim, on the ILS's own pages."""
    told = () if order.desk is None else world.journal.told_patrons()
    return frozenset(
        {
            *remembered.cases,
            *remembered.former_rows,
            *(intent.patron for intent in remembered.intents),
            *(claim.patron for claim in remembered.claims),
            *(key[0] for key in remembered.held),
            *told,
        }
    )


def pull_patrons(
    world: World, policy: Policy, order: Order, remembered: Remembered, keeps: Keeps | None = None
) -> tuple[Seen, Remembered]:
    """Everyone who can matter, and everyone whom the journal remembers; in a quick cycle everyone who moved or is due,
    and what the journal remembers of those. With `keeps` only those whom it keeps: all who are remembered are among
    them.

    Rows that were ours are marked as such. Raises Stopped, IncompletePull and other IlsErrors.
    """
    seen = read_patrons(world, order, remembered, keeps)
    if order.quick is not None:
        # Whose a foreign row once was stands in whatever case: where two records are merged, rows change hands.
        whole = any(each.foreign() for each in seen.pull.facts)
        remembered = remember_those(world.journal, remembered, seen.looked_for, whole=whole)
    return seen_under(policy, seen, remembered), remembered


def seen_under(policy: Policy, seen: Seen, remembered: Remembered) -> Seen:
    """The same patrons with what is remembered of claims, and rows that were ours, by the names that this policy's
    rules have, marked as such."""
    if not seen.pull.facts:
        return seen
    known = known_rows(remembered.cases, remembered.former_rows, policy)
    facts = with_claims(seen.pull.facts, remembered.claims)
    return replace(seen, pull=replace(seen.pull, facts=tuple(recognise(each, known) for each in facts)))


def read_patrons(world: World, order: Order, remembered: Remembered, keeps: Keeps | None = None) -> Seen:
    """The patrons of `pull_patrons` as they are whatever the policy is."""

    def progress(read: int, of: int | None) -> None:
        if order.stopping():
            raise Stopped("The cycle was stopped while patrons were read; nothing was planned.")
        if order.mode is not Mode.DRY_RUN:
            world.journal.renew(world.clock.now())
        if order.progress is not None:
            order.progress(read, of)

    since = None if order.quick is None else order.quick.since
    pull = world.source.pull(changed_since=since, names=order.names, progress=progress, keeps=keeps)
    read = {facts.patron.id for facts in pull.facts}
    wanted = {intent.patron for intent in remembered.intents}
    if order.quick is None:
        wanted |= remembered.cases.keys() | remembered.former_rows.keys()
        wanted |= {claim.patron for claim in remembered.claims if claim.still_matters}
    else:
        wanted |= order.quick.due
    missing = sorted(wanted - read, key=patron_order)
    others = world.source.read(missing, names=order.names).facts if missing else ()
    facts = (*pull.facts, *others)
    if world.office is not None:
        reports = world.office.reports()
        facts = tuple(replace(known, agency=reports.get(known.patron.id)) for known in facts)
    news, known_releases = without_known_releases(world.journal, facts)
    ordered = tuple(sorted(news, key=lambda each: patron_order(each.patron.id)))
    return Seen(replace(pull, facts=ordered), frozenset(read | wanted), known_releases)
