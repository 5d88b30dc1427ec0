"""The environment's variables: those that are no setting are mistakes, for a misspelt one would change nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel

ENVIRONMENT_PREFIX: Final = "CARDWARDEN_"

_OTHERS: Final = re.compile(r"CARDWARDEN_(CONFIG|DEBUG|(LIVE|ALERT)_.*)")
"""Read elsewhere: where the settings are, what a mistake prints, the live suite's Koha, what an alert tells."""

_OF_KUBERNETES: Final = re.compile(
    r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)|"
    r"(?P<address>.*_PORT)"
)
"""What Kubernetes and Docker set for a service named after us; a bare `…_PORT` holds an address there."""

_RESEMBLES: Final = 0.85


def variable_of(key: Iterable[str]) -> str:
    """The variable that gives a key, as in `CARDWARDEN_KOHA__URL`."""
    return ENVIRONMENT_PREFIX + "__".join(key).upper()


def unknown_variables(settings: type[BaseModel], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each variable with our prefix that no setting reads, and the one that would be read and that it resembles.

    Keys inside a known table are left to the settings themselves; empty variables count as not there.
    """
    known = [variable_of(key) for key in _keys(settings)]
    for name, value in sorted(environment.items()):
        variable = name.upper()
        if not variable.startswith(ENVIRONMENT_PREFIX) or not value or _is_elsewhere(variable, value):
            continue
        first, *_ = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        if first in settings.model_fields:
            continue
        # What resembles none is somebody else's: Docker links and image tags carry our prefix too.
        if near := get_close_matches(variable, known, n=1, cutoff=_RESEMBLES):
            yield name, near[0]


def _is_elsewhere(variable: str, value: str) -> bool:
    if _OTHERS.fullmatch(variable):
        return True
    foreign = _OF_KUBERNETES.fullmatch(variable)
    return foreign is not None and (foreign["address"] is None or "://" in value)


def _keys(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*path, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, (*path, name))
