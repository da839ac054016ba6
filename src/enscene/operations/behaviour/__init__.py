"""What staff did beside what came of it: contacts, replies, follow-ups, hand-overs, and their customers."""

from enscene.operations.behaviour.read_behaviour import (
    IN_TIME,
    LATER,
    TRIES_LEAST,
    Behaviour,
    Served,
    read_behaviour,
    read_served,
    share_of,
)

__all__ = [
    "IN_TIME",
    "LATER",
    "TRIES_LEAST",
    "Behaviour",
    "Served",
    "read_behaviour",
    "read_served",
    "share_of",
]
