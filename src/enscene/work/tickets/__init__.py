"""Tickets: what tenants and partners ask for, from the request to what became of it."""

from enscene.work.tickets.handle_ticket import (
    ACTS,
    get_ticket,
    handle_ticket,
    list_tickets,
    open_ticket,
)
from enscene.work.tickets.plan_release import plan_ticket, release_tickets
from enscene.work.tickets.score_service import ServiceScore, score_service
from enscene.work.tickets.ticket import KINDS, Clock, Line, Ticket, read_clocks, ticket_id

__all__ = [
    "ACTS",
    "KINDS",
    "Clock",
    "Line",
    "ServiceScore",
    "Ticket",
    "get_ticket",
    "handle_ticket",
    "list_tickets",
    "open_ticket",
    "plan_ticket",
    "read_clocks",
    "release_tickets",
    "score_service",
    "ticket_id",
]
