"""Clauses of the contracts with partners: each a check with a date; returns and how complete."""

from enscene.partners.clauses.clause import KINDS, Clause, Period, clause_id
from enscene.partners.clauses.confirm_clause import confirm_clause
from enscene.partners.clauses.find_clauses import Standing, get_standing, list_standings, today_of
from enscene.partners.clauses.make_clause import end_clause, make_clause
from enscene.partners.clauses.take_return import RECORDS_AT_ONCE, Given, Taken, take_return
from enscene.partners.clauses.watch_clauses import watch_clauses

__all__ = [
    "KINDS",
    "RECORDS_AT_ONCE",
    "Clause",
    "Given",
    "Period",
    "Standing",
    "Taken",
    "clause_id",
    "confirm_clause",
    "end_clause",
    "get_standing",
    "list_standings",
    "make_clause",
    "take_return",
    "today_of",
    "watch_clauses",
]
