"""Keeps the ILS's own pages current: after a cycle that wrote, the answers about the cards that it looked at are given
where they have changed.

A card of which all that its answer rests on is as it was is not looked at again (`grounds`); and which words an answer
gets follows from its value, so a card whose value is as it was costs none. What was given last is remembered as digests
of both. Nothing here fails a cycle: what was not told is told by the next one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from sidecar.core.collection.waiting import ANSWER_DAYS
from sidecar.core.decide import decide
from sidecar.core.model import PatronId
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings, Told
from sidecar.cycle.judging import effective_scope
from sidecar.cycle.looking import look_at
from sidecar.cycle.order import Stopping
from sidecar.cycle.world import World
from sidecar.desk.answering import answer
from sidecar.desk.circumstances import Circumstances, circumstances_of
from sidecar.desk.foresight import Card, after_cycle
from sidecar.desk.grounds import Grounds, grounds_of
from sidecar.desk.pages import digest_of, page_of
from sidecar.errors import IlsError, JournalError, Stopped
from sidecar.fitness.rules import policy_fits_ils
from sidecar.language import languages_of_ils
from sidecar.ports import TOLD_AT_ONCE, IlsStatus, Mode, ReleaseRecord, Result, Telling, ToldAnswer

CONTRACT: Final = 3
"""The first version of the plugin's contract in which Koha's pages can be told anything."""

BATCH: Final = 100
"""Cards in one request, of the `TOLD_AT_ONCE` that there may be: each has a page of text in every language."""

KEPT_FREE: Final = timedelta(days=1)
"""How long a card that nothing of ours holds any more keeps its answer, which says how it became free."""

HELD_EVERY: Final = timedelta(minutes=10)
"""How often the ILS is told that what it was given still holds."""


@dataclass(frozen=True, slots=True)
class _News:
    """A telling and what is to be remembered of it. Without a telling the words are as they were."""

    patron: PatronId
    telling: Telling | None
    remembered: ToldAnswer | None


@dataclass(slots=True)
class _Counts:
    """What a round has told so far, and of how many cards the answer could not be made."""

    answers: int = 0
    taken_back: int = 0
    releases: int = 0
    broken: int = 0
    mistake: str = ""

    def told(self, trouble: str | None = None) -> Told:
        if trouble is None and self.broken:
            trouble = (
                f"The answers about {self.broken} cards could not be made ({self.mistake}): report it as a mistake in "
                "Cardwarden."
            )
        return Told(self.answers, self.taken_back, self.releases, trouble)


class DeskPages:
    """Tells the ILS's own pages. `mode`, `scope` and `every` (how often quick cycles run) are those of the settings;
    `is_running`: whoever asks runs the quick cycles. The collection office is expected to
    answer within `answer_days`. One lives as long as its daemon."""

    def __init__(
        self,
        *,
        mode: Mode,
        scope: Scope,
        every: timedelta | None,
        is_running: bool = False,
        answer_days: int = ANSWER_DAYS,
    ) -> None:
        self._mode = mode
        self._scope = scope
        self._every = every
        self._is_running = is_running
        self._answer_days = answer_days
        self._held_at: datetime | None = None
        self._owed: frozenset[PatronId] = frozenset()

    def tell(self, world: World, findings: Findings, known_releases: Collection[str], stopping: Stopping) -> Told:
        """After a cycle: what has changed about the cards that it looked at, as they stand after what it wrote, and
        which of staff's releases are journalled. Cards of which an earlier cycle could not tell are looked at again: a
        quick one may not come upon them."""
        counts = _Counts()
        if world.target is None or not _can_be_told(findings.status):
            return counts.told()
        taken = sorted({*known_releases, *(release.id for _patron, release in findings.released())})
        owed, looked_at = self._owed, {decision.patron for decision in findings.decisions}
        again = sorted(owed - looked_at)[:TOLD_AT_ONCE]
        self._owed = owed | {each.patron for each in findings.decisions if _may_concern_us(each)}
        try:
            news = self._news_of(world, findings, again, counts)
            if _send(world, news, taken, stopping, counts):
                self._owed = owed - looked_at - set(again) | _unanswered(findings)
                if not counts.broken and not self._owed:
                    self._say_it_holds(world, findings.as_of)
        except Stopped:
            return counts.told()
        except (IlsError, JournalError) as error:
            return counts.told(f"Koha's pages could not be told all answers; the next cycle tells them: {error}")
        except Exception as error:  # noqa: BLE001 - the cycle is done, and stays so whatever is wrong here
            mistake = type(error).__name__
            return counts.told(f"Koha's pages could not be told: a mistake in Cardwarden ({mistake}); report it.")
        return counts.told()

    def _news_of(
        self, world: World, findings: Findings, again: Sequence[PatronId], counts: _Counts
    ) -> "Iterator[_News]":
        """A quick cycle that came upon nobody has none, and asks the journal nothing: there is one a minute."""
        if findings.kind != "full" and not findings.decisions and not again:
            return iter(())
        round_ = self._round(world, findings.policy, findings.status, findings.as_of, counts)
        others = ((decision, "") for decision in _as_they_are(world, round_, again))
        return chain(round_.of_cycle(findings), round_.about(others))

    def tell_about(self, world: World, policy: Policy, patron: PatronId) -> Told:
        """After something was done to one card by name: how it stands now. Where no daemon writes and the card has no
        answer, none is given: nobody would keep it current."""
        counts = _Counts()
        try:
            status = world.source.status()
            if world.target is None or not _can_be_told(status):
                return counts.told()
            sight = look_at(world, policy, [patron])
            round_ = self._round(world, policy, status, sight.pull.as_of, counts)
            facts = sight.facts_of(patron)
            if facts is None or (self._mode is Mode.DRY_RUN and patron not in round_.told):
                return counts.told()
            decision = decide(facts, sight.cases_of(patron), policy, sight.pull.as_of, round_.around.scope)
            _send(world, round_.about([(decision, "")]), [], lambda: False, counts)
        except (IlsError, JournalError) as error:
            return counts.told(f"Koha's page could not be told how the card stands; the next cycle tells it: {error}")
        return counts.told()

    def _round(self, world: World, policy: Policy, status: IlsStatus, as_of: datetime, counts: _Counts) -> "_Round":
        journal = world.journal
        around = circumstances_of(
            journal,
            status,
            policy,
            None,
            world.clock.now(),
            mode=self._mode,
            scope=effective_scope(self._scope, status),
            every=self._every,
            misfits=policy_fits_ils(policy, status).misfits,
            is_running=self._is_running,
            answer_days=self._answer_days,
        )
        releases: dict[PatronId, list[ReleaseRecord]] = defaultdict(list)
        for release in journal.releases():
            releases[release.patron].append(release)
        languages = languages_of_ils(status.preferences.get("language", ""))
        grounds = grounds_of(policy, around, languages, releases, as_of.astimezone(policy.time_zone).date())
        return _Round(policy, as_of, around, releases, journal.told_answers(), languages, counts, grounds)

    def _say_it_holds(self, world: World, as_of: datetime) -> None:
        if world.target is not None and (self._held_at is None or abs(as_of - self._held_at) >= HELD_EVERY):
            world.target.tell([], hold_at=as_of)
            self._held_at = as_of


@dataclass(frozen=True, slots=True)
class _Round:
    """What is to be told at one moment; `told` is what was told before."""

    policy: Policy
    as_of: datetime
    around: Circumstances
    releases: Mapping[PatronId, Sequence[ReleaseRecord]]
    told: Mapping[PatronId, ToldAnswer]
    languages: Sequence[str]
    counts: _Counts
    grounds: Grounds

    def of_cycle(self, findings: Findings) -> Iterator[_News]:
        """After a cycle. A full one has looked at everyone who can matter: who is not among them has nothing to say."""
        yield from self.about(self._as_they_stand(findings))
        if findings.kind != "full":
            return
        looked_at = {decision.patron for decision in findings.decisions}
        for patron, known in self.told.items():
            if patron not in looked_at and self._is_over(known.free_since):
                yield _News(patron, Telling(patron, self.as_of, None), None)

    def about(self, decisions: Iterable[tuple[Decision, str]]) -> Iterator[_News]:
        """What is new about these cards; with each the digest of what its answer rests on, empty if that is about to
        move."""
        for decision, grounds in decisions:
            try:
                news = self._news(decision, grounds)
            except Exception as error:  # noqa: BLE001 - a card of which nothing can be said must not silence the others
                self.counts.broken += 1
                self.counts.mistake = type(error).__name__
                continue
            if news is not None:
                yield news

    def _as_they_stand(self, findings: Findings) -> Iterator[tuple[Decision, str]]:
        """The decisions anew, on the facts as the cycle's writes have left them, but for cards of which nothing that
        counts has moved. Of a write without an answer nobody knows what it left."""
        done = {change.key for change in findings.done()}
        journalled = {release.id for _patron, release in findings.released()}
        for decision in findings.decisions:
            outcome = findings.outcomes.get(decision.patron)
            unknown = outcome is not None and outcome.result in {Result.UNANSWERED, Result.GONE}
            if unknown or not (decision.patron in self.told or _may_concern_us(decision)):
                continue
            stood = outcome is None and not decision.facts.staff_releases
            grounds = self.grounds.of(decision) if stood else ""
            if self._rests_on_the_same(decision.patron, grounds):
                continue
            left = tuple(each for each in decision.facts.staff_releases if each.id not in journalled)
            cases = {each.rule: each.case_before for each in decision.verdicts if each.case_before is not None}
            scope = self.around.scope if decision.in_scope else Scope(never=frozenset({decision.patron}))
            card = Card(decision.facts, cases, self.policy, self.as_of, scope)
            after = after_cycle(card, decision, lambda change: change.key not in done)
            stands = replace(after, facts=replace(after.facts, staff_releases=left)).decided()
            yield stands, grounds or ("" if decision.facts.staff_releases else self.grounds.of(stands))

    def _rests_on_the_same(self, patron: PatronId, grounds: str) -> bool:
        known = self.told.get(patron)
        return known is not None and known.free_since is None and known.grounds == grounds != ""

    def _news(self, decision: Decision, grounds: str) -> _News | None:
        patron, known = decision.patron, self.told.get(decision.patron)
        free_since = None
        if not self._concerns_us(decision):
            if known is None:
                return None
            free_since = known.free_since or self.as_of
            if self._is_over(free_since):
                return _News(patron, Telling(patron, self.as_of, None), None)
        said = answer(
            decision, self.policy, self.as_of, replace(self.around, releases=self.releases.get(decision.patron, ()))
        )
        digest = digest_of(said, self.languages)
        if known is not None and known.digest == digest:
            unchanged = replace(known, free_since=free_since, grounds=grounds)
            return None if unchanged == known else _News(patron, None, unchanged)
        telling = Telling(patron, self.as_of, page_of(said, self.languages))
        return _News(patron, telling, ToldAnswer(digest, self.as_of, free_since, grounds))

    def _is_over(self, free_since: datetime | None) -> bool:
        return free_since is None or self.as_of - free_since >= KEPT_FREE

    def _concerns_us(self, decision: Decision) -> bool:
        """Whether the card is blocked by us, is told that it will be, or was freed by people."""
        today = self.as_of.astimezone(self.policy.time_zone).date()
        if any(row.in_force(today) for row in decision.facts.ours()):
            return True
        return any(each.case_now is not None or each.change is ChangeKind.ADD for each in decision.verdicts)


def _send(world: World, news: Iterator[_News], taken: Sequence[str], stopping: Stopping, counts: _Counts) -> bool:
    """Tell all of it, so much at once; whether it came to its end. Remembered batch by batch: what was told twice is
    harmless, what is taken for told is never told again."""
    left = list(taken)
    while not stopping() and world.journal.paused_since is None:
        batch, some, left = list(islice(news, BATCH)), left[:TOLD_AT_ONCE], left[TOLD_AT_ONCE:]
        if not batch and not some:
            return True
        tellings = [each.telling for each in batch if each.telling is not None]
        world.journal.renew(world.clock.now())
        unread: Collection[PatronId] = ()
        if world.target is not None and (tellings or some):
            unread = world.target.tell(tellings, some)
        if unread:
            counts.broken, counts.mistake = counts.broken + len(unread), "Koha cannot read them"
            batch = [each for each in batch if each.patron not in unread]
            tellings = [each for each in tellings if each.patron not in unread]
        world.journal.keep_told(
            {each.patron: each.remembered for each in batch if each.remembered is not None},
            [each.patron for each in batch if each.remembered is None],
        )
        counts.answers += sum(telling.answer is not None for telling in tellings)
        counts.taken_back += sum(telling.answer is None for telling in tellings)
        counts.releases += len(some)
    return False


def _as_they_are(world: World, round_: "_Round", patrons: Sequence[PatronId]) -> Iterator[Decision]:
    """These cards, read anew."""
    if patrons:
        sight = look_at(world, round_.policy, patrons)
        for facts in sight.pull.facts:
            cases = sight.cases_of(facts.patron.id)
            yield decide(facts, cases, round_.policy, sight.pull.as_of, round_.around.scope)


def _unanswered(findings: Findings) -> frozenset[PatronId]:
    outcomes = findings.outcomes.items()
    return frozenset(patron for patron, outcome in outcomes if outcome.result is Result.UNANSWERED)


def _can_be_told(status: IlsStatus) -> bool:
    return status.contract is not None and status.contract >= CONTRACT


def _may_concern_us(decision: Decision) -> bool:
    """Whether anything of ours is or was about the card, so that it is worth a second look."""
    facts = decision.facts
    if facts.ours() or facts.staff_releases:
        return True
    return any(each.case_now or each.case_before or each.change for each in decision.verdicts)
