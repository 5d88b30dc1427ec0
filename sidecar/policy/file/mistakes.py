"""Mistakes in a policy or in its tests; all of them at once."""

from collections.abc import Iterable

from sidecar.errors import PolicyError
from sidecar.toml.mistakes import Mistake


class PolicyMistakes(PolicyError):
    """The policy cannot be used; `mistakes` are all that is wrong with it, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
