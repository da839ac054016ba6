"""Customers and other parties: who they are, where they take part, what they agreed to."""

from enscene.customers.consents import is_granted
from enscene.customers.enrol_parties import (
    Enrolled,
    Enrolment,
    check_enrolment,
    enrol_parties,
    link_parties,
    set_consent,
)
from enscene.customers.know_parties import know_parties
from enscene.customers.store import find_parties

__all__ = [
    "Enrolled",
    "Enrolment",
    "check_enrolment",
    "enrol_parties",
    "find_parties",
    "is_granted",
    "know_parties",
    "link_parties",
    "set_consent",
]
