"""An example for each command, printed under its `--help` and in the man page. A test parses them all."""

from collections.abc import Mapping
from typing import Any, Final

EXAMPLES: Final[Mapping[str, str]] = {
    "reconcile": "cardwarden reconcile --report report",
    "daemon": "cardwarden daemon --config /etc/cardwarden/sidecar.toml",
    "approve": "cardwarden approve 1f0c9a7be2d4 --staff AB",
    "pause": "cardwarden pause --staff AB",
    "resume": "cardwarden resume --staff AB",
    "takeover": "cardwarden takeover --staff AB",
    "drift accept": "cardwarden drift accept --staff AB",
    "explain": "cardwarden explain 4711 --language da",
    "journal": "cardwarden journal --since 7d --rule debt --kind add --format csv",
    "journal backup": "cardwarden journal backup /var/backups/cardwarden.db",
    "release": "cardwarden release 4711 --rule pin --staff AB --photo-id-checked",
    "retire": "cardwarden retire --rule debt",
    "undo": "cardwarden undo 12 --then block-again",
    "verify": "cardwarden verify --sample 5",
    "announced": "cardwarden announced announcements.csv --on 2026-11-27 --staff AB",
    "collection list": "cardwarden collection list --patron 4711",
    "collection show": "cardwarden collection show C-000123",
    "collection send": "cardwarden collection send C-000123 --staff AB",
    "collection withdraw": "cardwarden collection withdraw C-000123 --staff AB",
    "collection hear": "cardwarden collection hear from-office.csv",
    "policy check": "cardwarden policy check policy.toml --texts",
    "policy show": "cardwarden policy show policy.toml",
    "policy test": "cardwarden policy test policy.test.toml",
    "policy simulate": "cardwarden policy simulate --curve rules.debt.block_at=100..400/25",
    "config check": "cardwarden config check --config sidecar.toml",
    "config show": "cardwarden config show",
    "privacy export": "cardwarden privacy export 4711",
    "privacy erase": "cardwarden privacy erase 4711 --yes",
    "standin": "cardwarden standin --patrons 5000",
    "koha-plugin": "cardwarden koha-plugin cardwarden.kpz",
    "demo": "cardwarden demo --patrons 1000",
}
"""By the words after `cardwarden`."""


def with_examples(name: str, command: Any) -> Any:
    """The command, and those under it, with their examples."""
    example = EXAMPLES.get(name)
    if example is not None:
        command.epilog = f"Example: {example}"
    for word, under in getattr(command, "commands", {}).items():
        with_examples(f"{name} {word}", under)
    return command
