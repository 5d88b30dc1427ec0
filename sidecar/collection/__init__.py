"""The exchange with a collection office: a cycle of its own, after the cycles and never inside one.

What is to be told is derived from the claims, built into files, journalled, and only then sent; what the office says
is journalled with its effect before it is archived. A kill between any two steps repeats the last one, with the same
file.
"""

from sidecar.collection.byhand import release_held, take_back
from sidecar.collection.exchange import Exchanged, exchange
from sidecar.collection.hearing import Heard, hear_file, hear_office
from sidecar.collection.sending import Sent, rebuild, send_claims
from sidecar.collection.spool import Spool
from sidecar.collection.world import Exchange

__all__ = [
    "Exchange",
    "Exchanged",
    "Heard",
    "Sent",
    "Spool",
    "exchange",
    "hear_file",
    "hear_office",
    "rebuild",
    "release_held",
    "send_claims",
    "take_back",
]
