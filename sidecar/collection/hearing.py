"""What the office says: read once, journalled with its effect, archived; a line that is wrong spoils no other."""

from collections.abc import Sequence
from dataclasses import dataclass

from sidecar.collection.spool import sha256_of
from sidecar.collection.world import Exchange
from sidecar.core.collection.claim import Heard as FileHeard
from sidecar.core.collection.claim import Problem
from sidecar.core.collection.claims import Step
from sidecar.core.collection.hearing import hear, said
from sidecar.errors import OfficeError
from sidecar.ports import FileIn


@dataclass(frozen=True, slots=True)
class Heard:
    """What was read; what lies there and is not whole (with what is wrong) or nobody's; what went wrong."""

    files: tuple[FileIn, ...] = ()
    unread: tuple[tuple[str, tuple[Problem, ...]], ...] = ()
    unexpected: tuple[str, ...] = ()
    trouble: str | None = None

    @property
    def taken(self) -> int:
        """How many lines had an effect."""
        return sum(file.taken for file in self.files)


def hear_office(there: Exchange) -> Heard:
    """Read whatever waits. A file that cannot be fetched or archived now is read the next time, and once."""
    if not there.profile.answers:
        return Heard()
    files: list[FileIn] = []
    unread: list[tuple[str, tuple[Problem, ...]]] = []
    unexpected: list[str] = []
    trouble = None
    try:
        for name in there.office.waiting():
            if not there.profile.expects(name):
                unexpected.append(name)
                continue
            outcome = hear_file(there, name, there.office.fetch(name))
            if isinstance(outcome, FileIn):
                files.append(outcome)
            elif outcome:
                unread.append((name, outcome))
                continue
            there.office.archive(name)
    except OfficeError as error:
        trouble = str(error)
    return Heard(tuple(files), tuple(unread), tuple(unexpected), trouble)


def hear_file(there: Exchange, name: str, content: bytes) -> FileIn | tuple[Problem, ...]:
    """Take what a file says. Without problems in place of a file: it was read before, under the same name. With
    problems: it is not whole, and nothing of it is taken."""
    sha256 = sha256_of(content)
    with there.turn():
        before = there.journal.files_in_of(sha256)
        if any(file.name == name for file in before):
            return ()
        if before:
            problem = Problem(0, f"holds what {before[0].name} held, which was read before: nothing of it is taken")
            return _kept(there, FileIn(name, sha256, None, there.clock.now(), 0, (problem,)), [])
        heard = there.profile.hear(name, content, there.currency)
        if not heard.complete:
            return heard.problems or (Problem(0, "is not whole"),)
        steps, problems = _effects(there, heard)
        numbered = _about_its_number(there, heard.number)
        found = tuple(sorted((*numbered, *heard.problems, *problems), key=lambda problem: problem.line))
        return _kept(there, FileIn(name, sha256, heard.number, there.clock.now(), len(steps), found), steps)


def _kept(there: Exchange, file: FileIn, steps: Sequence[Step]) -> FileIn:
    there.journal.keep_heard(file, steps)
    return file


def _effects(there: Exchange, heard: FileHeard) -> tuple[list[Step], list[Problem]]:
    claims = {claim.id: claim for claim in there.journal.claims()}
    before = {claim: set(known) for claim, known in there.journal.said_before().items()}
    now = there.clock.now()
    steps: list[Step] = []
    problems: list[Problem] = []
    for message in heard.messages:
        outcome = hear(claims.get(message.claim), message, before.get(message.claim, ()), now)
        if isinstance(outcome, Problem):
            problems.append(outcome)
            continue
        claims[message.claim] = outcome.claim
        before.setdefault(message.claim, set()).add(said(message))
        steps.append(outcome)
    return steps, problems


def _about_its_number(there: Exchange, number: int | None) -> tuple[Problem, ...]:
    """A number that was read before, and numbers that are missing in between."""
    read = there.journal.numbers_in()
    if number is None or not read:
        return ()
    if number in read:
        return (Problem(0, f"has number {number}, as a file before it: what was said before is not taken again"),)
    if number > read[-1] + 1:
        first, last = read[-1] + 1, number - 1
        missing = f"file {first} is" if first == last else f"files {first} to {last} are"
        return (Problem(0, f"has number {number}, and {missing} missing: ask the office"),)
    return ()
