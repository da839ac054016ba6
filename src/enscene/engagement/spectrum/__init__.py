"""The spectrum fed from the log: what acts tell, when preferences change, and what is withdrawn."""

from enscene.engagement.spectrum.clock import SpectrumClock
from enscene.engagement.spectrum.feed import FeedSpectrum
from enscene.engagement.spectrum.withdraw import clear_what_rests, follow_consent, forget_customer

__all__ = [
    "FeedSpectrum",
    "SpectrumClock",
    "clear_what_rests",
    "follow_consent",
    "forget_customer",
]
