"""Copying: a scene that was a good pilot goes to other places of the bank, and earns its branch credit.

`set_criterion` says beforehand what a good pilot is, `ask_offer` lets others copy it, `begin_copy` begins
the launch of a copy, `compare_copies` puts them side by side, `credit_copies` keeps what is credited.
"""

from enscene.operations.copying.bank import Family, family_of
from enscene.operations.copying.compare import ACCOUNT, Comparison, Track, compare_copies
from enscene.operations.copying.copies import (
    HELPERS_MOST,
    Copy,
    CopyOrder,
    begin_copy,
    list_copies,
    read_copy,
    take_copy,
)
from enscene.operations.copying.credit import (
    Credited,
    CreditWorker,
    credit_copies,
    read_credited_by_scene,
    read_credits,
)
from enscene.operations.copying.criterion import (
    BEFORE_LIVE,
    TARGETS_MOST,
    Criterion,
    WantedTarget,
    approve_criterion,
    outcome_of,
    read_criterion,
    set_criterion,
)
from enscene.operations.copying.difference import read_difference
from enscene.operations.copying.offer import (
    MONTHS_MOST,
    OFFERED_FROM,
    REASON_MOST,
    SAYS_MOST,
    Offer,
    OfferOrder,
    ask_offer,
    decide_offer,
    end_offer,
    list_offers,
    read_offer,
    sums_of,
)
from enscene.operations.copying.shares import BASES, WHOLE, split

__all__ = [
    "ACCOUNT",
    "BASES",
    "BEFORE_LIVE",
    "HELPERS_MOST",
    "MONTHS_MOST",
    "OFFERED_FROM",
    "REASON_MOST",
    "SAYS_MOST",
    "TARGETS_MOST",
    "WHOLE",
    "Comparison",
    "Copy",
    "CopyOrder",
    "CreditWorker",
    "Credited",
    "Criterion",
    "Family",
    "Offer",
    "OfferOrder",
    "Track",
    "WantedTarget",
    "approve_criterion",
    "ask_offer",
    "begin_copy",
    "compare_copies",
    "credit_copies",
    "decide_offer",
    "end_offer",
    "family_of",
    "list_copies",
    "list_offers",
    "outcome_of",
    "read_copy",
    "read_credited_by_scene",
    "read_credits",
    "read_criterion",
    "read_difference",
    "read_offer",
    "set_criterion",
    "split",
    "sums_of",
    "take_copy",
]
