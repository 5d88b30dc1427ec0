"""When somebody paid and settled, over years, voids and clocks: what is noted, what is believed, what is let go."""

import pytest

from tests.live.client import Client, Json
from tests.live.people import People
from tests.live.staff import Staff

from .koha import Koha

CREDITS = "koha_plugin_dk_cardwarden_credits"
DAY = 86_400
PAID_ELSEWHERE = f"""
SET innodb_lock_wait_timeout = 1;
INSERT INTO accountlines (borrowernumber, date, amount, amountoutstanding, credit_type_code, interface)
    VALUES ({{patron}}, NOW(), -1, 0, 'PAYMENT', 'api');
INSERT INTO {CREDITS} VALUES ({{patron}}, LAST_INSERT_ID(), UNIX_TIMESTAMP(), 0);
"""
"""Another payment, by somebody who waits for no lock."""


def moments(client: Client, patron: int) -> tuple[int | None, int | None]:
    facts: Json = client.facts(patron)
    return facts["settled_at"], facts["paid_at"]


def noted(koha: Koha, client: Client, patron: int) -> list[tuple[int, bool]]:
    """How many days ago which credits were noted that a cycle leaves, and whether they settled all."""
    client.status()
    rows = koha.sql(
        f"SELECT ROUND((UNIX_TIMESTAMP() - at) / {DAY}), settled FROM {CREDITS} "
        f"WHERE borrowernumber = {patron} ORDER BY credit_id"
    )
    return [(int(days), settled == "1") for days, settled in rows]


def age(koha: Koha, patron: int, days: int) -> None:
    """Let everything of this patron have happened so many days earlier."""
    seconds = days * DAY
    koha.sql(
        f"UPDATE {CREDITS} SET at = at - {seconds} WHERE borrowernumber = {patron};"
        f"UPDATE accountlines SET date = date - INTERVAL {seconds} SECOND WHERE borrowernumber = {patron};"
        f"UPDATE account_offsets o JOIN accountlines a ON a.accountlines_id = COALESCE(o.credit_id, o.debit_id) "
        f"SET o.created_on = o.created_on - INTERVAL {seconds} SECOND WHERE a.borrowernumber = {patron};"
    )


@pytest.mark.parametrize(
    ("paid", "settled"), [(9.99, False), (9.994, False), (9.995, False), (9.9951, True), (10, True), (12, True)]
)
def test_less_than_half_a_hundredth_is_nothing(client: Client, people: People, paid: float, settled: bool) -> None:
    patron = people.owing(10)
    people.pay(patron, paid)
    assert (moments(client, patron)[0] is not None) is settled


def test_a_charge_that_was_paid_long_ago_does_not_count_as_owed(client: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron)
    people.charge(patron, 3)
    people.pay(patron, 3)
    assert moments(client, patron)[0] is not None


def test_of_the_past_only_what_may_still_be_needed_is_kept(served: Koha, client: Client, people: People) -> None:
    patron = people.owing(100)
    people.pay(patron, 1)
    age(served, patron, 200)
    people.pay(patron, 99)
    age(served, patron, 250)
    people.charge(patron, 100)
    people.pay(patron, 1)
    assert noted(served, client, patron) == [(250, True), (0, False)], "the old part payment goes"
    age(served, patron, 200)
    people.pay(patron, 1)
    assert noted(served, client, patron) == [(450, True), (200, False), (0, False)], "the last time of all stays"
    people.pay(patron, 98)
    assert noted(served, client, patron) == [(200, False), (0, False), (0, True)], "until there is a newer one"


def test_the_past_of_others_stays(served: Koha, client: Client, people: People) -> None:
    one, other = people.owing(10), people.owing(10)
    for patron in (one, other):
        people.pay(patron, 1)
        age(served, patron, 500)
    people.pay(one, 9)
    assert noted(served, client, one) == [(0, True)]
    assert noted(served, client, other) == [(500, False)]


def test_four_hundred_days_are_kept(served: Koha, client: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron, 1)
    age(served, patron, 399)
    people.pay(patron, 1)
    assert [days for days, _ in noted(served, client, patron)] == [399, 0]
    age(served, patron, 2)
    people.pay(patron, 8)
    assert [days for days, _ in noted(served, client, patron)] == [2, 0]


def test_a_void_counts_by_its_number_when_the_clock_was_put_back(
    served: Koha, client: Client, people: People, staff: Staff
) -> None:
    patron = people.owing(10)
    first = people.pay(patron, 4)
    people.pay(patron, 6)
    staff.void(patron, first)
    served.sql("UPDATE account_offsets SET created_on = created_on - INTERVAL 1 DAY")
    assert moments(client, patron)[0] is None


def test_a_void_counts_by_its_time_when_its_number_came_first(
    served: Koha, client: Client, people: People, staff: Staff
) -> None:
    """Two transactions at once: the void took the lower number, and was not yet seen when the other one settled."""
    patron = people.owing(10)
    first = people.pay(patron, 4)
    staff.void(patron, first)
    people.pay(patron)
    served.sql(f"UPDATE {CREDITS} SET at = at - 60 WHERE borrowernumber = {patron}")
    assert moments(client, patron)[0] is None
    served.sql("UPDATE account_offsets SET created_on = created_on - INTERVAL 1 DAY")
    assert moments(client, patron)[0] is not None


@pytest.mark.parametrize("kind", ["WRITEOFF", "LOST_FOUND", "FORGIVEN"])
def test_what_nobody_paid_is_no_money(client: Client, people: People, kind: str) -> None:
    patron = people.owing(10)
    people.credit(patron, 4, kind)
    facts = client.facts(patron)
    assert (facts["paid_at"] is not None, facts["money_at"]) == (True, None)
    people.pay(patron)
    facts = client.facts(patron)
    assert facts["money_at"] == facts["paid_at"] is not None


def test_a_later_credit_s_void_does_not_touch_what_was_settled_before(
    served: Koha, client: Client, people: People, staff: Staff
) -> None:
    patron = people.owing(10)
    people.pay(patron)
    age(served, patron, 10)
    settled = moments(client, patron)
    later = people.pay(patron, 5)
    staff.void(patron, later)
    assert moments(client, patron) == settled


def test_others_voids_do_not_touch_it(served: Koha, client: Client, people: People, staff: Staff) -> None:
    patron, other = people.owing(10), people.owing(10)
    theirs = people.pay(other)
    people.pay(patron)
    settled = moments(client, patron)
    staff.void(other, theirs)
    assert moments(client, patron) == settled
    assert moments(client, other) == (None, None)


def test_a_credit_from_before_the_plugin_counts_once_it_is_voided(
    served: Koha, client: Client, people: People, staff: Staff
) -> None:
    patron = people.owing(10)
    before = people.pay(patron, 4)
    served.sql(f"DELETE FROM {CREDITS}")
    people.pay(patron)
    assert moments(client, patron)[0] is not None
    staff.void(patron, before)
    assert moments(client, patron)[0] is None


def test_the_newest_credit_is_told_by_its_number_and_by_no_clock(served: Koha, client: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron)
    age(served, patron, -30)
    now = client.status()["database_time"]
    people.pay(patron, 1)
    settled_at, paid_at = moments(client, patron)
    assert settled_at is not None
    assert paid_at is not None
    assert now <= settled_at == paid_at < now + DAY


def test_a_credit_whose_line_koha_purged_is_no_longer_believed(served: Koha, client: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron)
    assert moments(client, patron)[0] is not None
    served.sql(f"DELETE FROM accountlines WHERE borrowernumber = {patron}")
    assert moments(client, patron) == (None, None)


def test_a_status_that_only_says_void_is_enough(served: Koha, client: Client, people: People) -> None:
    patron = people.owing(10)
    payment = people.pay(patron)
    served.sql(f"UPDATE accountlines SET status = 'VOID' WHERE accountlines_id = {payment}")
    assert moments(client, patron) == (None, None)


def test_a_credit_of_nobody_is_not_noted(served: Koha) -> None:
    code = """
        use Koha::Plugin::Dk::Cardwarden;
        my $line = bless {}, 'Line'; sub Line::borrowernumber { undef } sub Line::id { 1 }
        my $plugin = Koha::Plugin::Dk::Cardwarden->new;
        $plugin->after_account_action( { action => 'add_credit', payload => { line => $line } } );
        $plugin->after_account_action( { action => 'add_credit', payload => {} } );
        $plugin->after_account_action( { action => 'something else', payload => { line => $line } } );
        $plugin->after_account_action( {} );
    """
    done = served.perl("-e", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert served.sql(f"SELECT * FROM {CREDITS}") == []


def test_only_credits_are_noted(served: Koha) -> None:
    code = """
        use Koha::Plugin::Dk::Cardwarden;
        my $line = bless {}, 'Line'; sub Line::borrowernumber { 1 } sub Line::id { 7 }
        Koha::Plugin::Dk::Cardwarden->new->after_account_action( { action => $_, payload => { line => $line } } )
            for qw( add_debit void add_credit );
    """
    assert served.perl("-e", code).stderr == ""
    assert served.sql(f"SELECT borrowernumber, credit_id, settled FROM {CREDITS}") == [["1", "7", "1"]]


def test_a_payment_that_is_not_yet_through_holds_up_no_other_and_no_cycle(
    served: Koha, client: Client, people: People
) -> None:
    patron = people.owing(10)
    people.pay(patron, 1)
    age(served, patron, 500)
    code = f"""
        use Koha::Database; use Double::Account;
        my $dbh = Koha::Database::dbh();
        $dbh->begin_work;
        Double::Account::pay( {patron}, 'PAYMENT', 1 );
        print "in the middle\\n"; STDOUT->flush; my $told = <STDIN>;
        $dbh->commit;
    """
    with served.talking(code) as other:
        assert other.heard() == "in the middle"
        people.charge(patron, 1)
        served.sql(PAID_ELSEWHERE.format(patron=patron))
        client.status()
        other.say("go on")
    assert "Plugin error" not in served.log.read_text()
    assert [days for days, _ in noted(served, client, patron)] == [0, 0]
