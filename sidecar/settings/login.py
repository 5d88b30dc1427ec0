"""The table `[login]` of the settings file: who may see persons on the daemon's page, and who may act there."""

import ipaddress
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from sidecar.settings.addresses import keeps_its_secret
from sidecar.settings.sections import Section
from sidecar.settings.values import Duration, FilePath, Text, WebAddress

EVERYBODY: Final = "*"
"""Among `look`: whoever the provider or the proxy lets in."""

_OF_A_PROVIDER: Final = ("client_id", "client_secret", "client_secret_file")


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip("[]"))
    except ValueError:
        raise ValueError(
            "is no IP address and no network; write one such as 127.0.0.1, 10.1.2.3 or 10.1.2.0/24"
        ) from None
    if network.prefixlen == 0:
        raise ValueError("is everybody's address; write the proxy's own")
    return text


def _header(text: str) -> str:
    if not all(sign.isascii() and (sign.isalnum() or sign == "-") for sign in text):
        raise ValueError("is no name of a header; write one such as X-Remote-User")
    return text


Network = Annotated[Text, AfterValidator(_network)]
HeaderName = Annotated[Text, AfterValidator(_header)]


class LoginSettings(Section):
    """Who may see persons on the daemon's page and who may act there (docs/page.md). Without it nobody can do either.

    People log in with an OpenID Connect provider (`issuer`), or a reverse proxy says who they are (`header`).
    """

    issuer: WebAddress | None = Field(
        default=None,
        description="The OpenID Connect provider, as it names itself. `https`, or `http` on this machine.",
        examples=["https://login.example.org/realms/library"],
    )
    client_id: Text | None = Field(
        default=None, description="By which name the provider knows this page.", examples=["cardwarden"]
    )
    client_secret: SecretStr | None = Field(
        default=None, description="The secret that goes with it. Better kept in a file: `client_secret_file`."
    )
    client_secret_file: FilePath | None = Field(
        default=None,
        description="A file that holds the secret alone.",
        examples=["/run/secrets/login_client_secret"],
    )
    address: WebAddress | None = Field(
        default=None,
        description="The page's own address, as browsers see it; its host name is answered to. With `signed-in` after "
        "it, it is what the provider sends people back to. `https`, or `http` on this machine.",
        examples=["https://cardwarden.library.example.org"],
    )
    ca_file: FilePath | None = Field(
        default=None, description="Certificates to trust in place of the system's, for a provider with an inner CA."
    )
    scopes: tuple[Text, ...] = Field(
        default=("openid", "profile", "email"), description="What the provider is asked for; `openid` must be in it."
    )
    name_claim: Text = Field(
        default="preferred_username",
        description="Which claim names the person: by it `look` and `act` know them, and the journal keeps it. `email` "
        "counts only if the provider says that it is verified.",
    )
    groups_claim: Text = Field(default="groups", description="Which claim lists the person's groups.")
    header: HeaderName | None = Field(
        default=None,
        description="In place of `issuer`: the header in which a reverse proxy says who asks. The proxy must set it "
        "itself, and take away what a browser sends under that name.",
        examples=["X-Remote-User"],
    )
    groups_header: HeaderName | None = Field(
        default=None,
        description="The header with the person's groups, with commas between them.",
        examples=["X-Remote-Groups"],
    )
    proxies: tuple[Network, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="From which addresses the header is believed. With a `listen.token` the proxy must send that too.",
        examples=[["10.1.2.3"]],
    )
    look: tuple[Text, ...] = Field(
        default=(),
        description="Who may see persons, by name; `*` is everybody who can log in.",
        examples=[["ab", "cd"]],
    )
    look_groups: tuple[Text, ...] = Field(default=(), description="The same by group.", examples=[["library-staff"]])
    act: tuple[Text, ...] = Field(
        default=(), description="Who may act too, by name. Whoever may act may look.", examples=[["ab"]]
    )
    act_groups: tuple[Text, ...] = Field(default=(), description="The same by group.", examples=[["library-it"]])
    lasts: Duration = Field(default="8h", description="How long a login lasts; a restart of the daemon ends all.")

    @property
    def is_on(self) -> bool:
        """Whether anybody can log in at all."""
        return self.issuer is not None or self.header is not None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """One way in, with all that it needs, and somebody who may use it."""
        if not self.is_on:
            if any(getattr(self, name) != field.default for name, field in type(self).model_fields.items()):
                raise ValueError("says of nobody how they log in; write `issuer`, or `header` behind a proxy")
            return self
        if self.issuer is not None and self.header is not None:
            raise ValueError("says two ways in; write either `issuer` or `header`")
        if not (self.look or self.look_groups or self.act or self.act_groups):
            raise ValueError("lets nobody do anything; name somebody in `look`, `act` or their groups")
        if EVERYBODY in {*self.act, *self.act_groups}:
            raise ValueError("would let everybody act; name people in `act`, or a group in `act_groups`")
        if self.address is not None and not keeps_its_secret(self.address):
            raise ValueError("would send logins in the clear; begin `address` with https://")
        return self._of_its_way()

    def _of_its_way(self) -> Self:
        if self.issuer is None:
            if strange := [key for key in _OF_A_PROVIDER if getattr(self, key) is not None]:
                raise ValueError(f"has {', '.join(strange)}, which a proxy's header does not need; remove it")
            return self
        if self.groups_header is not None:
            raise ValueError("has groups_header, which is a proxy's; remove it")
        if missing := [key for key in ("client_id", "address") if getattr(self, key) is None]:
            raise ValueError(f"has an issuer and no {' and no '.join(missing)}; write it")
        if not keeps_its_secret(self.issuer):
            raise ValueError("would send the secret in the clear; begin `issuer` with https://")
        if "openid" not in self.scopes:
            raise ValueError("asks for no `openid`; add it to `scopes`")
        return self
