"""What staff do on the plugin's own pages: they read the answer about a card, and release what it offers."""

from typing import Any, Final

from adapters.standin.library.desk import Desk
from adapters.standin.library.records import NoticeRow, Patron, StaffReleaseRow, StoredAnswer

STAFF_ID: Final = 52
"""The staff member who is logged in unless another one is named."""


class Pages(Desk):
    """The answers and releases that the plugin keeps."""

    def untaken(self, patron_id: int) -> list[StaffReleaseRow]:
        """Releases of a patron that the sidecar does not have yet, by number."""
        return [each for each in self.releases if each.patron_id == patron_id and not each.taken]

    def staff_releases(
        self,
        patron_id: int,
        rule: str,
        *,
        staff_id: int = STAFF_ID,
        photo_id_checked: bool = False,
        reason: str = "",
    ) -> int:
        """Release a block on the patron's page, and give the release's number. What the stored answer does not offer is
        refused, and nothing is changed then."""
        with self.lock:
            patron = self.patron(patron_id)
            offer = self._offered(patron, rule)
            if offer["photo_id"] and not photo_id_checked:
                raise ValueError(f"the rule {rule} is released only after valid photo ID was seen")
            rows = [row for row in patron.restrictions if row.type == offer["type"]]
            release = StaffReleaseRow(
                self._next_release,
                patron_id,
                offer["type"],
                rule,
                staff_id,
                photo_id_checked,
                reason,
                self.now(),
                tuple(row.id for row in rows),
            )
            self._next_release += 1
            self.delete_rows(patron, rows)
            if offer["reset_pin"] and patron.attempts > 0:
                self._set_attempts(patron, 0)
            self.releases.append(release)
            self._note_overtaken(patron_id, rule, release.type, release.at)
            return release.id

    def _note_overtaken(self, patron_id: int, rule: str, kind: str, at: int) -> None:
        body = self.answers[patron_id].body
        releases: Any = body["releases"]
        left = [each for each in releases if (each["rule"], each["type"]) != (rule, kind)]
        self.answers[patron_id] = StoredAnswer(at, {**body, "releases": left}, overtaken=True)

    def _offered(self, patron: Patron, rule: str) -> dict[str, Any]:
        """The release as the answer offers it, if its block is in force."""
        if self.contract < 3:  # noqa: PLR2004 - the first version with pages
            raise ValueError("this plugin has no page for releases")
        if self.paused:
            raise ValueError("writing is paused")
        kept = self.answers.get(patron.id)
        body: dict[str, Any] = {} if kept is None else kept.body
        today = self.today()
        for offer in body.get("releases", ()):
            in_force = any(row.type == offer["type"] and row.in_force(today) for row in patron.restrictions)
            if offer["rule"] == rule and offer["type"] in self.registered and in_force:
                return dict(offer)
        raise ValueError(f"patron {patron.id} is not blocked by the rule {rule} any more")

    def keep_answer(self, patron_id: int, as_of: int, body: dict[str, Any] | None) -> bool:
        """Keep an answer, or (None) forget the one there is; an older one never replaces a newer. Whether it was
        kept."""
        known = self.answers.get(patron_id)
        if patron_id not in self.patrons or (known is not None and as_of < known.as_of):
            return False
        if body is None:
            self.answers.pop(patron_id, None)
        else:
            self.answers[patron_id] = StoredAnswer(as_of, body)
        return True

    def keep_notices(self, asked: list[dict[str, Any]]) -> int:
        """Put letters into the queue, each key once; how many that were."""
        known = {(row.patron_id, row.key) for row in self.notices}
        news = {
            (one["patron_id"], one["key"]): one
            for one in asked
            if one["patron_id"] in self.patrons and (one["patron_id"], one["key"]) not in known
        }
        self.notices += [NoticeRow(one["patron_id"], one["code"], one["key"], self.now()) for one in news.values()]
        return len(news)

    def notices_of(self, patron_id: int) -> list[tuple[NoticeRow, str, int]]:
        """A patron's letters, each with what became of it and since when."""
        now, failed = self.now(), patron_id in self.unreachable
        return [
            (row, "pending", row.queued_at) if now < row.done_at else (row, "failed" if failed else "sent", row.done_at)
            for row in self.notices
            if row.patron_id == patron_id
        ]

    def take_releases(self, numbers: list[int]) -> int:
        """The sidecar has these now; how many that is news of."""
        news = [release for release in self.releases if release.id in numbers and not release.taken]
        for release in news:
            release.taken = True
        return len(news)
