"""Commands whose modules are imported when they are run: `--help` reads a list, and no command pays for another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from sidecar.cli.examples import with_examples


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command stands, and the paragraph that help says of it (a test holds it against the command's own)."""

    module: str
    help: str


COMMANDS: Final[Mapping[str, Place]] = {
    "reconcile": Place(
        "cycles",
        "Run one cycle: a dry run unless --apply. Exit code 2 when changes are pending, held back or skipped.",
    ),
    "daemon": Place(
        "daemon",
        "Run cycles on the schedule until stopped (SIGTERM, Ctrl-C). A dry run unless the settings' mode says more.",
    ),
    "approve": Place(
        "steering",
        "Let the next cycle apply a kept plan: once, within 24 hours, and only what it would still change then.",
    ),
    "pause": Place("steering", "Stop all writing at once, the daemon's too, until `cardwarden resume`."),
    "resume": Place("steering", "Allow writing again."),
    "takeover": Place("steering", "Make this journal the one that writes to the ILS, in place of another."),
    "drift": Place("steering", "Restrictions of ours that vanished in numbers."),
    "explain": Place(
        "asking",
        "Say of one patron whether the card is blocked, by what and what frees it; then what every rule says, with the "
        "numbers. Nothing is written.",
    ),
    "announced": Place(
        "announced", "Say that the letters to those who were announced went out: their days run from that day on."
    ),
    "journal": Place(
        "journals",
        "Show past cycles; or the changes, with their evidence, of a cycle, a patron, a rule, a kind or a result, and "
        "what staff released.",
    ),
    "release": Place(
        "desk",
        "Lift one block after a check at the desk; a PIN block's counter is reset with it. Not for collection.",
    ),
    "retire": Place(
        "desk",
        "Remove Cardwarden's own restrictions, to leave it or one rule. Staff's are never touched; no brake applies.",
    ),
    "undo": Place(
        "desk",
        "Take back what one cycle wrote, where it still stands: blocks it set are lifted, those it lifted are put "
        "back.",
    ),
    "verify": Place(
        "gates",
        "Ask the gates (self-checks, digital services) about cards, and compare with what is in force. Nothing is "
        "written, and no patron's PIN is sent. Exit code 2 when a gate is open, or refuses a card that Cardwarden does "
        "not block.",
    ),
    "collection": Place("collection", "Claims with the collection office: what stands, what is sent, what it says."),
    "policy": Place("policies", "Look at, check, test and try out the policy."),
    "config": Place("configuration", "Check and show the settings."),
    "privacy": Place("privacy", "Export or erase what the journal holds of one patron."),
    "standin": Place(
        "setup",
        "Serve a stand-in Koha and its SIP2 gate on loopback, and print the `export` lines with which the other "
        "commands reach them.",
    ),
    "koha-plugin": Place("setup", "Build the Koha plugin that a library installs."),
    "demo": Place(
        "showing",
        "Dry run, approval, apply, payment and release on a stand-in Koha; fails if any set of patrons is not right.",
    ),
}


class OnDemand(Mapping[str, Any]):
    """The commands by name; a command is imported when it is taken out."""

    def __getitem__(self, name: str) -> Any:
        module = import_module(f"sidecar.cli.{COMMANDS[name].module}")
        if hasattr(module, "app"):
            return with_examples(name, _named(name, typer.main.get_group(module.app)))
        alone = typer.Typer()
        module.register(alone)
        return with_examples(name, typer.main.get_group(alone).commands[name])

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _named(name: str, group: TyperGroup) -> TyperGroup:
    group.name = name
    return group


class CommandsOnDemand(TyperGroup):
    """The command line as a whole."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = OnDemand()  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """All of them, none imported."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or where help lists all of them what is said of it."""
        if cmd_name not in COMMANDS:
            return None
        if ctx.meta.get(_LISTED) is True:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name].help)
        return self.commands[cmd_name]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Help, for which no command is imported."""
        ctx.meta[_LISTED] = True
        super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The commands' names in the shell, for which none is imported either."""
        ctx.meta[_LISTED] = True
        return super().shell_complete(ctx, incomplete)


_LISTED: Final = "cardwarden.listed"
