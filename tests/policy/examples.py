"""Small policies that tests begin from, and random ones with their layouts."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sidecar.policy import LoadedPolicy, Mistake, PolicyMistakes, parse_policy

HEAD = """\
[policy]
name = "Test"
currency = "DKK"
languages = ["da", "en"]
time_zone = "Europe/Copenhagen"
"""
HEAD_LINES = HEAD.count("\n")


def local_zone() -> ZoneInfo:
    return ZoneInfo("Europe/Oslo")


def parse(text: str) -> LoadedPolicy:
    return parse_policy(text, "p.toml", local_zone=local_zone)


def with_head(rules: str) -> LoadedPolicy:
    return parse(HEAD + rules)


def mistakes_in(text: str) -> tuple[Mistake, ...]:
    try:
        parse(text)
    except PolicyMistakes as error:
        return error.mistakes
    return ()


Plain = dict[str, object]


@st.composite
def policies(draw: st.DrawFn) -> Plain:
    """Any valid policy, as the mapping that TOML gives; amounts are whole or have two decimals, as texts."""
    rules: Plain = {}
    for rule_id in draw(st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True), unique=True, max_size=5)):
        rules[rule_id] = draw(_rule())
    head: Plain = {"name": draw(_texts()), "currency": draw(st.sampled_from(["DKK", "EUR", "GBP"]))}
    head["languages"] = draw(st.lists(st.sampled_from(["da", "en", "de", "sv"]), unique=True, min_size=1))
    head["time_zone"] = draw(st.sampled_from(["Europe/Copenhagen", "UTC", "America/Regina"]))
    if draw(st.booleans()):
        head["age_unknown"] = "adult"
    policy: Plain = {"policy": head, "rules": rules}
    if draw(st.booleans()):
        policy["kinds"] = {"replacement": ["LOST", draw(st.sampled_from(["PROCESSING", "DAMAGED", "a b.c"]))]}
    return policy


@st.composite
def _rule(draw: st.DrawFn) -> Plain:
    kind = draw(st.sampled_from(["debt", "unpaid_charge", "failed_pin", "lost_card", "collection"]))
    rule: Plain = {"kind": kind}
    if kind in {"debt", "failed_pin"}:
        low = 1 if kind == "failed_pin" else 50
        rule[draw(st.sampled_from(["block_at", "block_above"]))] = draw(st.integers(low, 400))
    if kind == "debt":
        rule["release"] = draw(st.sampled_from(["paid_in_full", "below_block", {"at_most": 20}]))
        rule["counts"] = draw(
            st.lists(st.sampled_from(["fee", "replacement", "other"]), unique=True, min_size=1, max_size=3)
        )
    if kind == "failed_pin":
        rule["release"] = draw(st.sampled_from(["staff", "counter_reset", {"after_minutes": 30}]))
    if draw(st.booleans()):
        rule["retired"] = draw(st.booleans())
    if draw(st.booleans()):
        rule["override_days"] = draw(st.integers(1, 90))
    if draw(st.booleans()):
        rule["except"] = [{"ages": {"under": draw(st.integers(1, 18))}, "exempt": True}]
        if draw(st.booleans()):
            rule["except"].append({"categories": [draw(_texts())], "exempt": True})  # type: ignore[attr-defined]
    return rule


def _texts() -> st.SearchStrategy[str]:
    alphabet = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
    return st.text(alphabet, min_size=1, max_size=12)


def render(policy: Mapping[str, object], draw: st.DataObject) -> str:
    """One of the many ways to write the same TOML."""
    return "\n".join(_render(policy, (), draw))


def _render(table: Mapping[str, object], path: tuple[str, ...], draw: st.DataObject) -> list[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value) or _inline(draw)}
    lines = [_pair(key, value, draw) for key, value in _shuffled(plain, draw)]
    lines += [_noise(draw)]
    for key, value in _shuffled({key: value for key, value in table.items() if key not in plain}, draw):
        here = (*path, key)
        name = draw.draw(st.sampled_from([".", " . "])).join(_key(part, draw) for part in here)
        if isinstance(value, dict):
            lines += [f"[{name}]", *_render(value, here, draw)]
        elif isinstance(value, list):
            for entry in value:
                lines += [f"[[ {name} ]]", *_render(entry, here, draw)]
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _inline(draw: st.DataObject) -> bool:
    return draw.draw(st.sampled_from([False, False, True]))


def _shuffled(table: Mapping[str, object], draw: st.DataObject) -> list[tuple[str, object]]:
    """In any order, except that rules keep theirs among each other where nothing depends on it."""
    return draw.draw(st.permutations(list(table.items())))


def _pair(key: str, value: object, draw: st.DataObject) -> str:
    blank = draw.draw(st.sampled_from(["", " ", "\t  "]))
    return f"{_noise(draw)}{blank}{_key(key, draw)}{blank}={blank}{_value(value, draw)}{blank}{_comment(draw)}"


def _noise(draw: st.DataObject) -> str:
    return draw.draw(st.sampled_from(["", "\n", "# [x] = ''' \"\n", "\t\n\n"]))


def _comment(draw: st.DataObject) -> str:
    return draw.draw(st.sampled_from(["", ' # ] } = """']))


def _key(key: str, draw: st.DataObject) -> str:
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return draw.draw(st.sampled_from([quoted, key] if bare else [quoted]))


def _value(value: object, draw: st.DataObject) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        basic = value.replace("\\", "\\\\").replace('"', '\\"')
        return draw.draw(st.sampled_from([f'"{basic}"', f'"""{basic}"""', f'"""\n{basic}"""']))
    if isinstance(value, list):
        gap = draw.draw(st.sampled_from(["", " ", "\n  ", " # ]\n"]))
        return "[" + "".join(f"{gap}{_value(entry, draw)}{gap}," for entry in value) + gap + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key, draw)} = {_value(entry, draw)}" for key, entry in value.items()) + " }"
    raise TypeError(value)
