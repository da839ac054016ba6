"""Prices: effective-dated, by segment and scene, within limits or approved."""
