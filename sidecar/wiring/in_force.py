"""The policy in force, as the journal keeps it: what is gone by while the file is broken."""

from sidecar.errors import JournalError, PolicyError
from sidecar.policy import LoadedPolicy, parse_policy
from sidecar.settings import LoadedSettings
from sidecar.wiring.journals import opened_journal
from sidecar.wiring.policies import policy_file, policy_of


def policy_or_in_force(loaded: LoadedSettings) -> tuple[LoadedPolicy, str | None]:
    """The policy; while its file cannot be used, the one under which the last full cycle wrote, as the journal keeps
    it, and what is wrong with the file: nothing at the desk stops with a broken one. Raises PolicyError if none is
    kept."""
    try:
        return policy_of(loaded), None
    except PolicyError as error:
        kept = _policy_in_force(loaded)
        if kept is None:
            raise
        return kept, str(error)


def _policy_in_force(loaded: LoadedSettings) -> LoadedPolicy | None:
    try:
        with opened_journal(loaded, begin=False) as journal:
            text = journal.policy_in_force()
        answers = loaded.settings.collection.answers
        return None if text is None else parse_policy(text, str(policy_file(loaded)), collection_office=answers)
    except (JournalError, PolicyError):
        return None  # what is wrong with the file is told in its place
