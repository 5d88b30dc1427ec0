"""The man page, made from the help of all commands: `python -m sidecar.cli.manpage > cardwarden.1`."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import typer

from sidecar import __version__
from sidecar.cli import app
from sidecar.cli.ondemand import COMMANDS

_EXITS: Final = (
    ("0", "All is well: nothing is to do, or all was done."),
    ("1", "An error, told in one line on standard error."),
    ("2", "Changes are pending, held back or skipped; a gate is open; what was counted is not yet written."),
    ("130", "Interrupted (Ctrl\\-C)."),
)

_FILES: Final = (
    ("./config/sidecar.toml", "The settings, where this file is there."),
    ("/etc/cardwarden/sidecar.toml", "The settings, where the other is not. Every key can be set by the environment."),
    ("/etc/cardwarden/policy.toml", "The policy beside them: what blocks, what frees and what patrons read."),
    ("/var/lib/cardwarden/journal.db", "The journal, where journal.url names it."),
)

_VARIABLES: Final = (
    ("CARDWARDEN_CONFIG", "The settings file."),
    ("CARDWARDEN_SECTION__KEY", "Any key of the settings, as in CARDWARDEN_KOHA__URL. The environment wins."),
    ("CARDWARDEN_DEBUG", "If set, a mistake in Cardwarden itself is shown with its traceback."),
)


def man_page() -> str:
    """The page as troff. Its date is that of SOURCE_DATE_EPOCH, else today."""
    lines = [
        '.\\" Made from the help of the commands: make man',
        f'.TH CARDWARDEN 1 "{_day()}" "Cardwarden {__version__}" "User Commands"',
        ".SH NAME",
        "cardwarden \\- keeps library cards\\(aq restrictions equal to the library\\(aqs own rules",
        ".SH SYNOPSIS",
        ".B cardwarden",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
    ]
    group = typer.main.get_command(app)
    lines += [_text(group.help or ""), ".PP", _text("A dry run writes nothing to the library system."), ".SH OPTIONS"]
    lines += _options(group)
    lines.append(".SH COMMANDS")
    for name in COMMANDS:
        lines += _command(f"cardwarden {name}", group.commands[name])  # type: ignore[attr-defined]
    for title, entries in (("EXIT STATUS", _EXITS), ("FILES", _FILES), ("ENVIRONMENT", _VARIABLES)):
        lines.append(f".SH {title}")
        for term, said in entries:
            lines += [".TP", f".B {_text(term)}", said if "\\-" in said else _text(said)]
    lines += [
        ".SH SEE ALSO",
        _text("The documentation that comes with it: README.md, docs/policy.md, docs/settings.md."),
    ]
    return "\n".join(lines) + "\n"


def _command(path: str, command: Any) -> Iterator[str]:
    """A command's section; a group's own, if it can be run, and then those under it."""
    under = getattr(command, "commands", None)
    if not under or command.invoke_without_command:
        yield f'.SS "{_text(path)}{_synopsis(command)}"'
        yield from _paragraphs(command.help or "")
        yield from _options(command)
        if command.epilog:
            yield ".PP"
            yield f"{_text(command.epilog.partition(': ')[0])}:"
            yield f".B {_text(command.epilog.partition(': ')[2])}"
    for name, each in (under or {}).items():
        yield from _command(f"{path} {name}", each)


def _synopsis(command: Any) -> str:
    words = [_name(each) for each in command.params if each.param_type_name == "argument"]
    optional = any(each.param_type_name == "option" for each in command.params)
    return "".join(f" {_text(word)}" for word in ([*words, "[OPTIONS]"] if optional else words))


def _options(command: Any) -> Iterator[str]:
    for each in command.params:
        if getattr(each, "hidden", False):
            continue
        yield ".TP"
        if each.param_type_name == "argument":
            yield f"\\fI{_text(_name(each))}\\fR"
        else:
            names = ", ".join(f"\\fB{_text(option)}\\fR" for option in each.opts)
            yield names if each.is_flag else f"{names} \\fI{_text(_name(each))}\\fR"
        default = each.default if each.default not in {None, False, "", ()} and not each.required else None
        said = each.help or ""
        yield _text(said if default is None or callable(default) else f"{said} Default: {default}.")


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        yield _text(" ".join(paragraph.split()))


def _text(words: str) -> str:
    """Words as troff prints them: dashes of options stay such, and no line is taken for a request."""
    for sign, written in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("…", "..."), ("’", "\\(cq")):
        words = words.replace(sign, written)
    return f"\\&{words}" if words.startswith(".") else words


def _day() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return f"{datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC):%Y-%m-%d}"


if __name__ == "__main__":
    sys.stdout.write(man_page())
