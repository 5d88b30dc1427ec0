"""How hard hypothesis looks: `HYPOTHESIS_PROFILE=thorough` for a long search, `mutants` for mutation runs, where it is
enough that an example fails, be it long."""

import os

from hypothesis import HealthCheck, Phase, settings

CALM = (HealthCheck.too_slow, HealthCheck.differing_executors)
FINDS = (Phase.explicit, Phase.generate)


def set_thoroughness() -> None:
    """Of the tests that are collected from now on."""
    settings.register_profile("usual", max_examples=50, deadline=None, derandomize=True, suppress_health_check=CALM)
    settings.register_profile(
        "mutants", max_examples=25, deadline=None, derandomize=True, suppress_health_check=CALM, phases=FINDS
    )
    settings.register_profile("thorough", max_examples=3000, deadline=None, suppress_health_check=CALM)
    settings.load_profile(
        os.environ.get("HYPOTHESIS_PROFILE") or ("mutants" if os.environ.get("MUTANT_UNDER_TEST") else "usual")
    )
