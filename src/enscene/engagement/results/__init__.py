"""What became of campaigns: how often they spoke, what they cost and brought, what was learnt."""

from enscene.engagement.results.campaign_effect import (
    Compared,
    Effect,
    Extra,
    Span,
    Week,
    compare_measure,
    read_effect,
    read_effect_of,
)
from enscene.engagement.results.campaign_experiment import (
    Experiment,
    Lots,
    read_experiment,
    read_lots,
)
from enscene.engagement.results.campaign_figures import (
    CampaignFigures,
    Figures,
    read_figures,
    read_figures_of,
    taken_of,
)
from enscene.engagement.results.cycle_difference import read_difference
from enscene.engagement.results.experiment_course import Look, read_course
from enscene.engagement.results.learnt import Arm, Learnt, arms_of, read_learnt
from enscene.engagement.results.lines_together import (
    GaveWay,
    Line,
    Shared,
    Together,
    read_together,
)

__all__ = [
    "Arm",
    "CampaignFigures",
    "Compared",
    "Effect",
    "Experiment",
    "Extra",
    "Figures",
    "GaveWay",
    "Learnt",
    "Line",
    "Look",
    "Lots",
    "Shared",
    "Span",
    "Together",
    "Week",
    "arms_of",
    "compare_measure",
    "read_course",
    "read_difference",
    "read_effect",
    "read_effect_of",
    "read_experiment",
    "read_figures",
    "read_figures_of",
    "read_learnt",
    "read_lots",
    "read_together",
    "taken_of",
]
