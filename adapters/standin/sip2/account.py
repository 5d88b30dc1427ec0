"""The SIP account that a terminal logs in with, as Koha's SIPconfig.xml has it."""

from dataclasses import dataclass, field
from typing import Final

INSTITUTION: Final = "CARDWARDEN"


@dataclass(frozen=True, slots=True)
class Account:
    """One `<login>` of the configuration. `encoding` None: Koha then sends what Perl makes of it."""

    user: str = "selfcheck"
    password: str = field(default="selfcheck-pin", repr=False)
    institution: str = INSTITUTION
    encoding: str | None = "utf8"
    terminator: str = "\r\n"
    overdues_block_checkout: bool = False
