"""Values of the desk as a digest: equal values have the same, in every process."""

from hashlib import sha256
from typing import Final

import msgspec

from sidecar import __version__

_encode: Final = msgspec.json.Encoder(order="deterministic", enc_hook=str).encode


def digest_of_values(*values: object) -> str:
    """SHA-256, hex, of these values and of the program that words them."""
    return sha256(_encode((__version__, *values))).hexdigest()
