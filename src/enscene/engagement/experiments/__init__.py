"""What a campaign has brought: groups that were drawn by lot, compared without fooling oneself.

Groups are given as sums, which add up over days, shards and pages: nobody's value is kept.
"""

from enscene.engagement.experiments.check_ratio import SplitCheck, check_ratio
from enscene.engagement.experiments.check_split import AgainstItself, check_split
from enscene.engagement.experiments.compare_groups import (
    Difference,
    compare_groups,
    reduced_by,
    size_of_group,
)
from enscene.engagement.experiments.sums import Sums
from enscene.engagement.experiments.watch_experiment import Plan, Standing, watch_experiment

__all__ = [
    "AgainstItself",
    "Difference",
    "Plan",
    "SplitCheck",
    "Standing",
    "Sums",
    "check_ratio",
    "check_split",
    "compare_groups",
    "reduced_by",
    "size_of_group",
    "watch_experiment",
]
