"""One customer, person or firm, over all scenes: parties that were shown to be the same.

A party is never rewritten. Keys that two parties share tie them; what is tied is one customer; what
is parted again is two, each with its own history, as before.
"""

from enscene.customers.identity.key import KINDS, Key, KeyKind, read_key
from enscene.customers.identity.part_parties import forget_identity, part_parties
from enscene.customers.identity.show_keys import Shown, show_keys
from enscene.customers.identity.store import (
    Tie,
    find_customers,
    list_ties,
    read_parties_of,
    read_refs,
    read_tails,
    read_tied,
)
from enscene.customers.identity.tie_parties import ask_tie, decide_tie

__all__ = [
    "KINDS",
    "Key",
    "KeyKind",
    "Shown",
    "Tie",
    "ask_tie",
    "decide_tie",
    "find_customers",
    "forget_identity",
    "list_ties",
    "part_parties",
    "read_key",
    "read_parties_of",
    "read_refs",
    "read_tails",
    "read_tied",
    "show_keys",
]
