"""Risk: limits over time, which a scene declares as counters."""

from enscene.risk.counters import Counters, Tally
from enscene.risk.counters import Key as CounterKey

__all__ = ["CounterKey", "Counters", "Tally"]
