"""Customers who ask others into a scene: a code each, and who came by it, once."""

from enscene.engagement.referrals.refer import (
    CONSENT,
    DAYS,
    MOST,
    Code,
    Invitation,
    claim,
    find_invitation,
    give_code,
    read_code,
)

__all__ = [
    "CONSENT",
    "DAYS",
    "MOST",
    "Code",
    "Invitation",
    "claim",
    "find_invitation",
    "give_code",
    "read_code",
]
