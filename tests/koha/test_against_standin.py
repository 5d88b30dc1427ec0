"""The adapter against the stand-in Koha, over real HTTP."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import KohaConnection, PluginSource, connect
from adapters.koha.stock import GAPS, StockOptions
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.core.model import UNKNOWN, Facts, PatronId
from sidecar.core.plan import Change, ChangeKind, Entry, Reason
from sidecar.errors import (
    CannotWrite,
    CredentialsRefused,
    IlsUnreachable,
    NotAnIls,
    OtherWriter,
    PausedInIls,
    PermissionMissing,
    PluginGone,
)
from sidecar.ports import Pull, Result, Telling

from .replay import Waits

PATRONS = "/api/v1/contrib/cardwarden/patrons"
CHANGES = "/api/v1/contrib/cardwarden/changes"


@pytest.fixture
def library() -> Library:
    """A library that the test may change."""
    return build_library(1200)


@pytest.fixture
def koha(library: Library) -> Iterator[StandinKoha]:
    with StandinKoha(library) as running:
        yield running


@pytest.fixture
def connection(koha: StandinKoha, waits: Waits) -> Iterator[KohaConnection]:
    with connected(koha, waits) as made:
        yield made


@pytest.fixture
def stock(library: Library) -> Iterator[KohaConnection]:
    with StandinKoha(library, plugin=False) as running, connected(running) as made:
        assert not made.has_plugin
        yield made


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[StandinKoha, StandinKoha]]:
    """One unchanging library, with the plugin and without."""
    library = build_library(1200)
    with StandinKoha(library) as whole, StandinKoha(library, plugin=False) as without:
        yield whole, without


@dataclass(frozen=True)
class Calm:
    """A library that no test changes; faults are on for one test only."""

    koha: StandinKoha
    library: Library
    connection: KohaConnection
    stock: KohaConnection


@pytest.fixture
def calm(servers: tuple[StandinKoha, StandinKoha], waits: Waits) -> Iterator[Calm]:
    whole, without = servers
    whole.log.entries.clear()
    with connected(whole, waits) as connection, connected(without) as stock:
        yield Calm(whole, whole.library, connection, stock)
    whole.faults.clear()


@contextmanager
def connected(koha: StandinKoha, waits: Waits | None = None, **options: float) -> Iterator[KohaConnection]:
    settings = HttpOptions(**options)  # type: ignore[arg-type]
    sleep = Waits() if waits is None else waits
    with HttpApi(koha.url, koha.client_id, koha.client_secret, settings, sleep=sleep) as http:
        yield connect(http, page_size=50, stock=StockOptions(page_size=200))


def by_id(pull: Pull) -> dict[PatronId, Facts]:
    return {facts.patron.id: facts for facts in pull.facts}


def entry(
    facts: Facts, kind: ChangeKind, restriction_type: str = "CW_DEBT", comment: str = "Kortet er spærret."
) -> Entry:
    change = Change(
        patron=facts.patron.id, rule="debt", kind=kind, restriction_type=restriction_type, reason=Reason.REACHED,
        comment=comment, short_comment="Spærret.",
    )  # fmt: skip
    return Entry(facts.patron.id, facts.etag, (change,))


def one(connection: KohaConnection, patron: int) -> Facts:
    (facts,) = connection.source.read([str(patron)]).facts
    return facts


def requests_to(koha: StandinKoha, method: str, path: str) -> int:
    return sum(each.method == method and each.path.split("?")[0] == path for each in koha.log.entries)


def test_a_pull_holds_everyone_who_can_matter_and_takes_few_requests(calm: Calm) -> None:
    pull = calm.connection.source.pull()
    matter = [str(patron.id) for patron in calm.library.ascending() if patron.can_matter()]
    assert [facts.patron.id for facts in pull.facts] == matter
    assert len(matter) > 100
    assert requests_to(calm.koha, "GET", PATRONS) == len(matter) // 50 + 1
    assert requests_to(calm.koha, "POST", "/api/v1/oauth/token") == 1


def test_what_a_pull_says_is_what_the_library_has(calm: Calm) -> None:
    facts = by_id(calm.connection.source.pull())
    owed = facts[str(calm.library.subjects["owes_half_an_ore_less"])]
    assert owed.charges is not UNKNOWN
    assert [str(charge.outstanding) for charge in owed.charges] == ["224.995000"]
    assert facts[str(calm.library.subjects["has_credit"])].credit == 50
    assert facts[str(calm.library.subjects["pin_failed_to_the_limit"])].failed_pin == 5
    assert facts[str(calm.library.subjects["locked_by_administrator"])].failed_pin == -1
    assert facts[str(calm.library.subjects["card_lost"])].card_lost is True
    restricted = facts[str(calm.library.subjects["restricted_by_staff"])]
    assert [row.type for row in restricted.foreign()] == ["MANUAL"]
    assert (restricted.restricted, restricted.ours()) == (True, ())


def test_the_status_is_the_library_s(calm: Calm) -> None:
    status = calm.connection.source.status()
    assert (status.patron_count, status.installation_id, status.pin_limit) == (1200, calm.library.installation_id, 5)
    assert status.never == {str(calm.library.api_user_id)}
    assert {registered.type for registered in status.types} == set(calm.library.registered)


def test_stock_koha_gives_the_same_candidates_but_for_the_stated_gaps(calm: Calm) -> None:
    whole, partial = calm.connection.source.pull(names=True), calm.stock.source.pull(names=True)
    with_plugin, without = by_id(whole), by_id(partial)
    assert without.keys() <= with_plugin.keys()
    today = calm.library.today()
    for patron in with_plugin.keys() - without.keys():
        left_out = with_plugin[patron]
        assert left_out.charges is not UNKNOWN
        assert left_out.restrictions is not UNKNOWN
        cancels = sum(charge.outstanding for charge in left_out.charges) == left_out.credit
        assert cancels, "the second gap"
        assert not any(row.in_force(today) for row in left_out.restrictions), "the third gap"
        assert (left_out.failed_pin, left_out.card_lost) == (0, False)
    assert str(calm.library.subjects["debits_and_credits_cancel"]) in with_plugin.keys() - without.keys()
    assert partial.gaps == GAPS


def test_stock_koha_gives_the_same_facts_but_for_what_it_cannot_tell(calm: Calm) -> None:
    with_plugin, without = by_id(calm.connection.source.pull(names=True)), by_id(calm.stock.source.pull(names=True))
    for patron, facts in without.items():
        told = with_plugin[patron]
        untold: dict[str, object] = {"restrictions": UNKNOWN, "etag": None, "flag_matches": True}
        untold |= {"settled_at": None, "paid_at": None, "money_at": UNKNOWN, "sends_notices": False}
        if told.restricted is UNKNOWN:
            untold["restricted"] = facts.restricted
        assert facts == replace(told, **untold)  # type: ignore[arg-type]


def test_reading_some_gives_the_same_facts_as_pulling_all(calm: Calm) -> None:
    for source in (calm.connection.source, calm.stock.source):
        pulled = by_id(source.pull())
        some = list(pulled)[::7]
        assert by_id(source.read([*some, "999999"])) == {patron: pulled[patron] for patron in some}


def test_a_card_is_found_by_its_number(calm: Calm) -> None:
    patron = calm.library.patron(calm.library.subjects["owes_much"])
    for source in (calm.connection.source, calm.stock.source):
        assert source.find_card(patron.card_number) == str(patron.id)
        assert source.find_card("no such card") is None


def test_who_moved_since_a_moment_is_pulled_alone(connection: KohaConnection, library: Library) -> None:
    library.advance(3600)
    since = connection.source.status().as_of
    library.advance(60)
    patron = library.subjects["owes_much"]
    library.pay(patron)
    moved = connection.source.pull(changed_since=since)
    assert [facts.patron.id for facts in moved.facts] == [str(patron)]
    assert moved.facts[0].charges == ()
    assert moved.facts[0].settled_at == moved.facts[0].paid_at == moved.as_of
    assert moved.as_of - since == timedelta(seconds=60)


def test_a_void_takes_back_that_all_was_settled_and_is_a_move(connection: KohaConnection, library: Library) -> None:
    patron = library.subjects["owes_much"]
    payment = library.pay(patron)
    [settled] = connection.source.read([str(patron)]).facts
    library.advance(60)
    since = connection.source.status().as_of
    library.void(patron, payment)
    [moved] = connection.source.pull(changed_since=since).facts
    assert (moved.settled_at, moved.paid_at) == (None, None)
    assert settled.settled_at is not None
    assert moved.etag != settled.etag


def test_both_kinds_of_koha_say_which_libraries_there_are(
    connection: KohaConnection, stock: KohaConnection, library: Library
) -> None:
    assert connection.source.status().libraries == library.libraries.keys()
    assert stock.source.status().libraries is None, "that key may not see the catalogue"
    assert "grant the API key's user `catalogue`" in stock.source.status().description


def test_a_redacted_patron_is_unknown_with_the_plugin_and_a_missing_permission_without(
    connection: KohaConnection, stock: KohaConnection, library: Library
) -> None:
    patron = library.subjects["owes_much"]
    library.hide_patron(patron)
    facts = by_id(connection.source.pull())[str(patron)]
    assert (facts.charges, facts.failed_pin, facts.card_lost) == (UNKNOWN, UNKNOWN, UNKNOWN)
    with pytest.raises(PermissionMissing, match="view_borrower_infos_from_any_libraries"):
        stock.source.pull()


def test_adding_and_removing_is_written_once_however_often_it_is_asked(
    connection: KohaConnection, library: Library
) -> None:
    patron, target = library.subjects["owes_much"], connection.target("journal-1")
    before = one(connection, patron)
    foreign = list(library.rows(foreign=True))
    add = entry(before, ChangeKind.ADD)
    for expected in (Result.WRITTEN, Result.ALREADY):
        (outcome,), at = target.apply([add])
        assert (outcome.result, at) == (expected, connection.source.status().as_of)
    (row,) = one(connection, patron).ours()
    assert (row.type, row.comment, row.expires) == ("CW_DEBT", "Kortet er spærret.", None)
    remove = entry(one(connection, patron), ChangeKind.REMOVE)
    for expected in (Result.WRITTEN, Result.ALREADY):
        assert target.apply([remove])[0][0].result is expected
    assert one(connection, patron).ours() == ()
    assert list(library.rows(foreign=True)) == foreign


def test_a_pin_counter_is_reset(connection: KohaConnection, library: Library) -> None:
    patron = library.subjects["pin_failed_to_the_limit"]
    target = connection.target("journal-1")
    assert target.apply([entry(one(connection, patron), ChangeKind.RESET_PIN)])[0][0].result is Result.WRITTEN
    assert one(connection, patron).failed_pin == 0


def test_facts_that_moved_who_is_gone_and_what_is_not_ours_each_have_their_outcome(
    connection: KohaConnection, library: Library
) -> None:
    names = ("owes_much", "owes_little", "owes_a_replacement", "card_lost")
    moved, gone, foreign, fine = (one(connection, library.subjects[name]) for name in names)
    library.pay(int(moved.patron.id), 1)
    library.delete_patron(int(gone.patron.id))
    outcomes, _ = connection.target("journal-1").apply(
        [
            entry(moved, ChangeKind.ADD),
            entry(gone, ChangeKind.ADD),
            entry(foreign, ChangeKind.REMOVE, "MANUAL"),
            entry(fine, ChangeKind.ADD),
        ]
    )
    results = [outcome.result for outcome in outcomes]
    assert results == [Result.MOVED, Result.GONE, Result.REFUSED, Result.WRITTEN]
    assert all(outcome.message for outcome in outcomes[:3])


def test_a_text_that_is_too_long_is_refused_alone(connection: KohaConnection, library: Library) -> None:
    facts = one(connection, library.subjects["owes_much"])
    (change,) = entry(facts, ChangeKind.ADD).changes
    long = Entry(facts.patron.id, facts.etag, (replace(change, comment="x" * 300, short_comment="y" * 300),))
    other = entry(one(connection, library.subjects["card_lost"]), ChangeKind.ADD)
    outcomes, _ = connection.target("journal-1").apply([long, other])
    assert [outcome.result for outcome in outcomes] == [Result.REFUSED, Result.WRITTEN]


def test_two_journals_do_not_write_to_one_koha_until_one_takes_over(
    connection: KohaConnection, library: Library
) -> None:
    facts = one(connection, library.subjects["owes_much"])
    first, second = connection.target("journal-1"), connection.target("journal-2")
    first.apply([entry(facts, ChangeKind.ADD)])
    with pytest.raises(OtherWriter, match="journal-1"):
        second.apply([entry(facts, ChangeKind.ADD)])
    second.claim()
    assert second.apply([entry(facts, ChangeKind.ADD)])[0][0].result is Result.ALREADY
    with pytest.raises(OtherWriter, match="journal-2"):
        first.apply([entry(facts, ChangeKind.ADD)])


def test_koha_s_own_pause_switch_stops_writing(connection: KohaConnection, library: Library, waits: Waits) -> None:
    facts = one(connection, library.subjects["owes_much"])
    library.pause_plugin()
    with pytest.raises(PausedInIls):
        connection.target("journal-1").apply([entry(facts, ChangeKind.ADD)])
    assert connection.source.status().paused
    assert waits == []


def test_an_item_that_koha_cannot_read_spoils_no_other(connection: KohaConnection, library: Library) -> None:
    names = ("owes_much", "owes_a_replacement", "card_lost")
    wordless, unlike, fine = (one(connection, library.subjects[name]) for name in names)
    (change,) = entry(wordless, ChangeKind.ADD).changes
    outcomes, _ = connection.target("journal-1").apply(
        [
            Entry(wordless.patron.id, wordless.etag, (replace(change, comment=""),)),
            Entry(unlike.patron.id, "no-etag", entry(unlike, ChangeKind.ADD).changes),
            entry(fine, ChangeKind.ADD),
        ]
    )
    assert [outcome.result for outcome in outcomes] == [Result.REFUSED, Result.REFUSED, Result.WRITTEN]


def test_a_write_whose_answer_never_came_is_found_done_by_the_second_try(
    koha: StandinKoha, connection: KohaConnection, library: Library
) -> None:
    facts = one(connection, library.subjects["owes_much"])
    koha.faults.add("timeout-after-write")
    (outcome,), _ = connection.target("journal-1").apply([entry(facts, ChangeKind.ADD)])
    assert outcome.result is Result.WRITTEN
    assert requests_to(koha, "POST", CHANGES) == 2


def test_a_write_that_is_held_too_long_is_unanswered_and_seen_done_by_the_next_cycle(
    koha: StandinKoha, library: Library
) -> None:
    with connected(koha, read_timeout=0.3) as connection:
        facts = one(connection, library.subjects["owes_much"])
        koha.faults.add("timeout-after-write=1")
        (outcome,), at = connection.target("journal-1").apply([entry(facts, ChangeKind.ADD)])
        assert (outcome.result, at) == (Result.UNANSWERED, None)
        assert len(one(connection, library.subjects["owes_much"]).ours()) == 1


@pytest.mark.parametrize("fault", ["cut-body:2x", "error=503:2x", "error=502:1x", "retry-after=9:1x"])
def test_a_pull_survives_a_hiccup_whole(calm: Calm, fault: str, waits: Waits) -> None:
    before = calm.connection.source.pull().facts
    calm.koha.faults.add(f"{fault}@/patrons")
    assert calm.connection.source.pull().facts == before
    assert waits


@pytest.mark.parametrize("fault", ["error=504:1x", "latency=1.5:1x"])
def test_a_page_that_takes_too_long_is_asked_for_once_more_and_smaller(
    koha: StandinKoha, library: Library, fault: str
) -> None:
    with connected(koha, read_timeout=0.5) as connection:
        before = connection.source.pull().facts
        koha.faults.add(f"{fault}@/patrons")
        pages = requests_to(koha, "GET", PATRONS)
        assert connection.source.pull().facts == before
        assert requests_to(koha, "GET", PATRONS) > pages


def test_an_expired_token_is_replaced_in_the_middle_of_a_pull(calm: Calm) -> None:
    calm.koha.faults.add("expired-token")
    assert calm.connection.source.pull().facts
    assert requests_to(calm.koha, "POST", "/api/v1/oauth/token") == 2


@pytest.mark.parametrize(
    ("fault", "error"), [("html", NotAnIls), ("error=500", IlsUnreachable), ("error=503", IlsUnreachable)]
)
def test_a_pull_that_cannot_be_whole_is_an_error(calm: Calm, fault: str, error: type[Exception]) -> None:
    calm.koha.faults.add(f"{fault}@/patrons")
    with pytest.raises(error):
        calm.connection.source.pull()


def test_the_plugin_gone_between_two_requests_is_an_error(calm: Calm) -> None:
    calm.koha.faults.add("no-plugin")
    with pytest.raises(PluginGone):
        calm.connection.source.pull()
    with pytest.raises(PluginGone):
        calm.connection.source.status()


def test_without_the_plugin_nothing_can_be_written(calm: Calm) -> None:
    with pytest.raises(CannotWrite):
        calm.stock.target("journal-1")
    status = calm.stock.source.status()
    assert (status.writable, status.patron_count) == (False, 1200)


def test_a_key_without_permissions_and_a_wrong_secret_are_told_apart(calm: Calm) -> None:
    with (
        HttpApi(calm.koha.url, calm.koha.low_id, calm.koha.low_secret) as http,
        pytest.raises(PermissionMissing, match="edit_borrowers"),
    ):
        connect(http)
    with (
        HttpApi(calm.koha.url, calm.koha.client_id, "wrong") as http,
        pytest.raises(CredentialsRefused, match="check client_secret"),
    ):
        connect(http)
    with HttpApi(calm.koha.url, "wrong", "wrong") as http, pytest.raises(CredentialsRefused, match="check client_id"):
        connect(http)


def test_an_address_with_the_api_s_path_is_told_so(calm: Calm) -> None:
    with (
        HttpApi(f"{calm.koha.url}/api/v1", calm.koha.client_id, calm.koha.client_secret) as http,
        pytest.raises(NotAnIls, match="without /api/v1"),
    ):
        connect(http)


def test_a_patron_deleted_while_stock_koha_is_walked_does_not_spoil_the_pull(
    stock: KohaConnection, library: Library
) -> None:
    victim = library.subjects["owes_much"]
    gone = threading.Event()

    def delete(_read: int, _total: int | None) -> None:
        if not gone.is_set():
            gone.set()
            library.delete_patron(victim)

    assert str(victim) not in by_id(stock.source.pull(progress=delete))


def test_an_answer_that_is_compressed_is_read(calm: Calm) -> None:
    assert isinstance(calm.connection.source, PluginSource)
    answer = calm.connection.http.send("GET", PATRONS, params={"limit": 100})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.compress(answer.body)) < len(answer.body)


TEXT = {"headline": "The card is blocked.", "paragraphs": []}


def told(patron: int, answer: dict[str, object] | None, at: datetime) -> Telling:
    return Telling(str(patron), at, answer)


def test_answers_reach_koha_s_pages_and_a_release_there_comes_back_until_it_is_taken(
    library: Library, connection: KohaConnection
) -> None:
    patron = library.create_patron()
    library.set_attempts(patron, 5)
    target = connection.target("journal-1")
    target.apply([entry(one(connection, patron), ChangeKind.ADD, "CW_PIN")])
    before = one(connection, patron)
    at = connection.source.status().as_of
    offer = {"rule": "pin", "type": "CW_PIN", "photo_id": True, "reset_pin": True, "titles": {"en": "wrong PINs"}}
    page: dict[str, object] = {"blocked": True, "texts": {"en": TEXT}, "releases": [offer]}
    target.tell([told(patron, page, at), told(999_999, page, at)], hold_at=at)
    assert library.answers[patron].body == page
    assert library.answers_hold_at == int(at.timestamp())
    library.staff_releases(patron, "pin", staff_id=7, photo_id_checked=True, reason="Pas vist")
    released = one(connection, patron)
    (release,) = released.staff_releases
    assert (release.by, release.rule, release.photo_id_checked, release.reason) == ("koha:7", "pin", True, "Pas vist")
    assert release.rows == tuple(row.id for row in before.ours())
    assert str(patron) in by_id(connection.source.pull(changed_since=release.at))
    target.tell([told(patron, None, release.at)], [release.id])
    assert one(connection, patron).staff_releases == ()
    assert patron not in library.answers


def test_a_plugin_of_before_tells_of_no_release(library: Library, connection: KohaConnection) -> None:
    library.speak_contract(2)
    patron = library.create_patron()
    assert connection.source.status().contract == 2
    assert one(connection, patron).staff_releases == ()


def test_while_koha_is_paused_nothing_can_be_told(library: Library, connection: KohaConnection) -> None:
    library.pause_plugin()
    with pytest.raises(PausedInIls):
        connection.target("journal-1").tell([], ["1"])


def test_an_answer_that_koha_cannot_read_is_left_out_and_the_others_are_kept(
    library: Library, connection: KohaConnection
) -> None:
    first, second = library.create_patron(), library.create_patron()
    at = connection.source.status().as_of
    page: dict[str, object] = {"blocked": True, "texts": {"en": TEXT}, "releases": []}
    endless: dict[str, object] = {**page, "texts": {"en": TEXT | {"headline": "x" * 2001}}}
    left = connection.target("journal-1").tell([told(first, endless, at), told(second, page, at)], ["1"])
    assert left == (str(first),)
    assert (first in library.answers, second in library.answers) == (False, True)


def test_so_many_are_told_at_once_and_no_more(connection: KohaConnection) -> None:
    with pytest.raises(ValueError, match="501 releases are more than 500"):
        connection.target("journal-1").tell([], [str(number) for number in range(1, 502)])
