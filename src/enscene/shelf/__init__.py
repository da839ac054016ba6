"""The shelf: the bank's products, and what customers open, which outlives the scene."""

from enscene.shelf.contracts import Contract, ContractKind, Contracts, Opening
from enscene.shelf.interest import rate_text
from enscene.shelf.load_shelf import Shelf, load_shelf, standard_shelf
from enscene.shelf.product import KEEPS, LENDS, Product

__all__ = [
    "KEEPS",
    "LENDS",
    "Contract",
    "ContractKind",
    "Contracts",
    "Opening",
    "Product",
    "Shelf",
    "load_shelf",
    "rate_text",
    "standard_shelf",
]
