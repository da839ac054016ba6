"""Attacks on a running bank over HTTP: bad inputs to every operation, and the named threats."""

from enscene.simulator.attack.bad_inputs import bad_inputs
from enscene.simulator.attack.operations import Attempt, Operation, example, read_operations
from enscene.simulator.attack.raid import Finding, Raid, raid

__all__ = [
    "Attempt",
    "Finding",
    "Operation",
    "Raid",
    "bad_inputs",
    "example",
    "raid",
    "read_operations",
]
