"""Every mistake is told with its line, its key and what would be right; all at once."""

import codecs
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sidecar.errors import PolicyError
from sidecar.policy import Mistake, PolicyMistakes, load_policy, parse_policy
from sidecar.rehearsal.testfile import load_policy_tests

from .examples import HEAD, HEAD_LINES, Plain, mistakes_in, policies, render, with_head
from .mistaken import CLAIM, DEBT, IN_HEAD, IN_RULES, LOST, PAIR, UNDER_18


@pytest.mark.parametrize(("text", "line", "key", "problem", "remedy"), IN_HEAD)
def test_a_mistake_outside_the_rules(text: str, line: int, key: str, problem: str, remedy: str) -> None:
    _assert_found(text.replace("{HEAD}", HEAD).replace("{PAIR}", PAIR), line, key, problem, remedy)


@pytest.mark.parametrize(("rules", "line", "key", "problem", "remedy"), IN_RULES)
def test_a_mistake_in_a_rule(rules: str, line: int, key: str, problem: str, remedy: str) -> None:
    _assert_found(HEAD + rules, HEAD_LINES + line, key, problem, remedy, alone=True)


def _assert_found(text: str, line: int, key: str, problem: str, remedy: str, *, alone: bool = False) -> None:
    found = mistakes_in(text)
    matching = [one for one in found if one.key == key and problem in one.problem]
    assert [(one.file, one.line) for one in matching] == [("p.toml", line)], found
    assert remedy in matching[0].remedy
    if alone:
        assert len(found) == 1, found


SYNTAX = [
    ("a = 1\nb = 225,00\n", 2, "has the amount 225,00 with a comma"),
    ("a = [[[", 1, "is not valid TOML"),
    ("a = 1\nb = 1\na = 2\nc = 3\n", 3, "has the same key twice"),
    ("[a]\n[b]\n[a]\n", 3, "has the table [a] twice"),
    ("[rules.gæld]\nkind = 1\n", 1, "has other letters than a to z in [rules.gæld]"),
    ("a = 1\nb =\u00a02\n", 2, "an invisible character, NO-BREAK SPACE (U+00A0)"),
    ("a = 'x\n", 1, "is not valid TOML"),
    ("d = 5979-99-99", 1, "is not valid TOML"),
    ("a = " + "[" * 5000 + "]" * 5000, 1, "is nested too deeply"),
    ("a = " + "9" * 5000, 1, "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "line", "problem"), SYNTAX)
def test_a_text_that_is_no_toml_is_one_mistake_with_its_line(text: str, line: int, problem: str) -> None:
    (mistake,) = mistakes_in(text)
    assert (mistake.file, mistake.line, mistake.key) == ("p.toml", line, "file")
    assert problem in mistake.problem
    assert mistake.remedy


def test_twenty_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
[policy]
name = 5
currency = "kr"
languages = ["dk"]
time_zone = "Aarhus"
age_unknown = true
colour = "red"
[kinds]
fees = ["A"]
fee = []
[rules.debt]
kind = "debt"
block_at = "225"
release = "counter_reset"
counts = ["loans"]
message.da = "{sum}"
[rules.Pin]
kind = "failed_pin"
block_at = 0
announce_days = 1.5
[[rules.Pin.except]]
exempt = false
[rules.lost]
kind = "lost_card"
restriction_type = "LOST"
retired = "no"
[other]
"""
    mistakes = mistakes_in(text)
    assert [(mistake.line, mistake.key) for mistake in mistakes] == [
        (2, "policy.name"),
        (3, "policy.currency"),
        (4, "policy.languages[1]"),
        (5, "policy.time_zone"),
        (6, "policy.age_unknown"),
        (7, "policy.colour"),
        (9, "kinds.fees"),
        (10, "kinds.fee"),
        (13, "rules.debt.block_at"),
        (14, "rules.debt.release"),
        (15, "rules.debt.counts[1]"),
        (16, "rules.debt.message.da"),
        (17, "rules.Pin"),
        (19, "rules.Pin.block_at"),
        (20, "rules.Pin.announce_days"),
        (21, "rules.Pin.except[1]"),
        (22, "rules.Pin.except[1].exempt"),
        (25, "rules.lost.restriction_type"),
        (26, "rules.lost.retired"),
        (27, "other"),
    ]


KINDLESS = """\
[rules.debt]
KIND
block_at = 225.001
block_above = true
release = "payed"
counts = ["loans"]
release_counts = ["fees"]
net_of_credit = "yes"
announce_days = -1
pay_within_days = 0
if_lifted = "restored"
retired = 1
message.en = "{sum}"
short_message.en = "{LONG}"
[[rules.debt.except]]
ages = { from = 9, under = 2 }
exempt = false
[[rules.debt.except]]
categories = []
block_at = "5"
release = { at_most = nan, after_minutes = 0 }
[[rules.debt.except]]
libraries = ["M"]
block_at = -1
[[rules.debt.except]]
libraries = ["M"]
release = { at_least = 3 }
"""


@pytest.mark.parametrize("kind", ['kind = "dept"', "", "kind = 5"])
def test_a_kind_that_is_wrong_or_missing_hides_nothing_else(kind: str) -> None:
    found = mistakes_in(HEAD + KINDLESS.replace("KIND", kind).replace("LONG", "x" * 256))
    assert [(one.line - HEAD_LINES, one.key.removeprefix("rules.debt.")) for one in found] == [
        (2 if kind else 1, "kind"),
        (3, "block_at"),
        (4, "block_above"),
        (4, "block_above"),
        (5, "release"),
        (6, "counts[1]"),
        (7, "release_counts[1]"),
        (8, "net_of_credit"),
        (9, "announce_days"),
        (10, "pay_within_days"),
        (11, "if_lifted"),
        (12, "retired"),
        (13, "message.en"),
        (14, "short_message.en"),
        (16, "except[1].ages"),
        (17, "except[1].exempt"),
        (19, "except[2].categories"),
        (20, "except[2].block_at"),
        (21, "except[2].release"),
        (21, "except[2].release.after_minutes"),
        (21, "except[2].release.at_most"),
        (24, "except[3].block_at"),
        (25, "except[4]"),
        (27, "except[4].release.at_least"),
    ]


@pytest.mark.parametrize(
    ("rest", "key"),
    [
        ("block_at = 100\nrelease = { at_most = 100 }", "rules.x.release"),
        ("counts = ['fee']\nrelease_counts = ['other']", "rules.x.release_counts"),
        ("block_at = 0", "rules.x.block_at"),
        ("release = 'at_most'", "rules.x.release"),
        ("release = {}", "rules.x.release"),
        ("release = 3", "rules.x.release"),
    ],
)
def test_what_no_kind_of_rule_allows_is_told_without_a_kind(rest: str, key: str) -> None:
    assert [one.key for one in mistakes_in(f"{HEAD}[rules.x]\n{rest}\n")] == ["rules.x.kind", key]


@settings(max_examples=100, deadline=None)
@given(policy=policies(), data=st.data())
def test_a_kind_that_is_missing_makes_no_mistake_up(policy: Plain, data: st.DataObject) -> None:
    rules = policy["rules"]
    assert isinstance(rules, dict)
    assume(rules)
    for rule in rules.values():
        del rule["kind"]
    found = mistakes_in(render(policy, data))
    assert sorted(one.key for one in found) == sorted(f"rules.{rule_id}.kind" for rule_id in rules)


def test_an_exception_that_never_fits_is_told_though_an_earlier_one_has_a_mistake_in_its_terms() -> None:
    rules = DEBT + UNDER_18 + "block_at = -1\n[[rules.debt.except]]\nages = { under = 15 }\nblock_at = 5\n"
    assert [one.key for one in mistakes_in(HEAD + rules)] == ["rules.debt.except[1].block_at", "rules.debt.except[2]"]


@pytest.mark.parametrize("selector", ["libraries = 'M'", "agse = { under = 3 }\nlibraries = ['M']"])
def test_an_exception_that_does_not_say_for_whom_covers_nobody(selector: str) -> None:
    rules = DEBT + f"[[rules.debt.except]]\n{selector}\nexempt = true\n"
    assert len(mistakes_in(HEAD + rules + "[[rules.debt.except]]\nlibraries = ['M']\nblock_at = 5\n")) == 1


def test_the_error_lists_every_mistake_on_a_line_of_its_own() -> None:
    with pytest.raises(PolicyError) as caught:
        with_head("[rules.debt]\nkind = 'debt'\nblock = 5\n")
    assert str(caught.value).splitlines() == [
        "p.toml:6: rules.debt: has neither block_at nor block_above; add one of them, such as block_at = 225.00",
        "p.toml:8: rules.debt.block: unknown key; did you mean block_at?",
    ]
    assert isinstance(caught.value, PolicyMistakes)
    assert caught.value.mistakes[0] == Mistake(
        "p.toml",
        6,
        "rules.debt",
        "has neither block_at nor block_above",
        "add one of them, such as block_at = 225.00",
    )


def test_a_currency_that_is_wrong_hides_no_other_mistake_and_makes_none_up() -> None:
    text = HEAD.replace("DKK", "kr.") + DEBT + "message.da = '{threshold} {x}'\n"
    assert [mistake.key for mistake in mistakes_in(text)] == ["policy.currency", "rules.debt.message.da"]


def test_languages_that_are_wrong_make_up_no_mistakes_in_texts() -> None:
    text = HEAD.replace('["da", "en"]', '["dk"]') + DEBT + "message.da = 'x'\nmessage.sv = 'y'\n"
    assert [mistake.key for mistake in mistakes_in(text)] == ["policy.languages[1]"]


def test_a_text_in_no_language_is_told_where_it_stands_if_no_languages_are_named() -> None:
    text = HEAD.replace('languages = ["da", "en"]\n', "") + DEBT + "message.da = 'x'\nmessage.dk = 'y'\n"
    (mistake,) = mistakes_in(text)
    assert mistake.key == "rules.debt.message.dk"
    assert mistake.problem == '"dk" is not the code of a language'
    assert "Denmark" in mistake.remedy


def test_a_language_without_a_default_needs_a_text_in_every_rule() -> None:
    text = HEAD.replace('"en"', '"is"') + LOST + DEBT + "message.is = 'Kortið er lokað.'\n"
    (mistake,) = mistakes_in(text)
    assert (mistake.line, mistake.key) == (HEAD_LINES + 1, "rules.lost")
    assert "has no text in is" in mistake.problem
    assert "message.is" in mistake.remedy


def test_a_file_that_cannot_be_read_is_a_mistake_too(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none.toml", "No such file"), (tmp_path, "directory")):
        with pytest.raises(PolicyMistakes, match=problem):
            load_policy(path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"[policy]\nname = '\xe5'\n")
    with pytest.raises(PolicyMistakes, match=r"latin\.toml:2: file: is not UTF-8 text"):
        load_policy(latin)
    latin.write_bytes("[policy]\n".encode("utf-16"))
    for load in (load_policy, load_policy_tests):
        with pytest.raises(PolicyMistakes, match=r"latin\.toml:1: file: is UTF-16 text, not UTF-8; save the file as"):
            load(latin)


def test_a_byte_order_mark_is_no_part_of_a_policy_or_of_its_tests(tmp_path: Path) -> None:
    for name in ("policy.toml", "policy.test.toml"):
        text = (Path("config") / name).read_text(encoding="utf-8")
        (tmp_path / name).write_bytes(codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode())
    assert load_policy(tmp_path / "policy.toml").policy == load_policy(Path("config/policy.toml")).policy
    tests = Path("config/policy.test.toml")
    assert load_policy_tests(tmp_path / tests.name).says == load_policy_tests(tests).says


def test_a_machine_without_a_time_zone_must_be_told() -> None:
    def no_zone() -> ZoneInfo:
        raise ZoneInfoNotFoundError("none")

    with pytest.raises(PolicyMistakes, match=r"p\.toml:1: policy\.time_zone: the machine's time zone cannot be told"):
        parse_policy(PAIR, "p.toml", local_zone=no_zone)


def test_a_collection_rule_needs_a_collection_office() -> None:
    parse_policy(HEAD + DEBT + CLAIM, "p.toml")
    with pytest.raises(PolicyMistakes, match=rf"p\.toml:{HEAD_LINES + 4}: rules\.claim: rests on a collection office"):
        parse_policy(HEAD + DEBT + CLAIM, "p.toml", collection_office=False)


def test_that_a_collection_office_is_missing_is_told_together_with_all_else() -> None:
    rules = DEBT.replace("225", "5.001") + CLAIM + "pay_within_days = 0\n" + LOST.replace("lost_card", "lost")
    with pytest.raises(PolicyMistakes) as caught:
        parse_policy(HEAD + rules, "p.toml", collection_office=False)
    assert [(one.line - HEAD_LINES, one.key) for one in caught.value.mistakes] == [
        (3, "rules.debt.block_at"),
        (4, "rules.claim"),
        (6, "rules.claim.pay_within_days"),
        (8, "rules.lost.kind"),
    ]


def test_what_is_no_rule_needs_no_collection_office() -> None:
    for text in (HEAD + "[rules]\nclaim = 'collection'\n", "rules = ['collection']\n" + HEAD):
        with pytest.raises(PolicyMistakes) as caught:
            parse_policy(text, "p.toml", collection_office=False)
        assert "office" not in str(caught.value)


@pytest.mark.parametrize("rules", [DEBT, CLAIM + "retired = true\n"])
def test_without_a_collection_rule_in_use_none_is_needed(rules: str) -> None:
    parse_policy(HEAD + rules, collection_office=False)
