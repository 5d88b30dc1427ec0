"""Everything that is to be said of a policy, settings and an ILS together, for cycles and for whoever asks first."""

from sidecar.core.brakes import Limits
from sidecar.core.policy import Policy, Scope
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.koha import koha_beside
from sidecar.fitness.names import names_match
from sidecar.fitness.rules import expired_in_scope, policy_fits_ils
from sidecar.fitness.stops import stops_fit
from sidecar.ports import IlsStatus


def fitness_of(policy: Policy, limits: Limits, scope: Scope, status: IlsStatus) -> Fitness:
    """Whether the rules can do what they say, what the ILS does beside them, and names that match nothing."""
    return (
        policy_fits_ils(policy, status)
        + expired_in_scope(policy, scope)
        + koha_beside(policy, status)
        + stops_fit(policy, status)
        + names_match(policy, limits, scope, status)
    )
