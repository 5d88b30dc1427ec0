"""The stand-in's gate: SIP2 as a Koha 23.05 speaks it, over the same library as its REST API."""

from adapters.standin.sip2.server import StandinGate

__all__ = ["StandinGate"]
