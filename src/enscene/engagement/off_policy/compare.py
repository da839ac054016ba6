"""Whether a policy would earn more than the one that was logged: yes, no, or it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from enscene.engagement.off_policy.estimate import (
    Estimate,
    Logged,
    estimate_dr,
    estimate_ips,
    gained,
    weights_of,
)

Verdict: TypeAlias = Literal["better", "worse", "untold"]
Why: TypeAlias = Literal["", "effective", "interval"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gain` is what a decision of the judged policy earns more than one of the logged; `verdict`
    is `untold` where `why` says that too little is behind it, or where the interval holds 0."""

    logged: Estimate
    judged: Estimate
    gain: Estimate
    verdict: Verdict
    why: Why


def compare_policies(rows: Sequence[Logged], *, modelled: bool = False) -> Comparison:
    """Compare on the same decisions, so that what both share falls out. `modelled`: doubly robust,
    by what the rows foretell; else by inverse propensities. Raises: Invalid."""
    judged = estimate_dr(rows) if modelled else estimate_ips(rows)
    logged = Estimate.of([row.reward for row in rows], [1.0] * len(rows))
    gain = Estimate.of(
        [gained(row) if modelled else row.reward * (row.weight - 1.0) for row in rows],
        weights_of(rows),
    )
    # One decision that carries a tenth of all weight alone leaves fewer than these effective.
    held = gain.low <= 0 <= gain.high
    why: Why = "effective" if not gain.concludes else "interval" if held else ""
    verdict: Verdict = "untold" if why else "better" if gain.low > 0 else "worse"
    return Comparison(logged, judged, gain, verdict, why)
