"""How many patrons the core decides in a second of CPU: all rules asked, and only those that could say anything."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from adapters.http import HttpApi
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.cli.output import collect_rarely
from sidecar.core.decide import decide
from sidecar.core.model import Facts
from sidecar.core.policy import Policy
from sidecar.core.screen import Screen
from sidecar.policy import load_policy
from sidecar.ports import Pull

PATRONS = 50_000
RUNS = 5


def per_second(decides: Callable[[Sequence[Facts]], object], facts: Sequence[Facts]) -> float:
    """Patrons a second, in the best of some runs."""
    best = float("inf")
    for _ in range(RUNS):
        began = time.process_time()
        decides(facts)
        best = min(best, time.process_time() - began)
    return len(facts) / best


def read() -> Pull:
    """Everyone who can matter in a stand-in library."""
    with (
        StandinKoha(build_library(PATRONS)) as koha,
        HttpApi(koha.url, koha.client_id, koha.client_secret) as http,
    ):
        return connect(http).source.pull()


def lines(pull: Pull, policy: Policy) -> dict[str, tuple[int, float, float]]:
    """By what kind of patron: how many there are, and how many a second with all rules asked and with the screen."""
    screen, today = Screen(policy), pull.as_of.astimezone(policy.time_zone).date()

    def whole(facts: Sequence[Facts]) -> None:
        for each in facts:
            decide(each, {}, policy, pull.as_of)

    def brief(facts: Sequence[Facts]) -> None:
        for each in facts:
            if screen.rules_to_ask(each, {}, today):
                decide(each, {}, policy, pull.as_of, screen=screen)

    charged = [each for each in pull.facts if each.charges]
    quiet = [each for each in charged if not screen.rules_to_ask(each, {}, today)]
    loud = [each for each in charged if screen.rules_to_ask(each, {}, today)]
    kinds = {"with charges": charged, "of whom no rule speaks": quiet, "of whom one does": loud}
    return {name: (len(facts), per_second(whole, facts), per_second(brief, facts)) for name, facts in kinds.items()}


def main() -> None:
    """Print the lines."""
    collect_rarely()
    policy = load_policy(Path("config/policy.toml")).policy
    sys.stdout.write(f"deciding, of {PATRONS} patrons, CPU of one core, {datetime.now(UTC):%Y-%m-%d}\n")
    for name, (number, whole, brief) in lines(read(), policy).items():
        sys.stdout.write(
            f"  {name:<26}{number:>8} all rules {whole:>10,.0f}/s  screened {brief:>10,.0f}/s  x{brief / whole:.1f}\n"
        )


if __name__ == "__main__":
    main()
