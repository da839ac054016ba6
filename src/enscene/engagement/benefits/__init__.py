"""Benefits of all lines from one pool: money on the ledger from the bank to whoever takes them."""

from enscene.engagement.benefits.bank import (
    PLAY_MONEY,
    Line,
    Pool,
    SubsidyLedger,
    approve_and_fund,
    fill_pool,
    keep_books,
    read_subsidies,
)

__all__ = [
    "PLAY_MONEY",
    "Line",
    "Pool",
    "SubsidyLedger",
    "approve_and_fund",
    "fill_pool",
    "keep_books",
    "read_subsidies",
]
