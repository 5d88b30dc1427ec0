"""What patrons read: as self-checks and the web page show it, with the place where Koha cuts."""

from sidecar.policy import screen_lines, screen_warnings
from sidecar.policy.screens import CUT

from .examples import HEAD, parse
from .mistaken import DEBT, PIN

ONE = HEAD.replace('"da", "en"', '"en"')


def texts(debt: str, pin: str = "See the staff.", short: str = "") -> str:
    long = f"message.en = '{debt}'\n"
    shorts = f"short_message.en = '{short}'\n" if short else ""
    return ONE + DEBT + long + shorts + PIN + f"message.en = '{pin}'\n" + shorts


def shown(policy: str) -> list[str]:
    return list(screen_lines(parse(policy).policy))


def warned(policy: str) -> list[str]:
    return list(screen_warnings(parse(policy).policy))


def test_each_rule_s_text_is_shown_behind_what_koha_says_itself() -> None:
    lines = shown(texts("Pay at the desk."))
    assert lines[0] == "debt, en (16 of 255 characters)"
    assert lines[1] == "  self-check  Greetings from Koha.  -- Pay at the desk."
    assert lines[2] == "  web page    Your account has been frozen. Comment: Pay at the desk."


def test_all_rules_at_once_are_joined_line_by_line() -> None:
    lines = shown(texts("Pay at the desk."))
    start = lines.index("all 2 rules at once, en (31 of 255 characters)")
    assert lines[start + 1 : start + 3] == [
        "  self-check  Greetings from Koha.  -- Pay at the desk.",
        "              See the staff.",
    ]


def test_every_language_and_every_exception_with_a_text_of_its_own_is_shown() -> None:
    policy = HEAD + DEBT + "[[rules.debt.except]]\nages.under = 18\nmessage.da = 'Spørg.'\n"
    policy += "[[rules.debt.except]]\nages.from = 67\nexempt = true\n"
    titles = [line for line in shown(policy) if not line.startswith(" ")]
    assert [title.rpartition(" (")[0] for title in titles] == ["debt, da", "debt, exception 1, da", "debt, en"]


def test_a_rule_out_of_use_shows_nothing() -> None:
    assert shown(ONE + DEBT + "retired = true\n") == []


def test_texts_that_fit_together_are_not_worth_a_word() -> None:
    assert warned(texts("a" * 127, "b" * 127)) == []


def test_two_texts_that_do_not_fit_are_told_to_give_way_to_the_short_ones() -> None:
    (warning,) = warned(texts("a" * 128, "b" * 127))
    assert warning == (
        "texts of debt and pin (en) have 256 characters together, and Koha keeps 255: a card of both reads the short "
        "ones (85)"
    )
    assert "all 2 rules at once, en, short texts (85 of 255 characters)" in shown(texts("a" * 128, "b" * 127))


def test_short_texts_that_do_not_fit_either_are_told_to_cost_a_restriction_and_show_the_cut() -> None:
    policy = texts("a" * 200, "b" * 200, short="s" * 128)
    (warning,) = warned(policy)
    assert "even the short ones have 257 characters together" in warning
    assert "would not get the second restriction" in warning
    cut = next(line for line in shown(policy) if CUT in line)
    assert cut.endswith("s" * 126 + CUT + "ss")


def test_short_texts_of_many_rules_that_do_not_fit_all_together_are_told_once() -> None:
    policy = texts("Pay.", "Ask.", short="s" * 90) + "[rules.lost]\nkind = 'lost_card'\n"
    policy += f"short_message.en = '{'t' * 90}'\n"
    (warning,) = warned(policy)
    assert warning.startswith("short texts of all 3 rules (en) have 272 characters together")


def test_the_default_texts_fit() -> None:
    policy = HEAD + DEBT + PIN + "[rules.lost]\nkind = 'lost_card'\n[rules.bill]\nkind = 'unpaid_charge'\n"
    assert warned(policy) == []
