"""Settings and policy as the daemon holds them: a valid change counts from the next cycle, a broken one never."""

from dataclasses import dataclass, replace
from typing import Final

from sidecar import wiring
from sidecar.errors import PolicyError, SettingsError
from sidecar.language import ENGLISH
from sidecar.policy import LoadedPolicy
from sidecar.settings import LoadedSettings, Settings, load_settings

LIVE: Final = ("policy", "koha", "schedule", "brakes", "scope", "collection", "gates", "verify", "alerts", "report")
"""What of the settings can change while the daemon runs."""

FIXED: Final = tuple(name for name in Settings.model_fields if name not in LIVE)
"""What needs a restart."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What reading the settings again has changed, and what would need a restart."""

    changed: tuple[str, ...] = ()
    need_restart: tuple[str, ...] = ()


class LiveConfiguration:
    """Holds the last settings and the last policy that could be used, and why the files' present state is not."""

    def __init__(self, loaded: LoadedSettings) -> None:
        """Load the policy for the first time: raises PolicyError, for there is none to fall back on."""
        self.loaded = loaded
        self._policy_file = wiring.policy_file(loaded)
        self.policy: LoadedPolicy = wiring.policy_at(self._policy_file, loaded)
        self._settings_are_new = False
        self.policy_refused: str | None = None
        self.settings_refused: str | None = None

    @property
    def language(self) -> str:
        """The language of mails, alerts and pages."""
        return self.loaded.settings.report.language or ENGLISH

    def refresh_policy(self) -> bool:
        """Read the policy again; whether its meaning has changed. A broken one leaves all as it was.

        It is read where it was: a file that is gone for a moment never lets the next one in the search stand in. One
        that says the same is not made into rules anew: there is a cycle every minute, or oftener.
        """
        try:
            if self._settings_are_new:
                fresh = wiring.policy_at(self._policy_file, self.loaded)
            else:
                fresh = wiring.policy_read_again(self._policy_file, self.loaded, self.policy)
        except PolicyError as error:
            self.policy_refused = str(error)
            return False
        self.policy_refused, self._settings_are_new = None, False
        changed = fresh.policy.digest != self.policy.policy.digest
        self.policy = fresh
        return changed

    def reload_settings(self) -> Reloaded:
        """Read the settings again. Broken ones leave all as it was."""
        try:
            fresh = load_settings(self.loaded.file)
            fresh.client_secret()
            fresh.mail_password()
            fresh.ping_url()
        except SettingsError as error:
            self.settings_refused = str(error)
            return Reloaded()
        self.settings_refused, self._settings_are_new = None, True
        changed, fixed = (_differing(self.loaded.settings, fresh.settings, names) for names in (LIVE, FIXED))
        kept = {name: getattr(self.loaded.settings, name) for name in FIXED}
        self.loaded = replace(fresh, settings=fresh.settings.model_copy(update=kept))
        if "policy" in changed:
            self._policy_file = wiring.policy_file(self.loaded)
        return Reloaded(changed, fixed)


def _differing(one: Settings, other: Settings, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))
