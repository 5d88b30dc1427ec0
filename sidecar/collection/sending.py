"""What the office is to be told: built, journalled, sent, and known as sent only once the whole file is there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sidecar.collection.spool import sha256_of
from sidecar.collection.world import Exchange
from sidecar.core.collection.claim import Batch, BatchItem, ClaimId, Contact, OrderKind, OutgoingFile
from sidecar.core.collection.claims import Claim
from sidecar.core.collection.orders import orders
from sidecar.core.collection.steps import delivered, filed, unfiled
from sidecar.errors import OfficeError
from sidecar.ports import FileOut


@dataclass(frozen=True, slots=True)
class Sent:
    """What went, what waits (and why), and the claims of patrons whom the ILS no longer knows."""

    files: tuple[FileOut, ...] = ()
    waiting: tuple[FileOut, ...] = ()
    trouble: str | None = None
    nobody: tuple[ClaimId, ...] = ()


def send_claims(there: Exchange, *, whole: bool = False) -> Sent:
    """Send what waits, then what is new. `whole`: tell the office the balance of every claim that it has.

    A file that could not be sent goes first the next time, the same bytes under the same number, and nothing new is
    built before it is there. Raises IlsError, SpoolError and JournalError.
    """
    there.spool.keep_only({file.name for file in there.journal.undelivered()})
    before = _deliver(there)
    if before.trouble is not None:
        return before
    nobody = _build(there, whole=whole)
    after = _deliver(there)
    return Sent((*before.files, *after.files), after.waiting, after.trouble, nobody)


def rebuild(there: Exchange) -> Sequence[FileOut]:
    """Give up the files that wait: their claims are told in new ones. For a spool that was lost, by hand."""
    with there.turn():
        waiting = there.journal.undelivered()
        for file in waiting:
            steps = [
                unfiled(claim)
                for claim in there.journal.claims()
                if claim.id in file.claims and claim.in_file == file.batch
            ]
            there.journal.drop_file(file, steps, there.clock.now())
    return waiting


def _build(there: Exchange, *, whole: bool) -> tuple[ClaimId, ...]:
    everything = whole or there.profile.tells_all
    wanted = orders(there.journal.claims(), everything=everything)
    if not wanted:
        return ()
    known = there.contacts.contacts(sorted({claim.patron for claim, _ in wanted}))
    with there.turn():
        claims = there.journal.claims()
        if there.journal.undelivered():
            return ()
        due = orders(claims, everything=everything)
        # A claim cannot be referred if the office could reach nobody.
        nobody = [claim.id for claim, order in due if order.kind is OrderKind.CLAIM and claim.patron not in known]
        items = [BatchItem(order, known.get(claim.patron, Contact())) for claim, order in due if claim.id not in nobody]
        if items:
            _keep(there, claims, items, whole=whole)
    return tuple(nobody)


def _keep(there: Exchange, claims: Sequence[Claim], items: Sequence[BatchItem], *, whole: bool) -> None:
    """The files of a batch, in the spool first and in the journal then: a kill in between leaves nothing but a file
    that nobody knows, which the next build replaces."""
    now = there.clock.now()
    day = there.today(now)
    number, of_day = there.journal.next_batch(day)
    batch = Batch(number, now, day, there.currency, tuple(items), of_day, whole)
    files = there.profile.files(batch)
    for file in files:
        there.spool.put(file.name, file.content)
    in_files = {claim for file in files for claim in file.claims}
    by_id = {claim.id: claim for claim in claims}
    told = [
        filed(by_id[item.order.claim], item.order.kind, item.order.amount, number)
        for item in items
        if item.order.claim in in_files
    ]
    kept = [
        FileOut(number, file.kind, file.name, sha256_of(file.content), file.claims, file.total, now) for file in files
    ]
    there.journal.keep_batch(kept, told, day)


def _deliver(there: Exchange) -> Sent:
    """Every file that waits, oldest first, up to the first that the office does not get."""
    done: list[FileOut] = []
    for file in (waiting := there.journal.undelivered()):
        content = there.spool.get(file.name, file.sha256)
        try:
            there.office.deliver(OutgoingFile(file.name, content, file.kind, file.claims, file.total))
        except OfficeError as error:
            return Sent(tuple(done), tuple(waiting[len(done) :]), str(error))
        with there.turn():
            _keep_delivery(there, file)
        done.append(file)
    there.spool.keep_only({file.name for file in there.journal.undelivered()})
    return Sent(tuple(done))


def _keep_delivery(there: Exchange, file: FileOut) -> None:
    """A claim is sent with the last of the batch's files that tell of it."""
    now = there.clock.now()
    others = {
        claim
        for each in there.journal.undelivered()
        if each.id != file.id and each.batch == file.batch
        for claim in each.claims
    }
    steps = [
        delivered(claim, now)
        for claim in there.journal.claims()
        if claim.id in file.claims and claim.id not in others and claim.in_file == file.batch
    ]
    there.journal.keep_delivery(file, steps, now)
