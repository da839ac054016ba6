"""The shelf: what customers open belongs to them and outlives the scene."""

from enscene.shelf.contracts import CONTRACTS

__all__ = ["CONTRACTS"]
