"""`/v1/brought-in/…`: the programs of outside scenes that stand in the bank's own app."""

from enscene.api.bring_in.serve import BringInDoor
from enscene.api.bring_in.worker import TrafficWorker

__all__ = ["BringInDoor", "TrafficWorker"]
