"""Looking at the gates as they are: does what is in force for a card hold where the patron stands?

Nothing is written, neither to the ILS nor to the journal.
"""

from sidecar.verification.findings import GateFindings, Verification
from sidecar.verification.run import verify
from sidecar.verification.sampling import Everyone, Named, Sample, Selection

__all__ = ["Everyone", "GateFindings", "Named", "Sample", "Selection", "Verification", "verify"]
