"""What the cycle needs of the world: an ILS, a journal, a clock, a collection office, gates."""

from sidecar.ports.claims import ClaimJournal, FileIn, FileOut, StepRecord
from sidecar.ports.clock import Clock
from sidecar.ports.gates import Card, Gate
from sidecar.ports.ils import (
    TOLD_AT_ONCE,
    Category,
    IlsStatus,
    Outcome,
    Progress,
    Pull,
    RegisteredType,
    Result,
    Source,
    Target,
    Telling,
)
from sidecar.ports.journal import Journal
from sidecar.ports.office import CollectionOffice, Contacts, Office, Profile
from sidecar.ports.records import (
    ActRecord,
    Approval,
    ChangeRecord,
    CycleOutcome,
    CycleRecord,
    History,
    Intent,
    Mode,
    PersonalAct,
    ReleaseRecord,
    Seat,
    TakenRelease,
    ToldAnswer,
)

__all__ = [
    "TOLD_AT_ONCE",
    "ActRecord",
    "Approval",
    "Card",
    "Category",
    "ChangeRecord",
    "ClaimJournal",
    "Clock",
    "CollectionOffice",
    "Contacts",
    "CycleOutcome",
    "CycleRecord",
    "FileIn",
    "FileOut",
    "Gate",
    "History",
    "IlsStatus",
    "Intent",
    "Journal",
    "Mode",
    "Office",
    "Outcome",
    "PersonalAct",
    "Profile",
    "Progress",
    "Pull",
    "RegisteredType",
    "ReleaseRecord",
    "Result",
    "Seat",
    "Source",
    "StepRecord",
    "TakenRelease",
    "Target",
    "Telling",
    "ToldAnswer",
]
