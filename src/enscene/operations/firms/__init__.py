"""Thousands of firms made tenants by one list: checked line by line, asked, decided, taken up again."""

from enscene.operations.firms.firm_list import (
    Counts,
    FirmLine,
    FirmList,
    FirmOrder,
    list_id,
    list_lines,
    list_lists,
    read_list,
)
from enscene.operations.firms.make_firms import decide_list, go_on, take_up
from enscene.operations.firms.read_lines import LINES_MOST, Fault, Firm, ask_list, check_lines

__all__ = [
    "LINES_MOST",
    "Counts",
    "Fault",
    "Firm",
    "FirmLine",
    "FirmList",
    "FirmOrder",
    "ask_list",
    "check_lines",
    "decide_list",
    "go_on",
    "list_id",
    "list_lines",
    "list_lists",
    "read_list",
    "take_up",
]
