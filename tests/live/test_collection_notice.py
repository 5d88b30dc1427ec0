"""The notice before collection, from end to end on a real Koha: the program asks for it, Koha fills it in and queues
it, and what becomes of it in Koha's queue moves the claim.

Skipped without the staff interface, and without a client of Koha's database: a real Koha has no other way for a test to
say that a letter went.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.core.collection.claim import ClaimState
from tests.live.client import Client, Json
from tests.live.conftest import Hands, Preference, Sql
from tests.live.marked import Cardwarden, cardwarden
from tests.live.people import People
from tests.live.staff import Staff
from tests.live.target import Target

CODE = "CW_COLLECTION"
POLICY = """
[policy]
name      = "The live suite"
currency  = "DKK"
languages = ["en"]
time_zone = "Europe/Copenhagen"

[rules.collection]
kind             = "collection"
release          = "paid_in_full"
block_at         = 225.00
pay_within_days  = 7
announce         = "notice"
restriction_type = "{kind}"
message.en       = "Blocked by the suite: collection."
"""


@pytest.fixture(scope="module")
def letter(staff: Hands, sql: Sql, preference: Preference) -> Iterator[None]:
    """Koha translates notices, and the plugin's page has made the letter; it goes again if there was none before."""
    if not isinstance(staff, Staff):
        pytest.skip("the stand-in has no letters")
    had = sql(f"SELECT COUNT(*) FROM letter WHERE code = '{CODE}'") != [["0"]]
    preference("TranslateNotices", "1")
    assert staff.page("cud-letter") == "cardwarden-done"
    yield
    if not had:
        sql(f"DELETE FROM letter WHERE code = '{CODE}'")


@pytest.fixture
def cast(people: People, letter: None) -> dict[str, int]:
    return {
        "danish": people.owing(300, lang="da-DK", email="live@example.org"),
        "english": people.owing(250, lang="en"),
        "clean": people.make(),
    }


@pytest.fixture
def program(
    target: Target, instance: str, cast: dict[str, int], kinds: tuple[str, str], tmp_path: Path
) -> Iterator[Cardwarden]:
    with cardwarden(target, instance, POLICY.format(kind=kinds[0]), list(cast.values()), tmp_path) as made:
        made.dry_run()
        yield made


def queued(sql: Sql, patron: int) -> list[list[str]]:
    return sql(
        "SELECT message_transport_type, status, subject, REPLACE(content, '\\n', ' ') FROM message_queue "
        f"WHERE borrowernumber = {patron} AND letter_code = '{CODE}' ORDER BY message_id"
    )


def becomes(sql: Sql, patron: int, status: str, days_ago: int) -> None:
    """What Koha's own jobs write into the queue."""
    sql(
        f"UPDATE message_queue SET status = '{status}', updated_on = NOW() - INTERVAL {days_ago} DAY "
        f"WHERE borrowernumber = {patron} AND letter_code = '{CODE}'"
    )


def notice(koha: Client, patron: int) -> Json:
    [told] = koha.facts(patron)["notices"]
    return dict(told)


def states(program: Cardwarden, patron: int) -> list[ClaimState]:
    return [claim.state for claim in program.world.journal.claims([str(patron)])]


def apply(program: Cardwarden) -> None:
    findings = program.apply(program.dry_run().kept_digest)
    assert findings.notices.trouble is None


def test_the_letter_stands_in_the_queue_once_in_the_patron_s_language(
    koha: Client, program: Cardwarden, cast: dict[str, int], sql: Sql
) -> None:
    for _ in range(3):
        apply(program)
    [[by, status, subject, content]] = queued(sql, cast["danish"])
    assert (by, status, subject) == ("email", "pending", "Din gæld til biblioteket bliver sendt til inddrivelse")
    assert "Kære Live CARDWARDEN-LIVE-" in content
    assert "300" in content
    assert "[%" not in content
    [[by, status, subject, content]] = queued(sql, cast["english"])
    assert (by, status, subject) == ("print", "pending", "Your debt to the library will be sent to collection")
    assert "Dear Live CARDWARDEN-LIVE-" in content
    assert "250" in content
    assert queued(sql, cast["clean"]) == []
    assert (notice(koha, cast["danish"])["status"], koha.rows(cast["danish"])) == ("pending", [])


def test_one_that_went_a_week_ago_moves_the_claim_and_one_that_failed_or_waits_moves_nothing(
    koha: Client, program: Cardwarden, cast: dict[str, int], people: People, sql: Sql
) -> None:
    apply(program)
    sent, failed = cast["danish"], cast["english"]
    becomes(sql, sent, "sent", 8)
    becomes(sql, failed, "failed", 8)
    assert (notice(koha, sent)["status"], notice(koha, failed)["status"]) == ("sent", "failed")
    apply(program)
    assert [row["comment"] for row in koha.rows(sent)] == ["Blocked by the suite: collection."]
    assert states(program, sent) == [ClaimState.REFERRED]
    assert (koha.rows(failed), states(program, failed)) == ([], [ClaimState.TOLD])
    sql(f"DELETE FROM message_queue WHERE letter_code = '{CODE}'")
    assert (notice(koha, sent)["status"], notice(koha, failed)["status"]) == ("sent", "failed"), "the queue was purged"
    people.pay(sent)
    apply(program)
    assert (koha.rows(sent), states(program, sent)) == ([], [ClaimState.CLOSED])


def test_without_the_letter_the_program_says_what_to_do(
    program: Cardwarden, cast: dict[str, int], staff: Staff, sql: Sql
) -> None:
    sql(f"DELETE FROM letter WHERE code = '{CODE}'")
    findings = program.apply(program.dry_run().kept_digest)
    assert "make it on the plugin's page in Koha" in str(findings.notices.trouble)
    assert staff.page("cud-letter") == "cardwarden-done"
    apply(program)
    assert len(queued(sql, cast["danish"])) == 1
