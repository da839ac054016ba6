"""The calls of partners: counted, told, reviewed by a person, and watched by rules."""

from enscene.partners.monitor.count_calls import Sum, count_calls, note_first_calls
from enscene.partners.monitor.review import Review, list_reviews, sign_review
from enscene.partners.monitor.rules import read_watch
from enscene.partners.monitor.usage import (
    FirstCall,
    Line,
    Usage,
    by_month,
    list_calls,
    read_first_calls,
    read_health,
    read_usage,
)
from enscene.partners.monitor.watch_calls import Block, lift_block, list_blocks, watch_calls

__all__ = [
    "Block",
    "FirstCall",
    "Line",
    "Review",
    "Sum",
    "Usage",
    "by_month",
    "count_calls",
    "lift_block",
    "list_blocks",
    "list_calls",
    "list_reviews",
    "note_first_calls",
    "read_first_calls",
    "read_health",
    "read_usage",
    "read_watch",
    "sign_review",
    "watch_calls",
]
