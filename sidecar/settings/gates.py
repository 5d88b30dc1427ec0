"""The tables `[gates.NAME]` of the settings file, as frozen values; `docs/settings.md` is written from them."""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from sidecar.settings.addresses import is_loopback_host
from sidecar.settings.sections import Section
from sidecar.settings.values import FilePath, Host, Text, WebAddress


class GateKind(StrEnum):
    """How a gate is spoken to."""

    SIP2 = "sip2"
    ILSDI = "ilsdi"


GATE_KEYS: Final = {
    GateKind.SIP2: frozenset({"host", "port", "user", "password", "password_file", "institution", "location"})
    | {"encoding", "tls", "allow_plain", "details"},
    GateKind.ILSDI: frozenset({"url", "allow_plain_http"}),
}
"""The keys that only one kind of gate has."""


class GateSettings(Section):
    """A gate by a name of your own: a place where patrons meet Koha, which `cardwarden verify` asks about cards."""

    kind: GateKind | None = Field(
        default=None,
        description="`sip2` (self-checks, digital services) or `ilsdi` (apps). Not needed where the gate's name is one "
        "of them.",
        examples=["sip2"],
    )
    timeout: float = Field(
        default=10.0, gt=0, le=120, description="Seconds to wait for a connection, and for each answer."
    )
    ca_file: FilePath | None = Field(
        default=None, description="Certificates to trust in place of the system's, for an inner CA."
    )
    host: Host | None = Field(default=None, description="`sip2`: the SIP server.", examples=["sip.example.org"])
    port: int = Field(default=6001, ge=1, le=65535, description="`sip2`: its port with the raw transport.")
    user: Text | None = Field(
        default=None, description="`sip2`: log in as this SIP account. Without it no login is sent.", examples=["check"]
    )
    password: SecretStr | None = Field(
        default=None, description="`sip2`: the account's password. Better kept in a file: `password_file`."
    )
    password_file: FilePath | None = Field(
        default=None,
        description="`sip2`: a file that holds the password alone.",
        examples=["/run/secrets/gate_sip2_password"],
    )
    institution: Text | None = Field(
        default=None,
        description="`sip2`: the institution id that the account has; a gate with another one is refused. By default "
        "the gate's own is taken.",
        examples=["MAIN"],
    )
    location: str = Field(default="", description="`sip2`: the location code that is sent with the login.")
    encoding: Literal["utf8", "cp850", "latin1"] = Field(
        default="utf8", description="`sip2`: how the gate writes letters: `utf8`, `cp850` or `latin1`."
    )
    tls: bool = Field(default=False, description="`sip2`: encrypt; the server's certificate is checked.")
    allow_plain: bool = Field(
        default=False,
        description="`sip2`: send card numbers and the password unencrypted to another machine, through a network "
        "that nobody else reads. Loopback needs no permission.",
    )
    details: bool = Field(
        default=False,
        description="`sip2`: ask by message 63 in place of 23, for gates that take no 23 without a PIN. Koha then "
        "notes each patron asked about as seen today, if `TrackLastPatronActivity` is on.",
    )
    url: WebAddress | None = Field(
        default=None, description="`ilsdi`: the OPAC's address.", examples=["https://opac.example.org"]
    )
    allow_plain_http: bool = Field(
        default=False,
        description="`ilsdi`: let names of patrons come over plain http from another machine. Loopback needs no "
        "permission.",
    )

    @model_validator(mode="after")
    def _is_one_of_its_kind(self) -> Self:
        """A gate has what its kind needs, and nothing of another kind."""
        if self.kind is None:
            raise ValueError('is a name that does not tell the kind; say kind = "sip2" or kind = "ilsdi"')
        others = [key for kind, keys in GATE_KEYS.items() if kind is not self.kind for key in sorted(keys)]
        if strange := [key for key in others if key in self.model_fields_set]:
            raise ValueError(f"has {', '.join(strange)}, which a gate of kind {self.kind} has not; remove it")
        needed = {GateKind.SIP2: "host", GateKind.ILSDI: "url"}[self.kind]
        if getattr(self, needed) is None:
            raise ValueError(f"has no {needed}; write it")
        if self.kind is GateKind.SIP2 and not (self.tls or self.allow_plain or is_loopback_host(self.host or "")):
            raise ValueError(
                f"would send card numbers to {self.host} unencrypted; "
                "set tls, or allow_plain if nobody else reads that network"
            )
        return self


def _told_by_name(gates: object) -> object:
    """A gate whose name is a kind is of that kind, unless it says otherwise."""
    if not isinstance(gates, dict):
        return gates
    kinds = {kind.value for kind in GateKind}
    return {
        name: {"kind": name, **gate} if name in kinds and isinstance(gate, dict) else gate
        for name, gate in gates.items()
    }


GatesSettings = Annotated[dict[str, GateSettings], BeforeValidator(_told_by_name)]
