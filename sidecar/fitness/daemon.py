"""Whether a daemon would be let do its work."""

from sidecar.fitness.fitness import Fitness
from sidecar.ports import IlsStatus, Mode


def daemon_can_work(status: IlsStatus, *, mode: Mode, journal_of: str | None, instance: str) -> Fitness:
    """Whether a daemon in this mode, with this journal (its installation and its instance id), would be let do its
    work by the ILS."""
    if not status.writable:
        needed = f"Koha has no Cardwarden plugin, so mode {mode} cannot write: install it, or set mode to dry-run."
        return Fitness() if mode is Mode.DRY_RUN else Fitness(errors=(needed,))
    errors: list[str] = []
    warnings: list[str] = []
    if journal_of is not None and journal_of != status.installation_id:
        errors.append(
            f"The journal belongs to another installation ({journal_of}) than this Koha ({status.installation_id}): "
            "correct koha.url, or give this Koha a journal of its own (journal.url)."
        )
    elif other := other_writer(status, instance):
        (warnings if mode is Mode.DRY_RUN else errors).append(other)
    if status.paused:
        warnings.append("Writing is paused on the plugin's page in Koha: cycles are dry runs until it is switched on.")
    return Fitness(tuple(errors), tuple(warnings))


def other_writer(status: IlsStatus, instance: str) -> str | None:
    """That another journal is the one that writes to this ILS, if one is."""
    if status.writer in {None, instance}:
        return None
    return (
        f"Another journal ({status.writer}) wrote to this Koha last, so this one would be refused to write: stop that "
        "one, then run `cardwarden takeover`."
    )
