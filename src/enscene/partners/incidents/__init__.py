"""Incidents that bank and partner work on together: who has to act, and since when."""

from enscene.partners.incidents.find_incidents import (
    count_open,
    get_incident,
    list_incidents,
)
from enscene.partners.incidents.handle_incident import close_incident, hand_over, note_incident
from enscene.partners.incidents.incident import (
    LIMITS,
    SIDES,
    Incident,
    Side,
    Step,
    incident_id,
)
from enscene.partners.incidents.open_incident import open_incident

__all__ = [
    "LIMITS",
    "SIDES",
    "Incident",
    "Side",
    "Step",
    "close_incident",
    "count_open",
    "get_incident",
    "hand_over",
    "incident_id",
    "list_incidents",
    "note_incident",
    "open_incident",
]
