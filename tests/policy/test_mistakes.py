"""Every mistake is told with its line, its key and what would be right; all at once."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from sidecar.errors import PolicyError
from sidecar.policy import Mistake, PolicyMistakes, load_policy, parse_policy, require_collection_office

from .examples import HEAD, HEAD_LINES, mistakes_in, with_head
from .mistaken import CLAIM, DEBT, IN_HEAD, IN_RULES, LOST, PAIR


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
    ("a = 1\nb = 225,00\n", 2, "is not valid TOML near column 8"),
    ("a = [[[", 1, "is not valid TOML"),
    ("a = 1\nb = 1\na = 2\nc = 3\n", 3, "cannot overwrite a value"),
    ("[a]\n[b]\n[a]\n", 3, "cannot declare"),
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
release = "staff"
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


def test_a_machine_without_a_time_zone_must_be_told() -> None:
    def no_zone() -> ZoneInfo:
        raise ZoneInfoNotFoundError("none")

    with pytest.raises(PolicyMistakes, match=r"p\.toml:1: policy\.time_zone: the machine's time zone cannot be told"):
        parse_policy(PAIR, "p.toml", local_zone=no_zone)


def test_a_collection_rule_needs_a_collection_office() -> None:
    loaded = with_head(DEBT + CLAIM)
    assert loaded.needs_collection_office
    require_collection_office(loaded, available=True)
    with pytest.raises(PolicyMistakes, match=rf"p\.toml:{HEAD_LINES + 4}: rules\.claim: rests on a collection office"):
        require_collection_office(loaded, available=False)


@pytest.mark.parametrize("rules", [DEBT, CLAIM + "retired = true\n"])
def test_without_a_collection_rule_in_use_none_is_needed(rules: str) -> None:
    loaded = with_head(rules)
    assert not loaded.needs_collection_office
    require_collection_office(loaded, available=False)
