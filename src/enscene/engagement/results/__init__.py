"""What became of campaigns: how often they spoke, what they cost and brought, what was learnt."""

from enscene.engagement.results.campaign_cycle import CycleFigures, cycle_on, read_cycle
from enscene.engagement.results.campaign_experiment import Experiment, Lots, read_experiment
from enscene.engagement.results.campaign_figures import (
    CampaignFigures,
    Figures,
    read_figures,
    read_figures_of,
    taken_of,
)
from enscene.engagement.results.learnt import Arm, Learnt, arms_of, read_learnt

__all__ = [
    "Arm",
    "CampaignFigures",
    "CycleFigures",
    "Experiment",
    "Figures",
    "Learnt",
    "Lots",
    "arms_of",
    "cycle_on",
    "read_cycle",
    "read_experiment",
    "read_figures",
    "read_figures_of",
    "read_learnt",
    "taken_of",
]
