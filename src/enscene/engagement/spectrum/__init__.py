"""The spectrum fed from the log: what acts tell, when preferences change, and what is withdrawn."""

from enscene.engagement.spectrum.clock import SpectrumClock
from enscene.engagement.spectrum.feed import CONSENT, FeedSpectrum
from enscene.engagement.spectrum.withdraw import clear_what_rests, follow_consent, forget_customer

__all__ = [
    "CONSENT",
    "FeedSpectrum",
    "SpectrumClock",
    "clear_what_rests",
    "follow_consent",
    "forget_customer",
]
