"""The plugin's `GET /status`, in both versions of docs/plugin-api.md."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from starlette.responses import Response

from adapters.standin.http.answers import answer
from adapters.standin.http.operations import Call
from adapters.standin.library.holdings import NAMED, Holdings
from adapters.standin.library.names import PREFERENCES, PREFERENCES_OF_VERSION_1, STATISTICAL
from adapters.standin.library.records import CategoryLimits
from adapters.standin.plugin.parts import PARTS
from adapters.standin.plugin.reading import BEFORE_PAGES

PLUGIN_VERSIONS: Final = {1: "1.0.0", 2: "1.1.0", 3: "1.2.2"}
"""By the version of the contract that they speak."""
KOHA_VERSION: Final = "23.05.04.000"


def status(call: Call) -> Response:
    """Versions, clock, counts, registered types, what a policy may name, and the preferences that matter."""
    library = call.library
    anonymous = library.preferences.get("AnonymousPatron", "")
    said: dict[str, object] = {
        "plugin_version": PLUGIN_VERSIONS[library.contract],
        "api_version": library.contract,
        "koha_version": KOHA_VERSION,
        "installation_id": library.installation_id,
        "database_time": library.now(),
        "time_zone": str(library.clock.zone),
        "currency": library.currency,
        "patron_count": len(library.patrons),
        "paused": library.paused,
        "writer": library.writer,
        "api_user_id": call.key.patron_id,
        "anonymous_patron_id": int(anonymous) if anonymous.isdecimal() and int(anonymous) else None,
        "statistical_categories": sorted(name for name, kind in library.categories.items() if kind == STATISTICAL),
        "types": _types(library),
    }
    if library.contract == 1:
        return answer(said | {"preferences": _preferences(library, PREFERENCES_OF_VERSION_1)})
    named = {table: sorted(getattr(library, table)) for table in NAMED}
    if library.contract > BEFORE_PAGES:
        said["parts"] = list(PARTS)
    return answer(
        said | named | {"preferences": _preferences(library, PREFERENCES), "categories": _categories(library)}
    )


def _types(library: Holdings) -> list[dict[str, object]]:
    today = library.today()
    tally = {code: [0, 0] for code in library.registered}
    for patron in library.patrons.values():
        for row in patron.restrictions:
            if row.type in tally:
                tally[row.type][0] += 1
                tally[row.type][1] += row.in_force(today)
    return [
        {"type": code, "exists": code in library.restriction_types, "rows": rows, "in_force": in_force}
        for code, (rows, in_force) in sorted(tally.items())
    ]


def _preferences(library: Holdings, names: Iterable[str]) -> dict[str, str]:
    return {name: library.preferences[name] for name in names if name in library.preferences}


def _categories(library: Holdings) -> list[dict[str, str | None]]:
    none = CategoryLimits()
    found = ((code, kind, library.category_limits.get(code, none)) for code, kind in sorted(library.categories.items()))
    return [
        {
            "id": code,
            "type": kind,
            "fines_limit": _two_decimals(limits.fines),
            "guarantees_limit": _two_decimals(limits.guarantees),
            "guarantors_limit": _two_decimals(limits.guarantors),
        }
        for code, kind, limits in found
    ]


def _two_decimals(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
