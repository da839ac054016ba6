"""The lives of contracts: what happens to an opened product of each kind, day by day."""

from enscene.shelf.lives.life import Closing, Life, Opened, Step
from enscene.shelf.lives.of_kind import load_life, new_life

__all__ = ["Closing", "Life", "Opened", "Step", "load_life", "new_life"]
