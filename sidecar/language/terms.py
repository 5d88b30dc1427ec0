"""Words for values of the core, in the present language."""

from collections.abc import Iterable, Mapping
from typing import Final

from sidecar.core.model import Kind
from sidecar.language.forms import listed
from sidecar.language.speaking import _, gettext_noop

CHARGE_KINDS: Final[Mapping[Kind, str]] = {
    Kind.FEE: gettext_noop("fees"),
    Kind.REPLACEMENT: gettext_noop("replacement charges"),
    Kind.OTHER: gettext_noop("other charges"),
}
UNKNOWN_FACTS: Final[Mapping[str, str]] = {
    "charges": gettext_noop("the charges could not be read"),
    "credit": gettext_noop("the unapplied credit could not be read"),
    "failed_pin": gettext_noop("the number of wrong PINs is not known (Koha may have locked the account, or hides it)"),
    "card_lost": gettext_noop("whether the card is flagged lost could not be read"),
    "arose": gettext_noop("on which day some of the charges arose is not known (the plugin tells it)"),
    "overdue": gettext_noop("which loans are overdue is not known (the plugin tells it)"),
    "loans": gettext_noop("of which type the overdue loans are, or whether somebody waits for them, is not known"),
    "guarantees": gettext_noop("what those owe whom the patron answers for is not known (the plugin tells it)"),
    "flag_expired": gettext_noop("when the card expires could not be read"),
    "flag_address": gettext_noop("whether the address is right is not known (the plugin tells it)"),
    "exception": gettext_noop(
        "which exception of the policy applies is not known (birth date, category or library is missing)"
    ),
    "restrictions": gettext_noop("whose the restrictions are cannot be seen without the plugin in Koha"),
    "scope": gettext_noop(
        "whether the rules apply to the patron is not known (library, category or expiry date is missing)"
    ),
}


def charge_kinds(kinds: frozenset[Kind]) -> str:
    """Which charges are meant: `charges of every kind`, `fees and replacement charges`."""
    if kinds == frozenset(Kind):
        return _("charges of every kind")
    return listed(_(CHARGE_KINDS[kind]) for kind in Kind if kind in kinds)


def unknown_facts(names: Iterable[str]) -> str:
    """What is not known, in a sentence."""
    return "; ".join(
        _(UNKNOWN_FACTS[name]) if name in UNKNOWN_FACTS else _("{name} is not known", name=name)
        for name in dict.fromkeys(names)
    )
