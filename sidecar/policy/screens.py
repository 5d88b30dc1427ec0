"""What patrons read of a block: a rule's text as Koha's web page and self-checks show it, and what becomes of several.

Koha joins the texts of all of a patron's restrictions and keeps 255 characters of that. Where the long texts are more,
the plugin writes the short ones; where even those are, it writes nothing, since what is cut may be what matters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from sidecar.core.model import RuleId
from sidecar.core.policy import Policy, Rule, Terms
from sidecar.policy.language.schema import MAX_TEXT

SELF_CHECK: Final = "Greetings from Koha.  -- "
"""How the screen message of Koha's SIP2 server begins for a restricted card; machines print it too."""
WEB_PAGE: Final = "Your account has been frozen. Comment: "
"""What Koha's web page says before the texts, in English."""
CUT: Final = " [cut here] "


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of rules that hold at once, in one language: joined as Koha joins them, long and short."""

    rules: tuple[RuleId, ...]
    language: str
    long: str
    short: str

    @property
    def fits(self) -> bool:
        """Whether Koha keeps the long ones whole."""
        return len(self.long) <= MAX_TEXT

    @property
    def short_fits(self) -> bool:
        """Whether it keeps the short ones whole."""
        return len(self.short) <= MAX_TEXT

    @property
    def written(self) -> str:
        """What is written, with the place where Koha would cut."""
        text = self.long if self.fits else self.short
        return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + CUT + text[MAX_TEXT:]


def screen_lines(policy: Policy) -> Iterator[str]:
    """Each rule's text in each language as it is shown, then all together."""
    rules = _in_use(policy)
    for language in policy.languages:
        for rule in rules:
            for whom, shown in _each(rule, language):
                yield f"{rule.id}{whom}, {language} ({len(shown.long)} of {MAX_TEXT} characters)"
                yield from _as_shown(shown)
        if len(rules) > 1:
            together = _joined(rules, language)
            which = "" if together.fits else ", short texts"
            length = len(together.long if together.fits else together.short)
            yield f"all {len(rules)} rules at once, {language}{which} ({length} of {MAX_TEXT} characters)"
            yield from _as_shown(together)


def screen_warnings(policy: Policy) -> Iterator[str]:
    """Texts of two rules that do not fit together, and short ones of all that do not."""
    rules = _in_use(policy)
    for language in policy.languages:
        too_long = False
        for pair in combinations(rules, 2):
            shown = _joined(pair, language)
            names = " and ".join(shown.rules)
            if not shown.short_fits:
                too_long = True
                yield (
                    f"texts of {names} ({language}): even the short ones have {len(shown.short)} characters together, "
                    f"and Koha keeps {MAX_TEXT}: a card of both would not get the second restriction; shorten them"
                )
            elif not shown.fits:
                yield (
                    f"texts of {names} ({language}) have {len(shown.long)} characters together, and Koha keeps "
                    f"{MAX_TEXT}: a card of both reads the short ones ({len(shown.short)})"
                )
        together = _joined(rules, language)
        if not too_long and not together.short_fits:
            yield (
                f"short texts of all {len(rules)} rules ({language}) have {len(together.short)} characters together, "
                f"and Koha keeps {MAX_TEXT}: a card of all would not get the last restriction; shorten them"
            )


def _in_use(policy: Policy) -> list[Rule]:
    return [rule for rule in policy.rules if not rule.retired]


def _each(rule: Rule, language: str) -> Iterator[tuple[str, Shown]]:
    """The rule's own text, and those of its exceptions that differ."""
    seen = set()
    named = [("", rule.terms)]
    named += [(f", exception {number}", clause.terms) for number, clause in enumerate(rule.exceptions, start=1)]
    for whom, terms in named:
        shown = _of([(rule.id, terms)], language)
        if not terms.exempt and (shown.long, shown.short) not in seen:
            seen.add((shown.long, shown.short))
            yield whom, shown


def _joined(rules: tuple[Rule, ...] | list[Rule], language: str) -> Shown:
    """The longest texts that the rules have."""
    return _of([(rule.id, _longest(rule, language)) for rule in rules], language)


def _longest(rule: Rule, language: str) -> Terms:
    every = [rule.terms, *(clause.terms for clause in rule.exceptions if not clause.terms.exempt)]
    return max(every, key=lambda terms: len(terms.texts.get(language, "")))


def _of(named: list[tuple[RuleId, Terms]], language: str) -> Shown:
    def joined(texts: list[Mapping[str, str]]) -> str:
        return "\n".join(each.get(language, "") for each in texts)

    return Shown(
        tuple(rule for rule, _ in named),
        language,
        joined([terms.texts for _, terms in named]),
        joined([terms.short_texts or terms.texts for _, terms in named]),
    )


def _as_shown(shown: Shown) -> Iterator[str]:
    first, *others = shown.written.split("\n")
    yield f"  self-check  {SELF_CHECK}{first}"
    yield from (f"              {line}" for line in others)
    yield f"  web page    {WEB_PAGE}{first}"
    yield from (f"              {line}" for line in others)
