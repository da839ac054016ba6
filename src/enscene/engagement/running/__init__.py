"""Campaigns at work: the engine of moments on the log of a shard, with its states in the database."""

from enscene.engagement.running.campaign_clock import CampaignClock
from enscene.engagement.running.campaign_reader import CampaignReader
from enscene.engagement.running.desk import Desks
from enscene.engagement.running.preview import DAYS_MOST, Preview, preview_campaign

__all__ = [
    "DAYS_MOST",
    "CampaignClock",
    "CampaignReader",
    "Desks",
    "Preview",
    "preview_campaign",
]
