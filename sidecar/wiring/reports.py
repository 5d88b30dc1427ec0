"""What the settings tell a report besides the cycle."""

from adapters.koha.staff_pages import patron_page
from sidecar.language import _
from sidecar.report import Beside
from sidecar.settings import LoadedSettings


def beside_of(loaded: LoadedSettings) -> Beside:
    """Where patrons are linked to, and which gates there are: a cycle asks none of them."""
    staff_url = loaded.settings.koha.staff_url
    return Beside(
        patron_page=None if staff_url is None else patron_page(staff_url),
        gates=tuple(
            _("Gate {gate}: a cycle does not ask it; `cardwarden verify` does.", gate=name)
            for name in loaded.settings.gates
        ),
    )
