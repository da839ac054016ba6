"""Replay data that others recorded through the real write path, and read the result back."""

from enscene.replay.berka import BerkaReport, replay_berka
from enscene.replay.flights import FlightsReport, replay_flights

__all__ = ["BerkaReport", "FlightsReport", "replay_berka", "replay_flights"]
