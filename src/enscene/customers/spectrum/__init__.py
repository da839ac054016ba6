"""What a customer likes and thinks of, topic by topic: quantified, decaying, with its evidence."""

from enscene.customers.spectrum.band import BANDS, Band, Crossing, band_of, next_fall
from enscene.customers.spectrum.formula import Evidence, Formula, Tone, add_evidence, read_tone
from enscene.customers.spectrum.topics import GENERAL

__all__ = [
    "BANDS",
    "GENERAL",
    "Band",
    "Crossing",
    "Evidence",
    "Formula",
    "Tone",
    "add_evidence",
    "band_of",
    "next_fall",
    "read_tone",
]
