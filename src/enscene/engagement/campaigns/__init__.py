"""Campaigns: what the bank wants to say to whom at which moments of all scenes, within which rules."""

from enscene.engagement.campaigns.campaign import Campaign, CampaignBody, Kept, kinds_of
from enscene.engagement.campaigns.conflicts import Conflict, find_conflicts
from enscene.engagement.campaigns.contact_rules import DEFAULT_RULES, ContactRules
from enscene.engagement.campaigns.decide_campaign import decide_campaign, stop_campaign
from enscene.engagement.campaigns.propose_campaign import propose_campaign, propose_rules
from enscene.engagement.campaigns.store import list_campaigns, read_rules

__all__ = [
    "DEFAULT_RULES",
    "Campaign",
    "CampaignBody",
    "Conflict",
    "ContactRules",
    "Kept",
    "decide_campaign",
    "find_conflicts",
    "kinds_of",
    "list_campaigns",
    "propose_campaign",
    "propose_rules",
    "read_rules",
    "stop_campaign",
]
