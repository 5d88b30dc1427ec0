"""The sentences of each kind of rule, in the present language: what it is called, when it blocks, its numbers, what
would block. One class a kind; what is said of every kind alike stands where it is said."""

from collections.abc import Iterator, Mapping
from typing import Final

from sidecar.core.counting import Loans
from sidecar.core.model import Currency, Evidence, Kind
from sidecar.core.policy import Flag, ReferIf, Rule, RuleKind, Terms, Threshold
from sidecar.language.forms import bare_money, either, money
from sidecar.language.speaking import _, gettext_noop, ngettext
from sidecar.language.terms import charge_kinds, unknown_facts

ALL_CHARGES: Final = frozenset(Kind)


class KindWords:
    """What is said of one kind of rule. `name` and `cause` are said by `_`, the latter with `rule` and `kinds`.

    `by_money`: its numbers are sums of charges. `asks_for_id` begins the line that sends a patron to the desk, and
    `resets` what sets its counter back, where it has one.
    """

    name: str
    cause: str
    by_money: bool = False
    to_the_desk: str = gettext_noop("For this block: ask at the desk. Staff lift it there.")

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        """When it blocks a free card, for `policy show`."""
        raise NotImplementedError

    def more(self, rule: Rule) -> Iterator[str]:
        """What else is to say of what it counts."""
        del rule
        yield from ()

    def numbers(self, evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
        """The numbers against the threshold: `5 wrong PINs, blocks at 5`."""
        raise NotImplementedError

    def is_any(self, evidence: Evidence) -> bool:
        """Whether anything at all reaches the threshold, so that naming it says nothing."""
        del evidence
        return False

    def would_block(self, rule: Rule, terms: Terms, evidence: Evidence, currency: Currency) -> Iterator[str]:
        """What would block a free card."""
        raise NotImplementedError

    def would_block_again(self, seen: Evidence | None, currency: Currency) -> Iterator[str]:
        """What would block a card again whose block staff lifted; `seen` is what they saw."""
        raise NotImplementedError


class _OfMoney(KindWords):
    """What is said of rules that rest on charges."""

    by_money = True

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        limit = terms.threshold
        if limit is None or is_anything(limit):
            if rule.counts == ALL_CHARGES:
                return _("Blocks as soon as anything is owed.")
            return _("Blocks as soon as anything is owed in {kinds}.", kinds=charge_kinds(rule.counts))
        return _("Blocks at {level}.", level=level_words(rule, limit, currency))

    def more(self, rule: Rule) -> Iterator[str]:
        yield (
            _("Unapplied credit is set against it.")
            if rule.net_of_credit
            else _("Unapplied credit is not set against it.")
        )

    def numbers(self, evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
        found = owes(evidence, rule, currency)
        if evidence.threshold is None or self.is_any(evidence):
            return found
        return f"{found}, {threshold_words(evidence.operator, evidence.threshold, currency)}"

    def would_block(self, rule: Rule, terms: Terms, evidence: Evidence, currency: Currency) -> Iterator[str]:
        if self.is_any(evidence):
            yield _at_once(rule, terms)
        elif evidence.counted is not None and terms.threshold is not None:
            missing = money(to_reach(terms.threshold, evidence.counted), currency)
            more = missing if rule.counts == ALL_CHARGES else in_kinds(missing, rule.counts)
            if terms.announce_days:
                yield _("Announced when {sum} more is owed.", sum=more)
            else:
                yield _("Blocks when {sum} more is owed.", sum=more)

    def would_block_again(self, seen: Evidence | None, currency: Currency) -> Iterator[str]:
        if seen is not None and seen.counted:
            yield _(
                "Blocks again with a new charge, or when {sum} is owed; a known charge that grows does not.",
                sum=money(2 * seen.counted, currency),
            )
        else:
            yield _("Blocks again with a new charge; a known charge that grows does not.")


class _Debt(_OfMoney):
    name = gettext_noop("debt")
    cause = gettext_noop("Debt (rule {rule})")


class _UnpaidCharge(_OfMoney):
    name = gettext_noop("unpaid charge")
    cause = gettext_noop("Unpaid {kinds} (rule {rule})")

    def more(self, rule: Rule) -> Iterator[str]:
        del rule
        yield _("Unapplied credit is not set against it: the bill itself must be paid.")

    def is_any(self, evidence: Evidence) -> bool:
        return (evidence.threshold, evidence.operator) in {(0, "block_above"), (1, "block_at")}


class _Collection(_OfMoney):
    name = gettext_noop("collection")
    cause = gettext_noop("Debt sent to collection (rule {rule})")

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        days, limit = days_words(terms.announce_days), terms.threshold
        if rule.refer_if is ReferIf.STILL_AT_BLOCK and limit is not None:
            return _(
                "Tells the patron at {level}; blocks if as much is still owed {days} later.",
                level=level_words(rule, limit, currency),
                days=days,
            )
        if limit is None or is_anything(limit):
            return _(
                "Tells the patron as soon as anything is owed; blocks if it is not all paid {days} later.", days=days
            )
        return _(
            "Tells the patron at {level}; blocks if it is not all paid {days} later.",
            level=level_words(rule, limit, currency),
            days=days,
        )


class _FailedPin(KindWords):
    name = gettext_noop("wrong PINs")
    cause = gettext_noop("Too many wrong PINs (rule {rule})")
    to_the_desk = gettext_noop("For the PIN block: show valid photo ID at the desk. Staff then lift this block.")

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        del rule, currency
        limit = terms.threshold
        least = 1 if limit is None else limit.value + (not limit.inclusive)
        return ngettext("Blocks at {number} wrong PIN or more.", "Blocks at {number} wrong PINs or more.", least)

    def numbers(self, evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
        del rule, currency
        if evidence.attempts is None:
            found = unknown_facts(["failed_pin"])
        else:
            found = ngettext("{number} wrong PIN", "{number} wrong PINs", evidence.attempts)
        if evidence.threshold is None:
            return found
        return f"{found}, {threshold_words(evidence.operator, evidence.threshold, None)}"

    def would_block(self, rule: Rule, terms: Terms, evidence: Evidence, currency: Currency) -> Iterator[str]:
        del rule, currency
        if evidence.attempts is not None and terms.threshold is not None:
            missing = to_reach(terms.threshold, evidence.attempts)
            yield ngettext("Blocks after {number} more wrong PIN.", "Blocks after {number} more wrong PINs.", missing)

    def would_block_again(self, seen: Evidence | None, currency: Currency) -> Iterator[str]:
        del currency
        if seen is not None and seen.attempts:
            yield _("Blocks again with another wrong PIN above the {number} that staff saw.", number=seen.attempts)
        else:
            yield _("Blocks again with another wrong PIN.")


class _LostCard(KindWords):
    name = gettext_noop("lost card")
    cause = gettext_noop("Card reported lost (rule {rule})")
    to_the_desk = gettext_noop("For the lost card: show valid photo ID at the desk. Staff then lift this block.")

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        del rule, terms, currency
        return _("Blocks when the card is flagged lost.")

    def numbers(self, evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
        del rule, currency
        if evidence.card_lost is None:
            return unknown_facts(["card_lost"])
        return _("the card is flagged lost") if evidence.card_lost else _("the card is not flagged lost")

    def would_block(self, rule: Rule, terms: Terms, evidence: Evidence, currency: Currency) -> Iterator[str]:
        del rule, terms, evidence, currency
        yield _("Blocks when the card is flagged lost in the ILS.")

    def would_block_again(self, seen: Evidence | None, currency: Currency) -> Iterator[str]:
        del seen, currency
        yield _("Blocks again when the lost flag is cleared and set anew.")


class _Overdue(KindWords):
    name = gettext_noop("overdue loans")
    cause = gettext_noop("Overdue loans (rule {rule})")

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        del currency
        limit, loans = terms.threshold, rule.loans
        least = 1 if limit is None else limit.value + (not limit.inclusive)
        days = 1 if loans is None else loans.days
        return ngettext(
            "Blocks at {number} loan or more that is {days} or more past its due day{which}.",
            "Blocks at {number} loans or more that are {days} or more past their due day{which}.",
            least,
            days=days_words(days),
            which="" if loans is None else _which(loans),
        )

    def numbers(self, evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
        del rule, currency
        if evidence.overdue is None:
            return unknown_facts(evidence.unknown or ["overdue"])
        found = ngettext("{number} overdue loan counts", "{number} overdue loans count", evidence.overdue)
        if evidence.threshold is None:
            return found
        return f"{found}, {threshold_words(evidence.operator, evidence.threshold, None)}"

    def would_block(self, rule: Rule, terms: Terms, evidence: Evidence, currency: Currency) -> Iterator[str]:
        del rule, currency
        if evidence.overdue is not None and terms.threshold is not None:
            missing = to_reach(terms.threshold, evidence.overdue)
            yield ngettext(
                "Blocks after {number} more overdue loan.", "Blocks after {number} more overdue loans.", missing
            )

    def would_block_again(self, seen: Evidence | None, currency: Currency) -> Iterator[str]:
        del seen, currency
        yield _("Blocks again with another overdue loan.")


class _Flag(KindWords):
    name = gettext_noop("flag")
    cause = gettext_noop("The ILS's own mark on the card (rule {rule})")

    def blocks(self, rule: Rule, terms: Terms, currency: Currency) -> str:
        del terms, currency
        if rule.flag is Flag.EXPIRED:
            return _("Blocks when the card has expired.")
        return _("Blocks when the ILS says that the address is not right.")

    def more(self, rule: Rule) -> Iterator[str]:
        del rule
        yield _("Koha itself refuses loans on such a card: this gives it a text and a place in the reports.")

    def numbers(self, evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
        del currency
        if evidence.flagged is None:
            return unknown_facts(evidence.unknown or ["flag_address"])
        if rule is not None and rule.flag is Flag.EXPIRED:
            return _("the card has expired") if evidence.flagged else _("the card has not expired")
        return _("the address is marked as not right") if evidence.flagged else _("the address is not marked")

    def would_block(self, rule: Rule, terms: Terms, evidence: Evidence, currency: Currency) -> Iterator[str]:
        del evidence
        yield self.blocks(rule, terms, currency)

    def would_block_again(self, seen: Evidence | None, currency: Currency) -> Iterator[str]:
        del seen, currency
        yield _("Blocks again when the mark is cleared and set anew.")


def _which(loans: Loans) -> str:
    parts = []
    if loans.waited_for:
        parts.append(_(", and that another patron waits for"))
    if loans.types is not None:
        parts.append(_(", of type {names}", names=either(sorted(loans.types))))
    return "".join(parts)


KINDS: Final[Mapping[RuleKind, KindWords]] = {
    RuleKind.DEBT: _Debt(),
    RuleKind.UNPAID_CHARGE: _UnpaidCharge(),
    RuleKind.FAILED_PIN: _FailedPin(),
    RuleKind.LOST_CARD: _LostCard(),
    RuleKind.COLLECTION: _Collection(),
    RuleKind.OVERDUE: _Overdue(),
    RuleKind.FLAG: _Flag(),
}


def owes(evidence: Evidence, rule: Rule | None, currency: Currency) -> str:
    """What is counted: `owes 312.00 DKK in fees after 50.00 DKK of credit`."""
    if evidence.counted is None:
        return unknown_facts(evidence.unknown or ["charges"])
    of_some = rule is not None and rule.counts != ALL_CHARGES
    kinds = charge_kinds(rule.counts) if rule is not None else ""
    if evidence.counted <= 0:
        return _("owes nothing in {kinds}", kinds=kinds) if of_some else _("owes nothing")
    net = rule is not None and rule.net_of_credit and rule.kind is not RuleKind.UNPAID_CHARGE
    total = money(evidence.counted, currency)
    owed = _("owes {sum} in {kinds}", sum=total, kinds=kinds) if of_some else _("owes {sum}", sum=total)
    if net and evidence.credit:
        return _("{owed} after {sum} of credit", owed=owed, sum=money(evidence.credit, currency))
    return owed


def threshold_words(operator: str | None, value: int, currency: Currency | None) -> str:
    """`blocks at 225.00`, `blocks above 225.00`; without a currency the value is a count."""
    shown = str(value) if currency is None else bare_money(value, currency)
    return _("blocks above {level}", level=shown) if operator == "block_above" else _("blocks at {level}", level=shown)


def is_anything(limit: Threshold) -> bool:
    """Whether anything at all that is owed reaches it."""
    return limit.value == 0 and not limit.inclusive


def level_words(rule: Rule, limit: Threshold, currency: Currency) -> str:
    """`225.00 DKK or more in fees`."""
    amount = money(limit.value, currency)
    level = _("{sum} or more", sum=amount) if limit.inclusive else _("more than {sum}", sum=amount)
    return level if rule.counts == ALL_CHARGES else in_kinds(level, rule.counts)


def in_kinds(total: str, kinds: frozenset[Kind]) -> str:
    """A sum and the charges that it is of."""
    return _("{sum} in {kind}", sum=total, kind=charge_kinds(kinds))


def days_words(days: int) -> str:
    """`1 day`, `30 days`."""
    return ngettext("{number} day", "{number} days", days)


def to_reach(threshold: Threshold, present: int) -> int:
    """What is missing until a free card is blocked."""
    return threshold.value - present + (not threshold.inclusive)


def _at_once(rule: Rule, terms: Terms) -> str:
    if rule.counts == ALL_CHARGES:
        if terms.announce_days:
            return _("Announced as soon as anything is owed.")
        return _("Blocks as soon as anything is owed.")
    kinds = charge_kinds(rule.counts)
    if terms.announce_days:
        return _("Announced as soon as anything is owed in {kinds}.", kinds=kinds)
    return _("Blocks as soon as anything is owed in {kinds}.", kinds=kinds)
