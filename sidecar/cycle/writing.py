"""Writing the part of a plan that may go: batch by batch, each change journalled before and after.

Where the target takes several batches at a time, the next is journalled and sent while others are under way. Only
sending happens in other threads: the journal is this one's alone. The first batch goes by itself, for it claims the
writer's place in the ILS and shows whether anything can be written. Whatever ends the writing, no new batch is begun,
and those under way are waited for and concluded.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field

from sidecar.core.model import PatronId
from sidecar.core.plan import Change, ChangeKey, Entry, Plan
from sidecar.errors import CardwardenError, OtherWriter, PausedInIls
from sidecar.ports import Clock, Journal, Outcome, Result, Target

_Batch = Sequence[Entry]
_Answers = Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Applied:
    """The answers per patron, and why writing stopped early, if it did."""

    outcomes: Mapping[PatronId, Outcome] = field(default_factory=dict)
    stopped: str | None = None


def write_plan(
    plan: Plan,
    target: Target,
    journal: Journal,
    clock: Clock,
    *,
    cycle: int,
    policy_digest: str,
    approved: frozenset[ChangeKey],
    stopping: Callable[[], bool],
) -> Applied:
    """Write all entries, the pause switch and `stopping` looked at before each batch.

    Raises OtherWriter, and any IlsError of the target; what was intended and not answered stays in the journal
    as an open intent that the next cycle settles.
    """

    def why_not() -> str | None:
        if journal.paused_since is not None:
            return "Writing was paused while this cycle ran; `cardwarden resume` lets it go on."
        return "Cardwarden was told to stop; the next cycle goes on." if stopping() else None

    def begin(batch: _Batch) -> None:
        changes: list[Change] = [change for entry in batch for change in entry.changes]
        journal.intend(cycle, changes, policy_digest, approved, clock.now())

    def conclude(answers: _Answers) -> None:
        journal.conclude(cycle, answers, clock.now())

    return _Writing(target, why_not, begin, conclude).of(_batches(plan.entries, target.batch_size))


class _Writing:
    """The batches under way, and what became of the others."""

    def __init__(
        self,
        target: Target,
        why_not: Callable[[], str | None],
        begin: Callable[[_Batch], None],
        conclude: Callable[[_Answers], None],
    ) -> None:
        self._target = target
        self._why_not = why_not
        self._begin = begin
        self._conclude = conclude
        self._threads = ThreadPoolExecutor(target.writers, "writing") if target.writers > 1 else None
        self._at_a_time = 1
        self._under_way: dict[Future[_Answers], _Batch] = {}
        self._outcomes: dict[PatronId, Outcome] = {}
        self._stopped: str | None = None

    def of(self, batches: Iterable[_Batch]) -> Applied:
        """Write these."""
        try:
            for batch in batches:
                while len(self._under_way) >= self._at_a_time:
                    self._take_answers()
                self._stopped = self._stopped or self._why_not()
                if self._stopped is not None:
                    break
                self._begin(batch)
                self._under_way[self._send(batch)] = batch
            while self._under_way:
                self._take_answers()
        except (Exception, KeyboardInterrupt):
            self._wait_for_others()
            raise
        finally:
            if self._threads is not None:
                self._threads.shutdown()
        return Applied(self._outcomes, self._stopped)

    def _send(self, batch: _Batch) -> Future[_Answers]:
        if self._threads is not None:
            return self._threads.submit(copy_context().run, self._written, batch)
        here: Future[_Answers] = Future()
        try:
            here.set_result(self._written(batch))
        except Exception as error:  # noqa: BLE001 - as another thread would: told where it is asked for
            here.set_exception(error)
        return here

    def _written(self, batch: _Batch) -> _Answers:
        answers, _at = self._target.apply(batch)
        return answers

    def _take_answers(self) -> None:
        """Wait for one batch at least, and conclude what was answered. Raises what went wrong with it."""
        for future in wait(self._under_way, return_when=FIRST_COMPLETED).done:
            self._take(future, self._under_way.pop(future))
            self._at_a_time = self._target.writers

    def _take(self, future: Future[_Answers], batch: _Batch) -> None:
        try:
            answers = future.result()
        except (PausedInIls, OtherWriter) as refusal:
            self._conclude([Outcome(entry.patron, Result.REFUSED, str(refusal)) for entry in batch])
            if isinstance(refusal, OtherWriter):
                raise
            self._stopped = self._stopped or str(refusal)
            return
        self._conclude(answers)
        self._outcomes.update((outcome.patron, outcome) for outcome in answers)

    def _wait_for_others(self) -> None:
        """Something went wrong, and is about to be raised: what the others are answered is journalled all the same."""
        for future, batch in self._under_way.items():
            with suppress(CardwardenError):
                self._take(future, batch)


def _batches(entries: Sequence[Entry], size: int) -> Iterator[_Batch]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
