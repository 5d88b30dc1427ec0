"""The line of every key, however the file is laid out."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.toml.positions import KeyPath, find_places
from tests.policy.examples import Plain, policies, render

LAYOUTS: list[tuple[str, dict[KeyPath, int]]] = [
    ("a = 1\nb = 2", {("a",): 1, ("b",): 2}),
    ("\n\n# c\n\n  a=1", {("a",): 5}),
    ("[t]\na = 1\n[u]\na = 2", {("t",): 1, ("t", "a"): 2, ("u",): 3, ("u", "a"): 4}),
    (
        "a.b.c = 1\na.b.d = 2\na.e = 3",
        {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "b", "d"): 2, ("a", "e"): 3},
    ),
    (
        "[ a . 'b c' . \"d\\u0065\" ]\nx = 1",
        {("a",): 1, ("a", "b c"): 1, ("a", "b c", "de"): 1, ("a", "b c", "de", "x"): 2},
    ),
    ("\"a.b\" = 1\n'c = d' = 2", {("a.b",): 1, ("c = d",): 2}),
    ('s = """\n[x]\na = 1\n\\""" "\n"""\nb = 1', {("s",): 1, ("b",): 6}),
    ("s = '''\n# no\n''''\nb = 1", {("s",): 1, ("b",): 4}),
    ('s = """a"""""\nb = 1', {("s",): 1, ("b",): 2}),
    ('s = ""\nb = ""', {("s",): 1, ("b",): 2}),
    ("s = \"\\\\\"\nb = '\\'", {("s",): 1, ("b",): 2}),
    (
        "l = [\n  1,\n  # ]\n  [2,\n 3],\n\n]\nb = 1",
        {("l",): 1, ("l", 0): 2, ("l", 1): 4, ("l", 1, 0): 4, ("l", 1, 1): 5, ("b",): 8},
    ),
    ("l = [ '#', ']', \"}\" ] # [\nb = 1", {("l",): 1, ("l", 2): 1, ("b",): 2}),
    ("t = { a.b = 1, 'c' = [\n1,\n2] }\nb = 1", {("t", "a", "b"): 1, ("t", "c", 1): 3, ("b",): 4}),
    ("[[x]]\na = 1\n[[x]]\na = 2", {("x",): 1, ("x", 0): 1, ("x", 0, "a"): 2, ("x", 1): 3, ("x", 1, "a"): 4}),
    (
        "[[x]]\n[[x.y]]\n[[x.y]]\n[x.y.z]\na = 1\n[[x]]\n[[x.y]]\nb = 1",
        {("x", 0, "y", 1): 3, ("x", 0, "y", 1, "z"): 4, ("x", 0, "y", 1, "z", "a"): 5, ("x", 1, "y", 0, "b"): 8},
    ),
    ("[r.d]\nk = 1\n\n[[r.d.except]]\nages = { under = 3 }", {("r", "d", "except", 0, "ages", "under"): 5}),
    ("[r.d.sub]\na = 1\n[r.d]\nb = 2", {("r",): 1, ("r", "d"): 3, ("r", "d", "sub"): 1, ("r", "d", "b"): 4}),
    ("d = 1979-05-27 07:32:00 # x\nf = -1_0.5e+3\nb = true", {("d",): 1, ("f",): 2, ("b",): 3}),
    ("a = 1\r\n\r\n[t]\r\nb = '''\r\n'''\r\nc = 1\r\n", {("a",): 1, ("t",): 3, ("t", "b"): 4, ("t", "c"): 6}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_a_key_is_found_where_it_stands(text: str, expected: dict[KeyPath, int]) -> None:
    tomllib.loads(text)
    lines = find_places(text).lines
    assert {path: lines.get(path) for path in expected} == expected


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_no_key_is_left_out_and_none_is_made_up(text: str, expected: dict[KeyPath, int]) -> None:
    assert set(find_places(text).lines) == set(_paths(tomllib.loads(text), ()))


def test_what_is_not_there_is_where_it_would_be() -> None:
    places = find_places("\n[rules.debt]\nkind = 'debt'\n")
    assert places.line(("rules", "debt", "block_at")) == 2
    assert places.line(("policy", "name")) == 1
    assert places.line(()) == 1


@settings(max_examples=150, deadline=None)
@given(policy=policies(), data=st.data())
def test_every_layout_of_a_policy_is_read_as_tomllib_reads_it(policy: Plain, data: st.DataObject) -> None:
    text = render(policy, data)
    assert tomllib.loads(text) == policy
    lines = find_places(text).lines
    assert set(lines) == set(_paths(policy, ()))
    written = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert _last_key(path) in written[line - 1]


def _paths(value: object, path: KeyPath) -> Iterator[KeyPath]:
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from _paths(entry, (*path, key))


def _last_key(path: KeyPath) -> str:
    return str(path[-1])
