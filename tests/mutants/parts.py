"""Which files are changed, and which tests must notice: those that are quick and show the rules of the part."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Files as patterns (of those, the ones left to another part), tests as files or folders, and more arguments for
    pytest."""

    mutated: tuple[str, ...]
    tests: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


CLAIMS = ("sidecar/core/collection/*", "sidecar/core/notices.py")
PROSPECTS = ("sidecar/core/differing.py", "sidecar/core/prospects.py", "sidecar/core/simulation.py")

PARTS = {
    "core": Part(("sidecar/core/*",), ("tests/core",), ("--confcutdir=tests/core",), left_out=(*CLAIMS, *PROSPECTS)),
    "claims": Part(
        CLAIMS,
        (
            "tests/core/test_notices.py",
            "tests/collection/test_one_step.py",
            "tests/collection/test_steps.py",
            "tests/collection/test_hearing.py",
            "tests/collection/test_orders.py",
            "tests/collection/test_seeing.py",
            "tests/collection/test_waiting.py",
            "tests/collection/test_what_is_known.py",
            "tests/collection/test_properties.py",
            "tests/cycle/test_claims.py",
            "tests/cycle/test_notices.py",
        ),
        ("--confcutdir=tests/collection",),
    ),
    "prospects": Part(
        PROSPECTS,
        (
            "tests/core/test_prospects.py",
            "tests/policy/test_prospects.py",
            "tests/policy/test_simulation.py",
            "tests/report/test_simulation.py",
        ),
        ("--confcutdir=tests/policy",),
    ),
    "cycle": Part(("sidecar/cycle/*",), ("tests/cycle",), ("--confcutdir=tests/cycle",)),
    # On SQLite only, and without the tests that start processes or look at the clock.
    "store": Part(
        ("sidecar/store/journal.py", "sidecar/store/records/*"),
        (
            "tests/store/test_approvals.py",
            "tests/store/test_cases.py",
            "tests/store/test_changes.py",
            "tests/store/test_cycles.py",
            "tests/store/test_erased_digests.py",
            "tests/store/test_history.py",
            "tests/store/test_lease.py",
            "tests/store/test_privacy.py",
        ),
        ("-k", "not postgresql and not 10000"),
    ),
    # Koha's answers are given by `responses`; the tests against the stand-in are slower and see no more.
    "koha": Part(
        ("adapters/koha/*",),
        (
            "tests/koha/test_page_size.py",
            "tests/koha/test_plugin_source.py",
            "tests/koha/test_stock_source.py",
            "tests/koha/test_stock_unreadable.py",
            "tests/koha/test_target.py",
            "tests/koha/test_wire.py",
            "tests/plugin/test_kpz.py",
        ),
    ),
    "worker": Part(
        ("sidecar/serve/worker.py",),
        (
            "tests/serve/test_backlog.py",
            "tests/serve/test_worker.py",
            "tests/serve/test_worker_log.py",
            "tests/serve/test_worker_manners.py",
        ),
    ),
}
