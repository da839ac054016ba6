"""Benefits of all lines from one pool: money on the ledger from the bank to whoever takes them."""

from enscene.engagement.benefits.bank import (
    PLAY_MONEY,
    CampaignAccount,
    Line,
    Pool,
    SubsidyLedger,
    approve_and_fund,
    keep_books,
    read_campaign_accounts,
    read_subsidies,
)
from enscene.engagement.benefits.pool_orders import (
    REASON_MOST,
    PoolOrder,
    decide_pool_order,
    list_pool_orders,
    propose_pool_order,
    withdraw_pool_order,
)

__all__ = [
    "PLAY_MONEY",
    "REASON_MOST",
    "CampaignAccount",
    "Line",
    "Pool",
    "PoolOrder",
    "SubsidyLedger",
    "approve_and_fund",
    "decide_pool_order",
    "keep_books",
    "list_pool_orders",
    "propose_pool_order",
    "read_campaign_accounts",
    "read_subsidies",
    "withdraw_pool_order",
]
