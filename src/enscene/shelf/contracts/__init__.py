"""Contracts: opened products, with a life on the ledger that outlives the scene."""

from enscene.shelf.contracts.books import Books, BookSet
from enscene.shelf.contracts.close_day import Closed
from enscene.shelf.contracts.contract import Contract
from enscene.shelf.contracts.contracts import Contracts, Held
from enscene.shelf.contracts.kind import ContractKind
from enscene.shelf.contracts.opening import Opening, new_contract, terms_of_applied
from enscene.shelf.contracts.post import post_steps, work_on
from enscene.shelf.contracts.unit import Waits, day_of, shown_step
from enscene.shelf.contracts.verify import verify_contracts

__all__ = [
    "BookSet",
    "Books",
    "Closed",
    "Contract",
    "ContractKind",
    "Contracts",
    "Held",
    "Opening",
    "Waits",
    "day_of",
    "new_contract",
    "post_steps",
    "shown_step",
    "terms_of_applied",
    "verify_contracts",
    "work_on",
]
