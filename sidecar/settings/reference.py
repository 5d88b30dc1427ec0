"""docs/settings.md, written from the settings themselves: `python -m sidecar.settings.reference > docs/settings.md`."""

import json
import sys
from collections.abc import Iterator
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sidecar.settings import ENVIRONMENT_PREFIX, BrakeSettings, RuleBrakeSettings, Section, Settings

NAME: Final = "NAME"
"""Stands for the name that a library gives to a table."""

HEAD = """# Settings

Written from `sidecar/settings/` by `make docs`; do not edit.

The file is found by `--config FILE`, else `CARDWARDEN_CONFIG`, else `./config/sidecar.toml`, else
`/etc/cardwarden/sidecar.toml`. Every key can also be given by the environment, which wins; lists and tables are
JSON there, and a variable with the prefix that is no key is a mistake. Paths in the file are relative to it.
"""


def render_settings_reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_tables(Settings, ())]) + "\n"


def _tables(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    sections = {name: field for name, field in model.model_fields.items() if _section_of(field) is not None}
    named = {name: field for name, field in model.model_fields.items() if _named_section_of(field) is not None}
    plain = {name: field for name, field in model.model_fields.items() if name not in {*sections, *named}}
    if path:
        yield f"## [{'.'.join(path)}]\n\n{_first_line(model)}\n"
    if plain:
        yield "| key | meaning | default | example | environment |\n|---|---|---|---|---|"
        yield from (_row((*path, name), field) for name, field in plain.items())
        yield ""
    for name, field in model.model_fields.items():
        section = _section_of(field)
        if of_a_name := _named_section_of(field):
            yield from _tables(of_a_name, (*path, name, NAME))
        if section in {BrakeSettings, RuleBrakeSettings}:
            continue
        if section is not None:
            yield from _tables(section, (*path, name))
    brakes = {name: field for name, field in sections.items() if _section_of(field) is BrakeSettings}
    if brakes and path == ("brakes",):
        yield "Each of these is a table with `absolute` and `percent`; the larger of the two holds:\n"
        yield "| key | meaning | default | example | environment |\n|---|---|---|---|---|"
        yield from (_row((*path, name), field) for name, field in brakes.items())
        yield "\nAnd for a single rule: `[brakes.rules.debt]` with `additions` and `removals` of the same form.\n"


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def _named_section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The section that a table of such sections by name has; limits by rule are told with the others."""
    inside = get_args(field.annotation)
    section = inside[-1] if get_origin(field.annotation) is dict else None
    return (
        section if section is not None and issubclass(section, Section) and section is not RuleBrakeSettings else None
    )


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _row(path: tuple[str, ...], field: FieldInfo) -> str:
    example = f"`{_shown(field.examples[0])}`" if field.examples else ""
    variable = f"`{ENVIRONMENT_PREFIX}{'__'.join(path).upper()}`"
    return f"| `{path[-1]}` | {field.description or ''} | {_default(field)} | {example} | {variable} |"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined or field.default is None or field.default == {}:
        return ""
    return f"`{_shown(field.default)}`"


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        inner = ", ".join(f"{key} = {_shown(each)}" for key, each in value.model_dump(exclude_none=True).items())
        return f"{{ {inner} }}"
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, ensure_ascii=False, default=str)


if __name__ == "__main__":
    sys.stdout.write(render_settings_reference())
