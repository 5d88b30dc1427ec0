"""Slips that TOML refuses, in the user's words: the problem and what would be right."""

import re
from typing import Final

from sidecar.toml.words import invisible_in

_COMMA: Final = re.compile(r"=\s*[\[{]?\s*(\d+),(\d{1,2})(?!\d)\s*(?:#.*|[\]}].*)?$")
_HEADER: Final = re.compile(r"\s*\[+\s*([^\]]*)\]+")
_DECLARED: Final = re.compile(r"Cannot declare \((?P<names>.*?),?\) twice")
_NAME: Final = re.compile(r"'((?:[^'\\]|\\.)*)'")


def slip_in(line: str, problem: str) -> tuple[str, str] | None:
    """The problem and the remedy, where the line shows a slip that is known; `problem` is the parser's own word."""
    if (unseen := invisible_in(line)) is not None:
        return f"contains an invisible character, {unseen}", "type the line anew, with plain blanks"
    if (comma := _COMMA.search(line)) is not None:
        whole, cents = comma[1], comma[2]
        return f"has the amount {whole},{cents} with a comma", f"write {whole}.{cents}"
    header = _HEADER.match(line)
    if header is not None and not header[1].isascii() and not any(quote in header[1] for quote in "\"'"):
        return f"has other letters than a to z in {header[0].strip()}", "write lower-case letters a to z, digits and _"
    if problem.startswith("Cannot"):
        declared = _DECLARED.match(problem)
        what = f"the table [{'.'.join(_NAME.findall(declared['names']))}]" if declared else "the same key"
        return f"has {what} twice", "each key and each table may stand once: keep one"
    return None
