"""`python -m sidecar.policy > docs/policy.md`: write the reference of the policy file."""

import sys

from sidecar.policy.reference import render_policy_reference

sys.stdout.write(render_policy_reference())
