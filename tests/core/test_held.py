"""What brakes hold: known change by change, under another name of its rule or its type too, until it is over."""

import pytest

from sidecar.core.decide import decide
from sidecar.core.held import HeldChanges, ended_by_full_cycle
from sidecar.core.model import UNKNOWN
from sidecar.core.plan import ChangeKey
from sidecar.core.verdict import Verdict

from .builders import NOW, debt_rule, facts, policy

ADDED: ChangeKey = ("7", "debt", "add", "CW_DEBT")
RENAMED: ChangeKey = ("7", "gaeld", "add", "CW_DEBT")
RETYPED: ChangeKey = ("7", "debt", "add", "CW_OWING")


@pytest.mark.parametrize(
    ("key", "brake"),
    [
        (ADDED, "additions"),
        (RENAMED, "additions"),
        (RETYPED, "additions"),
        (("8", "debt", "add", "CW_DEBT"), None),
        (("7", "debt", "remove", "CW_DEBT"), None),
        (("7", "pin", "add", "CW_PIN"), None),
        (("7", "CW_DEBT", "add", "debt"), None),
    ],
)
def test_a_held_change_is_known_by_its_rule_or_its_type(key: ChangeKey, brake: str | None) -> None:
    assert HeldChanges({ADDED: "additions"}).by(key) == brake


def test_a_change_that_is_held_itself_is_known_before_one_that_is_named_alike() -> None:
    held = HeldChanges({RENAMED: "first_cycle", ADDED: "additions", RETYPED: "removals"})
    assert [held.by(key) for key in (RENAMED, ADDED, RETYPED)] == ["first_cycle", "additions", "removals"]


def undecided(rule: str = "debt", restriction_type: str = "CW_DEBT", patron: str = "7") -> Verdict:
    of = policy(debt_rule(rule, restriction_type=restriction_type))
    return decide(facts(patron, charges=UNKNOWN), {}, of, NOW).verdicts[0]


@pytest.mark.parametrize(
    ("kept", "waiting", "verdicts", "ended"),
    [
        pytest.param([], [], [], True, id="it is no longer wanted"),
        pytest.param([ADDED], [], [], False, id="it is held as before"),
        pytest.param([RENAMED], [], [], True, id="it is held under another rule's name"),
        pytest.param([RETYPED], [], [], True, id="it is held under another type"),
        pytest.param([("8", "debt", "add", "CW_DEBT")], [], [], True, id="another patron's is held"),
        pytest.param([], [ADDED], [], False, id="it waits for another cause"),
        pytest.param([], [RENAMED], [], False, id="it waits under another rule's name"),
        pytest.param([], [RETYPED], [], False, id="it waits under another type"),
        pytest.param([RENAMED], [ADDED], [], True, id="it is held under another name, and waits"),
        pytest.param([], [], [undecided()], False, id="it cannot be decided"),
        pytest.param([], [], [undecided("gaeld")], False, id="its type cannot be decided"),
        pytest.param([], [], [undecided(restriction_type="CW_OWING")], False, id="its rule cannot be decided"),
        pytest.param([], [], [undecided("pin", "CW_PIN")], True, id="another rule cannot be decided"),
        pytest.param([], [], [undecided(patron="8")], True, id="another patron cannot be decided"),
    ],
)
@pytest.mark.parametrize("kind", ["add", "remove"])
def test_a_full_cycle_ends_what_it_no_longer_wants(
    kind: str, kept: list[ChangeKey], waiting: list[ChangeKey], verdicts: list[Verdict], ended: bool
) -> None:
    def of_kind(keys: list[ChangeKey]) -> list[ChangeKey]:
        return [(patron, rule, kind, restriction_type) for patron, rule, _kind, restriction_type in keys]

    (held,) = of_kind([ADDED])
    assert ended_by_full_cycle([held], of_kind(kept), of_kind(waiting), verdicts) == ({held} if ended else set())
