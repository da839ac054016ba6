"""Moments: when the bank may speak, what it offers to whom, and why."""

from enscene.engagement.erase_customer import erase_again, erase_customer
from enscene.engagement.moments import Moments, subjects_of
from enscene.engagement.react import reactor_of
from enscene.engagement.say_consent import say_consent, withdraw_consent

__all__ = [
    "Moments",
    "erase_again",
    "erase_customer",
    "reactor_of",
    "say_consent",
    "subjects_of",
    "withdraw_consent",
]
