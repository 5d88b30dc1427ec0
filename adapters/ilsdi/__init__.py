"""The gate as apps see it, by ILS-DI: Koha's service for other programs. Read only, and never with a patron's PIN."""

from adapters.ilsdi.gate import IlsDiGate

__all__ = ["IlsDiGate"]
