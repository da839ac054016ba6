"""Parties, tasks and teams over HTTP."""

from enscene.api.teamwork.serve import TeamworkDoor

__all__ = ["TeamworkDoor"]
