"""Koha's refusals as errors that say what to do, and what all its routes have in common.

Recorded from Koha 23.05: bodies of refusals come in three shapes, `{"error"}`, `{"errors": [{message, path}]}` and a
bare `[{message, path}]`; a missing permission is 403 with `required_permissions`, as an object or a list of objects.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import requests

from adapters.http import Answer
from sidecar.core.model import PatronId
from sidecar.errors import CredentialsRefused, IlsError, PermissionMissing, PluginGone, UnexpectedAnswer

API: Final = "/api/v1"
"""All of Koha's routes are below this."""

PLUGIN: Final = f"{API}/contrib/cardwarden"
"""Where the plugin's routes are."""

LARGEST_ID: Final = 2**31 - 1
"""Koha's borrowernumber is a signed 32-bit column."""

_ENTRY: Final = re.compile(r"/body/(?P<list>[a-z_]+)/(?P<number>\d{1,6})(?P<inside>/.+)?")
"""A JSON pointer to an entry of a list of a request, or into one."""

GRANTS: Final = (
    "borrowers: edit_borrowers, borrowers: view_borrower_infos_from_any_libraries, updatecharges: remaining_permissions"
)
"""What the API key's user needs, as Koha's permission page names it. Koha 24.05 and newer may ask for
`borrowers: list_borrowers` as well."""


def expect(answer: Answer, *statuses: int) -> Answer:
    """The answer, if its status is one of these (200 if none are given); else the refusal is raised."""
    if answer.status in (statuses or (requests.codes.ok,)):
        return answer
    raise refusal(answer)


def refusal(answer: Answer) -> IlsError:
    """The error that a refusal stands for."""
    if answer.status == requests.codes.forbidden:
        if answer.word("error") in {"access_denied", "unauthorized_client"}:
            return CredentialsRefused(f"{answer}: check client_id and client_secret, and that the API key is active")
        asked = _required(answer)
        return PermissionMissing(f"{answer}{asked}: grant the API key's user {GRANTS}{_also(asked)}")
    if is_no_route(answer):
        return UnexpectedAnswer(f"{answer}: this Koha has no such route; is it older than 23.05?")
    return UnexpectedAnswer(f"{answer}, which this version does not expect{_places(answer)}")


def is_no_route(answer: Answer) -> bool:
    """Whether this is Koha's own answer for a route that it does not have (or not before a restart)."""
    if answer.status != requests.codes.not_found:
        return False
    try:
        body = msgspec.json.decode(answer.body, type=_Invalid)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return body.status == requests.codes.not_found and len(body.errors) > 0


def malformed_entries(answer: Answer, entries: str) -> dict[int, str]:
    """Which entries of that list in the request's body Koha could not read, by their place in it, and where in them.

    Koha validates a body as a whole before anything is done. Its wording is left out: it may quote what was sent.
    """
    if answer.status != requests.codes.bad_request:
        return {}
    found: dict[int, list[str]] = {}
    for place in _invalid_places(answer):
        match = _ENTRY.fullmatch(place.path)
        if match and match["list"] == entries:
            found.setdefault(int(match["number"]), []).append(match["inside"] or "/")
    return {number: ", ".join(dict.fromkeys(inside)) for number, inside in found.items()}


def plugin_answer(answer: Answer) -> Answer:
    """A 200 of one of the plugin's routes; PluginGone where they are no longer there."""
    if is_no_route(answer):
        raise plugin_gone(answer)
    return expect(answer)


def plugin_gone(answer: Answer) -> PluginGone:
    """The error for a plugin that was there and no longer is."""
    return PluginGone(
        f"{answer}: Koha's Cardwarden plugin was there and no longer is; "
        "see that it is installed and enabled, and restart Koha's API workers"
    )


def patron_numbers(patrons: Iterable[PatronId]) -> list[int]:
    """The patrons as Koha's own numbers, each once. What is no such number names nobody and is left out."""
    numbers = (int(patron) for patron in patrons if patron.isdecimal())
    return [number for number in dict.fromkeys(numbers) if 0 < number <= LARGEST_ID]


def groups(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The numbers in their order, so many at a time."""
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


class _Place(msgspec.Struct, frozen=True):
    path: str
    message: str = ""


class _Invalid(msgspec.Struct, frozen=True):
    """Koha's answer to what its OpenAPI description does not allow."""

    errors: tuple[_Place, ...]
    status: int


class _Forbidden(msgspec.Struct, frozen=True):
    required_permissions: dict[str, object] | list[dict[str, object]] | None = None


def _required(answer: Answer) -> str:
    """What Koha says is missing. In its list any one of them would do."""
    try:
        said = msgspec.json.decode(answer.body, type=_Forbidden).required_permissions
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    one_of = said if isinstance(said, list) else [said or {}]
    named = [", ".join(f"{module}: {_subs(subs)}" for module, subs in one.items()) for one in one_of if one]
    return f" and asks for {' or '.join(named)}" if named else ""


def _subs(subs: object) -> str:
    """One module's permissions; 1 stands for all of it."""
    if isinstance(subs, list):
        return " and ".join(map(str, subs))
    return "all of it" if str(subs) == "1" else str(subs)


def _also(asked: str) -> str:
    return " and borrowers: list_borrowers" if "list_borrowers" in asked else ""


def _places(answer: Answer) -> str:
    """Where a request did not fit, by JSON pointer. Koha's wording is left out: it may quote what was sent."""
    places = _invalid_places(answer)
    return f": it does not accept {', '.join(place.path for place in places)}" if places else ""


def _invalid_places(answer: Answer) -> tuple[_Place, ...]:
    try:
        return msgspec.json.decode(answer.body, type=_Invalid).errors
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
