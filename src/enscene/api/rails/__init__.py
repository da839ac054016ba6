"""Simulated rails over HTTP, in sandboxes alone."""

from enscene.api.rails.serve import RailsDoor

__all__ = ["RailsDoor"]
