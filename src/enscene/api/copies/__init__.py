"""Copying over the API: criteria, offers, copies, what is credited. Only a door: the rules stand in
`enscene.operations.copying`, and the console goes by the same ones."""

from enscene.api.copies.serve import CopiesDoor

__all__ = ["CopiesDoor"]
