"""What the rules of a policy need to know beyond what every cycle reads."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.core.policy import Flag, Policy, Rule


class Part(StrEnum):
    """A part of a patron's facts that is read only where a rule asks for it."""

    ADDRESS = "address"
    AROSE = "arose"
    ATTRIBUTES = "attributes"
    EXPIRED = "expired"
    GUARANTEES = "guarantees"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Needs:
    """The parts, and the codes of the attributes that the policy names."""

    parts: frozenset[Part] = frozenset()
    attributes: frozenset[str] = frozenset()


NOTHING: Final = Needs()


def needs_of(*policies: Policy) -> Needs:
    """What the rules in use of these policies need together."""
    rules = [rule for policy in policies for rule in policy.rules if not rule.retired]
    return Needs(
        frozenset(part for rule in rules for part in parts_of(rule)),
        frozenset(code for rule in rules for clause in rule.clauses for code in clause.attributes or ()),
    )


def parts_of(rule: Rule) -> frozenset[Part]:
    """What one rule needs."""
    asked = {
        Part.ADDRESS: rule.flag is Flag.ADDRESS,
        Part.AROSE: rule.asks_when_charges_arose,
        Part.ATTRIBUTES: any(clause.attributes for clause in rule.clauses),
        Part.EXPIRED: rule.flag is Flag.EXPIRED,
        Part.GUARANTEES: rule.also_blocks is not None,
        Part.OVERDUE: rule.asks_for_loans,
    }
    return frozenset(part for part, needed in asked.items() if needed)
