"""What the public says of partners: imported, judged by a stated rule, watched by the day."""

from enscene.partners.opinions.rules import SENTIMENTS, judge_day, judge_text, read_lexicon
from enscene.partners.opinions.take_opinions import (
    LINES_MOST,
    Day,
    Item,
    Opinion,
    list_opinions,
    read_trend,
    take_opinions,
    watch_opinions,
)

__all__ = [
    "LINES_MOST",
    "SENTIMENTS",
    "Day",
    "Item",
    "Opinion",
    "judge_day",
    "judge_text",
    "list_opinions",
    "read_lexicon",
    "read_trend",
    "take_opinions",
    "watch_opinions",
]
