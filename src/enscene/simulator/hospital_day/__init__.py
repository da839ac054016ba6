"""A hospital's day with and without payment at each step: how long people wait to pay.

What asks for a payment at the counter is read from the pack; how many people come and how long a
payment takes are stated in `habits.py`, with the reasons.
"""

from enscene.simulator.hospital_day.compare import Comparison, compare
from enscene.simulator.hospital_day.habits import HABITS, Habits
from enscene.simulator.hospital_day.ways import Ways, read_ways

__all__ = ["HABITS", "Comparison", "Habits", "Ways", "compare", "read_ways"]
