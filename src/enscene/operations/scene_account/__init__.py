"""The account of each scene: what is bound to it, earned, spent and moved, from the ledger."""

from enscene.operations.scene_account.bound import Bound, compare_bound, read_bound
from enscene.operations.scene_account.lines import BY_NAME, LINES, PARTS, Line
from enscene.operations.scene_account.outlays import (
    KINDS,
    Earning,
    Outlay,
    ask_outlay,
    decide_outlay,
    list_outlays,
    read_earnings,
    release_stage,
)
from enscene.operations.scene_account.payback import (
    SUSTAINED,
    Month,
    Payback,
    payback_of,
    sustained_months,
)
from enscene.operations.scene_account.read_account import (
    Amount,
    Day,
    SceneAccount,
    Share,
    Sheet,
    Whole,
    parse_month,
    read_account,
    read_accounts,
    read_line_days,
    read_span,
    read_whole,
)
from enscene.operations.scene_account.store import (
    move_releases,
    read_released,
    read_whole_months,
)

__all__ = [
    "BY_NAME",
    "KINDS",
    "LINES",
    "PARTS",
    "SUSTAINED",
    "Amount",
    "Bound",
    "Day",
    "Earning",
    "Line",
    "Month",
    "Outlay",
    "Payback",
    "SceneAccount",
    "Share",
    "Sheet",
    "Whole",
    "ask_outlay",
    "compare_bound",
    "decide_outlay",
    "list_outlays",
    "move_releases",
    "parse_month",
    "payback_of",
    "read_account",
    "read_accounts",
    "read_bound",
    "read_earnings",
    "read_line_days",
    "read_released",
    "read_span",
    "read_whole",
    "read_whole_months",
    "release_stage",
    "sustained_months",
]
