"""What a customer likes and thinks of, topic by topic: quantified, decaying, with its evidence."""

from enscene.customers.spectrum.band import BANDS, Band, Crossing, band_of, next_fall
from enscene.customers.spectrum.formula import (
    Evidence,
    Formula,
    Tone,
    add_evidence,
    join_tones,
    preference_of,
    read_tone,
)
from enscene.customers.spectrum.keep import Piece, clear_spectrum, keep_pieces, settle_falls
from enscene.customers.spectrum.read import Preference, Shown, read_spectrum, source_of
from enscene.customers.spectrum.store import (
    Change,
    Subject,
    Where,
    close_scene,
    lock_spectrum,
    open_scene,
)
from enscene.customers.spectrum.topics import GENERAL

__all__ = [
    "BANDS",
    "GENERAL",
    "Band",
    "Change",
    "Crossing",
    "Evidence",
    "Formula",
    "Piece",
    "Preference",
    "Shown",
    "Subject",
    "Tone",
    "Where",
    "add_evidence",
    "band_of",
    "clear_spectrum",
    "close_scene",
    "join_tones",
    "keep_pieces",
    "lock_spectrum",
    "next_fall",
    "open_scene",
    "preference_of",
    "read_spectrum",
    "read_tone",
    "settle_falls",
    "source_of",
]
