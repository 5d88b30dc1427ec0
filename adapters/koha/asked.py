"""What of a policy's needs the plugin is asked for: what it says that it can tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sidecar.core.needs import NOTHING, Needs, Part


@dataclass(frozen=True, slots=True)
class Asked:
    """The parts that the plugin knows, by its status, and what the policy needs now. The etag covers what is asked for,
    so reads and writes say the same."""

    known: frozenset[str]
    needs: Callable[[], Needs]

    def in_query(self) -> dict[str, str]:
        """As texts with commas, for an address; nothing where nothing is asked for."""
        return {name: ",".join(words) for name, words in self.in_body().items()}

    def in_body(self) -> dict[str, list[str]]:
        """As lists, for a body; nothing where nothing is asked for."""
        needs = self.needs()
        parts: list[str] = sorted(str(part) for part in needs.parts if part in self.known)
        if not parts:
            return {}
        asked: dict[str, list[str]] = {"with": [*parts]}
        if Part.ATTRIBUTES.value in parts:
            asked["attributes"] = sorted(needs.attributes)
        return asked


def _nothing() -> Needs:
    return NOTHING


ASKED_NOTHING: Final = Asked(frozenset(), _nothing)
