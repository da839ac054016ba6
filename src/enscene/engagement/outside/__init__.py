"""Events that come from outside as CloudEvents: what types there are, and their way into the log."""

from enscene.engagement.outside.check_event import (
    OWN_SOURCE,
    OutsideEvent,
    check_event,
    schema_of,
    wrong,
)
from enscene.engagement.outside.forget import OutsideClock, forget_outside, forget_under
from enscene.engagement.outside.take_events import BATCH_MOST, Sender, Taken, take_events
from enscene.engagement.outside.types import ACCEPTED, BY_ACTION, PREFIX, SKEW, TYPES, OutsideType

__all__ = [
    "ACCEPTED",
    "BATCH_MOST",
    "BY_ACTION",
    "OWN_SOURCE",
    "PREFIX",
    "SKEW",
    "TYPES",
    "OutsideClock",
    "OutsideEvent",
    "OutsideType",
    "Sender",
    "Taken",
    "check_event",
    "forget_outside",
    "forget_under",
    "schema_of",
    "take_events",
    "wrong",
]
