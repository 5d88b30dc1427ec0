"""The gates of the settings."""

from adapters.http import HttpOptions
from adapters.ilsdi import IlsDiGate
from adapters.sip2 import Sip2Gate, Sip2Options
from sidecar.errors import NoGate
from sidecar.ports import Gate
from sidecar.settings import GateKind, GateSettings, LoadedSettings


def gates_of(loaded: LoadedSettings, only: str | None = None) -> tuple[Gate, ...]:
    """The gates of the settings, or the one of that name. Raises NoGate and SettingsError."""
    configured = loaded.settings.gates
    if not configured:
        raise NoGate(
            "No gate is configured: describe one in the settings under [gates.sip2] or [gates.ilsdi] (docs/gates.md)."
        )
    if only is not None and only not in configured:
        raise NoGate(f"No gate is called {only}. In the settings: {', '.join(sorted(configured))}.")
    return tuple(_gate(name, gate, loaded) for name, gate in configured.items() if only in {None, name})


def _gate(name: str, gate: GateSettings, loaded: LoadedSettings) -> Gate:
    ca_file = None if gate.ca_file is None else loaded.resolve(gate.ca_file)
    if gate.kind is GateKind.ILSDI:
        options = HttpOptions(
            connect_timeout=gate.timeout,
            read_timeout=gate.timeout,
            ca_file=ca_file,
            allow_plain_http=gate.allow_plain_http,
        )
        return IlsDiGate(name, gate.url or "", options)
    return Sip2Gate(
        name,
        Sip2Options(
            host=gate.host or "",
            port=gate.port,
            user=gate.user,
            password=loaded.gate_password(name),
            institution=gate.institution,
            location=gate.location,
            encoding=gate.encoding,
            tls=gate.tls,
            details=gate.details,
            ca_file=ca_file,
            timeout=gate.timeout,
        ),
    )
