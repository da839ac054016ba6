"""Moments: when the bank may speak, what it offers to whom, and why."""

from enscene.engagement.moments import Moments, subjects_of
from enscene.engagement.react import reactor_of

__all__ = ["Moments", "reactor_of", "subjects_of"]
