"""What a policy would have earned, judged from what another one did and wrote down."""

from enscene.engagement.off_policy.compare import Comparison, compare_policies
from enscene.engagement.off_policy.estimate import (
    EFFECTIVE_LEAST,
    Estimate,
    Logged,
    effective_sample,
    estimate_dm,
    estimate_dr,
    estimate_ips,
    estimate_snips,
)

__all__ = [
    "EFFECTIVE_LEAST",
    "Comparison",
    "Estimate",
    "Logged",
    "compare_policies",
    "effective_sample",
    "estimate_dm",
    "estimate_dr",
    "estimate_ips",
    "estimate_snips",
]
