"""Campaigns for programs: what is proposed, decided, stopped and tried; what was said to customers."""

from enscene.api.campaigns.serve import CampaignsDoor

__all__ = ["CampaignsDoor"]
