"""Incentives over HTTP."""

from enscene.api.incentives.serve import IncentivesDoor

__all__ = ["IncentivesDoor"]
