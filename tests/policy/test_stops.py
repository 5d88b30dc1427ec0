"""What a rule means to stop: four words, of which loans are one that every restriction in Koha stops."""

import pytest

from sidecar.core.policy import ALL_STOPS, Stop
from sidecar.policy import describe_policy

from .examples import mistakes_in, with_head
from .mistaken import DEBT


def stops(line: str = "") -> frozenset[Stop]:
    (rule,) = with_head(DEBT + line).policy.rules
    return rule.stops


def test_a_rule_stops_all_unless_it_says_less() -> None:
    assert stops() == ALL_STOPS == stops('stops = ["digital", "holds", "renewals", "loans"]')
    assert stops('stops = ["loans"]') == {Stop.LOANS}


def test_what_it_stops_is_shown() -> None:
    assert "Meant to stop loans, renewals, holds and digital services." in describe_policy(with_head(DEBT).policy)
    some = with_head(DEBT + 'stops = ["digital", "loans"]').policy
    assert "Meant to stop loans and digital services." in describe_policy(some)


def test_what_it_stops_is_a_part_of_its_meaning() -> None:
    said = with_head(DEBT + 'stops = ["loans", "renewals", "holds", "digital"]').policy
    less = with_head(DEBT + 'stops = ["loans"]').policy
    assert said.digest == with_head(DEBT).policy.digest != less.digest


def test_leaving_out_what_sip2_refuses_with_the_loans_is_worth_a_warning() -> None:
    (warning,) = with_head(DEBT + 'stops = ["loans", "holds"]').warnings
    assert "leaves out renewals and digital, which SIP2 (self-checks, digital services) refuses" in warning
    assert "cardwarden policy show --koha" in warning
    assert with_head(DEBT).warnings == ()


@pytest.mark.parametrize(
    ("line", "key", "problem", "remedy"),
    [
        ("stops = ['renewals']", "stops", 'leaves out "loans", which every restriction', "OPACFineNoRenewals"),
        ("stops = ['holds']", "stops", 'leaves out "loans"', "maxoutstanding"),
        ("stops = ['loan']", "stops[1]", '"loan" is not known', "did you mean loans?"),
        ("stops = ['loans', 'only_renewals']", "stops[2]", "is not known", "Koha does this by itself: OPACFineNo"),
        ("stops = ['loans', 'fewer_loans']", "stops[2]", "is not known", "its circulation rules say how many"),
        ("stops = ['loans', 'loans']", "stops[2]", "is named twice", "name it once"),
        ("stops = []", "stops", "is an empty list", "name at least one"),
        ("stops = 'loans'", "stops", "is a text", "write a list of texts"),
        ("only_renewals = true", "only_renewals", "unknown key", "Koha does this by itself: OPACFineNoRenewals"),
        ("max_loans = 3", "max_loans", "unknown key", "Koha does this by itself: its circulation rules"),
        ("suspension_days = 7", "suspension_days", "unknown key", "`suspension in days` of its circulation rules"),
    ],
)
def test_what_koha_cannot_tell_apart_or_does_itself_is_refused_with_where_it_is_done(
    line: str, key: str, problem: str, remedy: str
) -> None:
    (mistake,) = mistakes_in('[policy]\nname = "x"\ncurrency = "DKK"\nlanguages = ["en"]\n' + DEBT + line)
    assert mistake.key == f"rules.debt.{key}"
    assert problem in mistake.problem
    assert remedy in mistake.remedy
