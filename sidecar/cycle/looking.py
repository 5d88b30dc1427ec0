"""What a cycle looks at first, and whoever asks or orders something by name: the ILS that the journal belongs to, and
patrons as they are, with what is remembered of them once writes without an answer are settled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sidecar.core.collection.claims import with_claims
from sidecar.core.model import Cases, Facts, PatronId
from sidecar.core.past import known_rows, recognise
from sidecar.core.policy import Policy
from sidecar.cycle.released import without_known_releases
from sidecar.cycle.settling import Settlement, settle_intents
from sidecar.cycle.world import World
from sidecar.errors import PluginGone
from sidecar.ports import IlsStatus, Pull


@dataclass(frozen=True, slots=True)
class Sight:
    """Patrons as they are now, and what became of open intents about them."""

    pull: Pull
    settlement: Settlement

    def cases_of(self, patron: PatronId) -> Cases:
        """What is remembered of a patron."""
        return self.settlement.cases.get(patron, {})

    def facts_of(self, patron: PatronId) -> Facts | None:
        """The facts of a patron who is there."""
        return next((facts for facts in self.pull.facts if facts.patron.id == patron), None)


def known_ils(world: World, *, claim: bool) -> IlsStatus:
    """The ILS, if it is the one that the journal belongs to; `claim` ties a journal that belongs to none.

    Raises OtherIls and PluginGone.
    """
    status, bound = world.source.status(), world.journal.bound_to
    if status.installation_id is None:
        if bound is not None:
            raise PluginGone(
                "The Cardwarden plugin no longer answers in Koha, though this journal has worked with it: enable or "
                "reinstall it and restart Koha's API workers. Nothing was planned."
            )
    elif bound != status.installation_id and (claim or bound is not None):
        world.journal.bind(status.installation_id)
    return status


def look_at(world: World, policy: Policy, patrons: Sequence[PatronId], *, names: bool = False) -> Sight:
    """Read these patrons now. Nothing is written; `settling.keep_settlement` remembers what was settled."""
    return settled(world, policy, world.source.read(patrons, names=names))


def look_at_all(world: World, policy: Policy) -> Sight:
    """Read everyone who can matter, and whoever an open intent is about."""
    pull = world.source.pull()
    seen = {facts.patron.id for facts in pull.facts}
    waiting = sorted({intent.patron for intent in world.journal.open_intents()} - seen)
    others = world.source.read(waiting).facts if waiting else ()
    return settled(world, policy, replace(pull, facts=(*pull.facts, *others)))


def settled(world: World, policy: Policy, pull: Pull) -> Sight:
    """A pull, with the open intents about the patrons in it settled by what it shows."""
    cases = world.journal.cases()
    ours = known_rows(cases, world.journal.former_rows(), policy)
    known, _ = without_known_releases(world.journal, (recognise(each, ours) for each in pull.facts))
    pull = replace(pull, facts=tuple(with_claims(known, world.journal.claims())))
    facts_of = {facts.patron.id: facts for facts in pull.facts}
    about_them = [intent for intent in world.journal.open_intents() if intent.patron in facts_of]
    today = pull.as_of.astimezone(policy.time_zone).date()
    return Sight(pull, settle_intents(about_them, facts_of, cases, today))
