"""Where each setting came from: a variable of the environment, which wins, or a line of the file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sidecar.settings.environment import variable_of
from sidecar.toml.mistakes import Mistake, dotted
from sidecar.toml.positions import KeyPath, Places

ENVIRONMENT: Final = "environment"
"""What stands for a file where a variable is wrong."""


@dataclass(frozen=True, slots=True)
class Origins:
    """The settings file, if there is one, and the environment, as they were read."""

    file: Path | None = None
    says: Mapping[str, Any] = field(default_factory=dict, repr=False)
    places: Places = field(default_factory=lambda: Places({}), repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def mistake(self, path: KeyPath, problem: str, remedy: str) -> Mistake:
        """A mistake with the place of what is wrong; where nothing stands there, of what it should stand in."""
        named = self._variable(path)
        if named is None and not _holds(self.says, path):
            named = self._variable_below(path)
        if named is not None:
            variable, rest = named
            return Mistake(ENVIRONMENT, 0, _inside(variable, rest), problem, remedy)
        if self.file is not None:
            return Mistake(str(self.file), self.places.line(path), dotted(path), problem, remedy)
        return Mistake(ENVIRONMENT, 0, variable_of(map(str, path)), problem, remedy)

    def is_variable(self, path: KeyPath) -> bool:
        """Whether the environment gave the value."""
        return self._variable(path) is not None

    def _variable(self, path: KeyPath) -> tuple[str, KeyPath] | None:
        """The variable that gave a value, and where in its JSON the value stands."""
        for length in range(len(path), 0, -1):
            name = self._name(path[:length])
            if name is not None and (length == len(path) or _holds(_decoded(self.environment[name]), path[length:])):
                return name, path[length:]
        return None

    def _variable_below(self, path: KeyPath) -> tuple[str, KeyPath] | None:
        """The first variable that gives a part of a table."""
        beginning = variable_of(map(str, path)) + "__"
        names = (name for name, value in self.environment.items() if value and name.upper().startswith(beginning))
        first = min(names, default=None)
        return None if first is None else (first, ())

    def _name(self, path: KeyPath) -> str | None:
        """The variable of a key as it is spelled in the environment, if it says anything."""
        wanted = variable_of(map(str, path))
        return next((name for name, value in self.environment.items() if value and name.upper() == wanted), None)


def _inside(variable: str, rest: KeyPath) -> str:
    """A variable, or something in the JSON that it holds."""
    if not rest:
        return variable
    return variable + ("" if isinstance(rest[0], int) else ".") + dotted(rest)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _holds(value: Any, path: KeyPath) -> bool:
    """Whether something stands there."""
    for part in path:
        in_table = isinstance(value, Mapping) and part in value
        in_list = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not (in_table or in_list):
            return False
        value = value[part]
    return True
