"""Erasure of persons: who they were goes, the ledger stays."""

from enscene.customers.erasure.again import FILE, Erased, list_erased, note_erased, read_erased
from enscene.customers.erasure.ask import (
    LAW,
    Erasure,
    ask_erasure,
    asked_number,
    find_erasure,
    list_erasures,
    make_erasure_code,
    what_is_erased,
)
from enscene.customers.erasure.decide import (
    check_erasure,
    check_ready,
    confirm_refusal,
    give_back_erasure,
    lift_legal_hold,
    list_legal_holds,
    read_erasure,
    set_legal_hold,
)
from enscene.customers.erasure.stands import Standing, check_nothing_stands, what_stands
from enscene.customers.erasure.sweep import sweep_person

__all__ = [
    "FILE",
    "LAW",
    "Erased",
    "Erasure",
    "Standing",
    "ask_erasure",
    "asked_number",
    "check_erasure",
    "check_nothing_stands",
    "check_ready",
    "confirm_refusal",
    "find_erasure",
    "give_back_erasure",
    "lift_legal_hold",
    "list_erased",
    "list_erasures",
    "list_legal_holds",
    "make_erasure_code",
    "note_erased",
    "read_erased",
    "read_erasure",
    "set_legal_hold",
    "sweep_person",
    "what_is_erased",
    "what_stands",
]
