"""Liaison: who is whom at a partner and at the bank, and what both do on which day."""

from enscene.partners.liaison.liaison import (
    Appointment,
    Contact,
    drop_contact,
    finish_date,
    list_contacts,
    list_dates,
    plan_date,
    put_contact,
)

__all__ = [
    "Appointment",
    "Contact",
    "drop_contact",
    "finish_date",
    "list_contacts",
    "list_dates",
    "plan_date",
    "put_contact",
]
