"""The policy file: `policy.toml` -> the rules of the core, or every mistake with its place in the file."""

from sidecar.policy.edits import Curve, Edit, read_curve, read_edit
from sidecar.policy.explain import describe_policy
from sidecar.policy.file.mistakes import PolicyMistakes
from sidecar.policy.load import LoadedPolicy, load_policy, parse_policy
from sidecar.policy.reference import render_policy_reference
from sidecar.policy.screens import screen_lines, screen_warnings
from sidecar.toml.mistakes import Mistake

__all__ = [
    "Curve",
    "Edit",
    "LoadedPolicy",
    "Mistake",
    "PolicyMistakes",
    "describe_policy",
    "load_policy",
    "parse_policy",
    "read_curve",
    "read_edit",
    "render_policy_reference",
    "screen_lines",
    "screen_warnings",
]
