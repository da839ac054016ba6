"""Capabilities over HTTP: forecasts and analyses on what the caller itself may see."""

from enscene.api.capabilities.serve import CapabilitiesDoor

__all__ = ["CapabilitiesDoor"]
