"""Decisions: of all that might be said to a customer at a moment at most one thing, and why.

Pure: no database, no clock, no chance but that of the decision's id. Times are microseconds UTC.
"""

from enscene.engagement.decisions.contacts import RING, Contact, Contacts, Outcome
from enscene.engagement.decisions.decide import decide
from enscene.engagement.decisions.decision import Decision, Reason, Weighed
from enscene.engagement.decisions.lot import EVERYWHERE, holdout_of
from enscene.engagement.decisions.model import DRAWS, Chances, Model
from enscene.engagement.decisions.offer import Offer
from enscene.engagement.decisions.policy import Cap, ContactPolicy, Fatigue, Quiet
from enscene.engagement.decisions.standing import Standing
from enscene.engagement.decisions.suppress import may_still_say

__all__ = [
    "DRAWS",
    "EVERYWHERE",
    "RING",
    "Cap",
    "Chances",
    "Contact",
    "ContactPolicy",
    "Contacts",
    "Decision",
    "Fatigue",
    "Model",
    "Offer",
    "Outcome",
    "Quiet",
    "Reason",
    "Standing",
    "Weighed",
    "decide",
    "holdout_of",
    "may_still_say",
]
