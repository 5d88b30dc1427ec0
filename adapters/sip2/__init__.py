"""The gate as a self-check sees it, by SIP2: read only, and never with a patron's PIN."""

from adapters.sip2.gate import Sip2Gate
from adapters.sip2.options import Sip2Options

__all__ = ["Sip2Gate", "Sip2Options"]
