"""The stand-in Koha."""

from adapters.standin.command import gate_exports
from adapters.standin.command import run as serve_standin_command
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from adapters.standin.sip2 import StandinGate
from sidecar.errors import SettingsError

__all__ = ["Library", "StandinGate", "StandinKoha", "build_library", "serve_standin", "standin_exports"]


def standin_exports(koha: StandinKoha, gate: StandinGate) -> list[str]:
    """The shell lines with which the other commands reach a stand-in and its gate."""
    return [
        f"export CARDWARDEN_KOHA__URL={koha.url}",
        f"export CARDWARDEN_KOHA__CLIENT_ID={koha.client_id}",
        f"export CARDWARDEN_KOHA__CLIENT_SECRET={koha.client_secret}",
        *gate_exports(gate),
    ]


def serve_standin(*, patrons: int, port: int, sip_port: int, plugin: bool, faults: list[str], seed: int) -> None:
    """Serve a stand-in Koha until told to stop. Raises SettingsError for a fault that does not exist."""
    try:
        serve_standin_command(patrons, port, sip_port, plugin, faults, seed)
    except (ValueError, OSError) as error:
        raise SettingsError(f"the stand-in cannot start: {error}") from None
