"""Writing to Koha through our plugin: POST /changes (docs/plugin-api.md)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import requests

from adapters.http import Answer, HttpApi, NoAnswer
from adapters.koha.answers import PLUGIN, malformed_entries, patron_numbers, plugin_answer
from adapters.koha.asked import ASKED_NOTHING, Asked
from adapters.koha.facts import instant
from adapters.koha.wire import PluginResult, PluginResults
from sidecar.core.model import PatronId
from sidecar.core.notices import NoticeOrder
from sidecar.core.plan import Change, ChangeKind, Entry
from sidecar.errors import NoticesRefused, OtherWriter, PausedInIls, UnexpectedAnswer
from sidecar.ports import TOLD_AT_ONCE, Outcome, Result, Telling

BATCH_SIZE: Final = 100
"""Measured on Koha 23.05: 100 items a request write 1,013 rows a second, 500 hardly more, and lock longer."""

LARGEST_BATCH: Final = 500
"""What the plugin takes in one request."""

REFUSED: Final = frozenset(
    {
        requests.codes.forbidden,
        requests.codes.conflict,
        requests.codes.unprocessable_entity,
        requests.codes.internal_server_error,
    }
)
"""Statuses of an item that was not written: no type of ours, missing in Koha, text too long, failed inside."""


class PluginTarget:
    """Writes one patron's changes per item, each atomic and under the etag that decided them."""

    def __init__(
        self,
        http: HttpApi,
        instance: str,
        *,
        batch_size: int = BATCH_SIZE,
        writers: int = 1,
        asked: Asked = ASKED_NOTHING,
    ) -> None:
        if not 0 < batch_size <= LARGEST_BATCH:
            raise ValueError(f"a batch holds 1 to {LARGEST_BATCH} entries, not {batch_size}")
        self.batch_size = batch_size
        self.writers = writers
        self._http = http
        self._instance = instance
        self._more = asked

    def apply(self, entries: Sequence[Entry]) -> tuple[Sequence[Outcome], datetime | None]:
        """Write these entries; one outcome each, in order, and Koha's time of the writing."""
        if len(entries) > self.batch_size:
            raise ValueError(f"{len(entries)} entries are more than a batch of {self.batch_size}")
        # An item without an etag would make the plugin refuse all the others with it.
        sent = [entry for entry in entries if entry.etag is not None and patron_numbers([entry.patron])]
        outcomes, at = self._write(sent)
        return tuple(outcomes.get(entry.patron) or _never_sent(entry) for entry in entries), at

    def _write(self, sent: Sequence[Entry]) -> tuple[Mapping[PatronId, Outcome], datetime | None]:
        """Send these; what Koha cannot read is left out and the rest sent again, so each round is a smaller one."""
        refused: dict[PatronId, Outcome] = {}
        while sent:
            try:
                answer = self._post([_item(entry) for entry in sent], takeover=False)
            except NoAnswer as error:
                return refused | _unanswered(sent, str(error)), None
            malformed = malformed_entries(answer, "items")
            unread = [(entry, malformed[place]) for place, entry in enumerate(sent) if place in malformed]
            if not unread:
                outcomes, at = _outcomes(plugin_answer(answer), sent)
                return refused | outcomes, at
            refused |= {entry.patron: _malformed(entry, inside) for entry, inside in unread}
            sent = [entry for entry in sent if entry.patron not in refused]
        return refused, None

    def tell(
        self, tellings: Sequence[Telling], taken: Sequence[str] = (), *, hold_at: datetime | None = None
    ) -> Sequence[PatronId]:
        """Give Koha's staff pages these answers and say which releases are journalled. What has no Koha number is left
        out."""
        if max(len(tellings), len(taken)) > TOLD_AT_ONCE:
            raise ValueError(f"{len(tellings)} answers and {len(taken)} releases are more than {TOLD_AT_ONCE} at once")
        sent = [one for one in tellings if patron_numbers([one.patron])]
        more: dict[str, object] = {"taken_releases": patron_numbers(taken)}
        if hold_at is not None:
            more["answers_hold_at"] = int(hold_at.timestamp())
        while True:
            answer = self._post([], takeover=False, more={**more, "answers": [_telling(one) for one in sent]})
            unread = malformed_entries(answer, "answers")
            if not unread:
                plugin_answer(answer).decode(PluginResults)
                told = {one.patron for one in sent}
                return tuple(one.patron for one in tellings if one.patron not in told)
            sent = [one for place, one in enumerate(sent) if place not in unread]

    def notify(self, notices: Sequence[NoticeOrder]) -> None:
        """Put these into Koha's message queue, each key once. Raises `NoticesRefused` if not all were."""
        if len(notices) > TOLD_AT_ONCE:
            raise ValueError(f"{len(notices)} notices are more than {TOLD_AT_ONCE} at once")
        asked = [
            {"patron_id": int(one.patron), "code": one.code, "key": one.key}
            for one in notices
            if patron_numbers([one.patron])
        ]
        answer = plugin_answer(self._post([], takeover=False, more={"notices": asked}))
        if refused := answer.decode(PluginResults).notices_refused:
            raise NoticesRefused(f"{len(refused)} of {len(asked)} notices were not queued. {refused[0].error}")

    def claim(self) -> None:
        """Become the writer in place of another journal; nothing else is written."""
        plugin_answer(self._post([], takeover=True)).decode(PluginResults)

    def _post(
        self, items: Sequence[object], *, takeover: bool, more: Mapping[str, object] = MappingProxyType({})
    ) -> Answer:
        asked = self._more.in_body() if items else {}
        answer = self._http.send(
            "POST",
            f"{PLUGIN}/changes",
            json={"instance": self._instance, "takeover": takeover, "items": items, **more, **asked},
            writes=True,
            final_codes=frozenset({"paused"}),
        )
        code = answer.word("error_code")
        if code in {"paused", "other_writer"} and answer.after_unanswered_write:
            raise NoAnswer(f"{answer}, and before that not at all: this request may have been written then")
        if answer.status == requests.codes.service_unavailable and code == "paused":
            raise PausedInIls("writing is paused on the plugin's page in Koha: switch it on there")
        if answer.status == requests.codes.conflict and code == "other_writer":
            writer = answer.word("writer") or "unknown"
            raise OtherWriter(
                f"another journal ({writer}) wrote to this Koha last: stop that one, then run `cardwarden takeover`"
            )
        return answer


def _item(entry: Entry) -> dict[str, object]:
    kinds = {change.kind for change in entry.changes}
    return {
        "patron_id": int(entry.patron),
        "etag": entry.etag,
        "set": [_row(change) for change in entry.changes if change.kind in {ChangeKind.ADD, ChangeKind.AMEND}],
        "remove": [change.restriction_type for change in entry.changes if change.kind is ChangeKind.REMOVE],
        "reset_pin": ChangeKind.RESET_PIN in kinds,
    }


def _row(change: Change) -> dict[str, str]:
    row = {"type": change.restriction_type, "comment": change.comment}
    return row | ({"short_comment": change.short_comment} if change.short_comment else {})


def _telling(telling: Telling) -> dict[str, object]:
    as_of = int(telling.as_of.timestamp())
    return {"patron_id": int(telling.patron), "as_of": as_of, "answer": telling.answer}


def _never_sent(entry: Entry) -> Outcome:
    return Outcome(entry.patron, Result.REFUSED, "not sent: it was read without an etag or has no Koha number")


def _malformed(entry: Entry, inside: str) -> Outcome:
    message = f"not written: Koha's plugin cannot read this change (at {inside}); report it as a mistake in Cardwarden"
    return Outcome(entry.patron, Result.REFUSED, message)


def _unanswered(sent: Sequence[Entry], message: str) -> dict[PatronId, Outcome]:
    return {entry.patron: Outcome(entry.patron, Result.UNANSWERED, message) for entry in sent}


def _outcomes(answer: Answer, sent: Sequence[Entry]) -> tuple[dict[PatronId, Outcome], datetime]:
    results = answer.decode(PluginResults)
    if [str(result.patron_id) for result in results.results] != [entry.patron for entry in sent]:
        raise UnexpectedAnswer(f"{answer} with results that are not those of the items sent, in their order")
    perhaps_by_us = answer.after_unanswered_write
    outcomes = {str(one.patron_id): _outcome(one, perhaps_by_us=perhaps_by_us) for one in results.results}
    return outcomes, instant(results.as_of)


def _outcome(result: PluginResult, *, perhaps_by_us: bool) -> Outcome:
    """One item's answer. A status that the contract does not have says nothing of what is there now.

    What was so already after a try of ours that got no answer is taken for ours: else no brake would count it, and
    no undo take it back.
    """
    patron, message = str(result.patron_id), result.error or ""
    match result.status:
        case requests.codes.ok | requests.codes.created:
            return Outcome(patron, Result.WRITTEN if result.written or perhaps_by_us else Result.ALREADY, message)
        case requests.codes.not_found:
            return Outcome(patron, Result.GONE, message)
        case requests.codes.precondition_failed:
            return Outcome(patron, Result.MOVED, message)
        case status if status in REFUSED:
            return Outcome(patron, Result.REFUSED, message or f"Koha answered {status}")
    return Outcome(patron, Result.UNANSWERED, f"Koha answered {result.status}, which this version does not know")
