"""The collection office."""

from collections.abc import Mapping
from typing import Protocol

from sidecar.core.model import AgencyReport, PatronId


class CollectionOffice(Protocol):
    """What the collection office says."""

    def reports(self) -> Mapping[PatronId, AgencyReport]:
        """Claims reported as paid in full."""
