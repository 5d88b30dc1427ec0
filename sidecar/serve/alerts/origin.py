"""From whom a message is: which library, and which installation of Cardwarden."""

import socket
from dataclasses import dataclass

from sidecar.settings import LoadedSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """The library as the policy calls it, and what the installation is called: a test and the real one, two libraries
    of one house."""

    library: str
    instance: str

    def __str__(self) -> str:
        return f"{self.library} ({self.instance})"


def origin_of(loaded: LoadedSettings, library: str) -> Origin:
    """As the settings call the installation, else the host's name."""
    return Origin(library, loaded.settings.report.instance or socket.gethostname())
