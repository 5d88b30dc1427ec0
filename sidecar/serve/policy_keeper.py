"""The policy as the daemon holds it: a valid change of the file counts from the next cycle, a broken one never."""

from collections.abc import Callable

from sidecar.errors import PolicyError
from sidecar.policy import LoadedPolicy


class PolicyKeeper:
    """Keeps the last policy that could be loaded. `refused` is why the file's present state is not in use."""

    def __init__(self, load: Callable[[], LoadedPolicy]) -> None:
        """Load it for the first time: raises PolicyError, for there is none to fall back on."""
        self._load = load
        self.current = load()
        self.refused: str | None = None

    def refresh(self) -> bool:
        """Read the file again; whether its meaning has changed. A broken file leaves all as it was."""
        try:
            fresh = self._load()
        except PolicyError as error:
            self.refused = str(error)
            return False
        self.refused = None
        changed = fresh.policy.digest != self.current.policy.digest
        self.current = fresh
        return changed
