"""The policy and the orders of the settings. No adapter is imported for them."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from sidecar.policy import Edit, LoadedPolicy, load_policy
from sidecar.policy.file.document import read_text
from sidecar.settings import LoadedSettings


def policy_file(loaded: LoadedSettings) -> Path:
    """The policy that the settings name, else `policy.toml` beside the settings file. Only where there is no settings
    file at all it is the one that comes with Cardwarden: a policy file that is missing never becomes another one."""
    if loaded.settings.policy is not None:
        return loaded.resolve(loaded.settings.policy)
    return default_policy_file() if loaded.file is None else loaded.file.parent / "policy.toml"


def default_policy_file() -> Path:
    """The policy that comes with Cardwarden: packed into the wheel, or `config/` of a clone."""
    packed = Path(str(files("sidecar"))) / "defaults" / "policy.toml"
    return packed if packed.is_file() else Path(__file__).parents[2] / "config" / "policy.toml"


def policy_of(loaded: LoadedSettings) -> LoadedPolicy:
    """The policy, fit to be run. Raises PolicyError."""
    return policy_at(policy_file(loaded), loaded)


def policy_read_again(path: Path, loaded: LoadedSettings, before: LoadedPolicy) -> LoadedPolicy:
    """The policy in this very file; the one before, which was read under the same settings, if it says the same. Raises
    PolicyError."""
    return before if read_text(path) == before.text else policy_at(path, loaded)


def policy_at(path: Path, loaded: LoadedSettings, edits: Sequence[Edit] = ()) -> LoadedPolicy:
    """The policy in this very file, fit to be run under these settings, as it would be with the edits. Raises
    PolicyError."""
    return load_policy(path, collection_office=loaded.settings.collection.answers, edits=edits)
