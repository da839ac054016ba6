"""Replay data that others recorded through the real write path, and read the result back."""


from enscene.replay.flights import FlightsReport, replay_flights

__all__ = ["FlightsReport", "replay_flights"]
