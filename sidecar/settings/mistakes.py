"""What is wrong with the settings, said as of a policy: place, key, problem, remedy; all of it at once."""

import json
from collections.abc import Iterable, Iterator
from typing import Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sidecar.errors import SettingsError
from sidecar.settings.environment import variable_of
from sidecar.settings.origins import Origins
from sidecar.toml.mistakes import Mistake
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import nearest, quoted

_REFERENCE: Final = "docs/settings.md tells what may stand here"

_SORTS: Final = {
    "int": ("a whole number", "write one, without quotes and decimals"),
    "float": ("a number", "write one, without quotes"),
    "finite": ("a number", "write one, without quotes"),
    "bool": ("true or false", "write one of them, without quotes"),
    "string": ("a text", "write one, in quotes"),
    "path": ("a path", "write one, in quotes"),
}
"""What a value is not, and what would be right, by the beginning of pydantic's word for it."""


_BOUNDS: Final = {"ge": "at least", "gt": "more than", "le": "at most"}


class SettingsMistakes(SettingsError):
    """The settings cannot be used; `mistakes` are all that is wrong with them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def mistakes_of(error: ValidationError, settings: type[BaseModel], origins: Origins) -> Iterator[Mistake]:
    """Each mistake that pydantic found, in our words and with its place. No value of a secret is in pydantic's."""
    for found in error.errors(include_url=False):
        problem, remedy = _told(found, settings, origins)
        yield origins.mistake(found["loc"], problem, remedy)


def _told(found: ErrorDetails, settings: type[BaseModel], origins: Origins) -> tuple[str, str]:
    """What is wrong, and what would be right."""
    path, kind, context = found["loc"], found["type"], found.get("ctx", {})
    match kind:
        case "extra_forbidden":
            told = "unknown key", _instead(path, settings, origins)
        case "value_error":
            problem, _, remedy = str(context["error"]).partition("; ")
            told = problem, remedy or _REFERENCE
        case "enum" | "literal_error":
            given = found["input"]
            told = (
                f"{quoted(given) if isinstance(given, str) else 'this'} is not known",
                f"write {context['expected']}",
            )
        case "tuple_type":
            told = _no_list(path, settings, origins)
        case "model_type" | "model_attributes_type" | "dict_type":
            told = _no_table(path, origins)
        case _ if kind.startswith(("greater_than", "less_than")):
            told = "is out of range", f"write {_range(path, settings)}"
        case _:
            sort, remedy = _SORTS.get(kind.partition("_")[0], ("of use", _REFERENCE))
            told = f"is not {sort}", remedy
    return told


def _no_list(path: KeyPath, settings: type[BaseModel], origins: Origins) -> tuple[str, str]:
    field = field_of(path, settings)
    example = json.dumps(field.examples[0] if field is not None and field.examples else ["A", "B"])
    if origins.is_variable(path):
        variable = variable_of(map(str, path))
        return "is not a list", f"lists are JSON in the environment, as in {variable}='{example}'"
    return "is not a list", f"write one, as in {path[-1]} = {example}"


def _no_table(path: KeyPath, origins: Origins) -> tuple[str, str]:
    if origins.is_variable(path):
        variable = variable_of(map(str, path))
        return "is not a table", f"write {variable}__… for each of its keys, or JSON"
    return "is not a table", f"write [{'.'.join(str(part) for part in path)}]"


def _range(path: KeyPath, settings: type[BaseModel]) -> str:
    """The limits of a number, as its field has them."""
    field = field_of(path, settings)
    bounds = {
        name: getattr(each, name)
        for each in (field.metadata if field is not None else ())
        for name in _BOUNDS
        if hasattr(each, name)
    }
    return " and ".join(f"{word} {bounds[name]:.12g}" for name, word in _BOUNDS.items() if name in bounds)


def _instead(path: KeyPath, settings: type[BaseModel], origins: Origins) -> str:
    model = model_of(path, settings)
    if model is None:
        return "remove it"
    if origins.is_variable(path):
        table = [str(part) for part in path[:-1]]
        return nearest(
            variable_of([*table, str(path[-1])]), [variable_of([*table, name]) for name in model.model_fields]
        )
    return nearest(str(path[-1]), sorted(model.model_fields))


def field_of(path: KeyPath, settings: type[BaseModel]) -> FieldInfo | None:
    """The field of a key, if it has a name of its own."""
    model = model_of(path, settings)
    return None if model is None else model.model_fields.get(str(path[-1]))


def model_of(path: KeyPath, settings: type[BaseModel]) -> type[BaseModel] | None:
    """The section that a key stands in; None below what has no fixed keys."""
    model: type[BaseModel] | None = settings
    parts = iter(path[:-1])
    for part in parts:
        field = None if model is None else model.model_fields.get(str(part))
        if field is None:
            return None
        if get_origin(field.annotation) is dict:
            next(parts, None)  # a name that is free
        model = _section(field)
    return model


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The section that a field is or, as in `dict[str, Section]` and `Section | None`, has in it."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)), None)
