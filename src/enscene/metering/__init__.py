"""Metering: readings that are committed with the act they bill, and what they add up to."""

from enscene.metering.count_reads import ReadCounter, read_gaps
from enscene.metering.kind import Meters
from enscene.metering.reading import READS, WRITES, Reading, read_reading
from enscene.metering.roll_up import RollUp, rebuild
from enscene.metering.take_reading import TakeReading, take_readings
from enscene.metering.usage import (
    Used,
    after_month,
    begin_of,
    month_of,
    read_fine_usage,
    read_usage,
    shown,
)

__all__ = [
    "READS",
    "WRITES",
    "Meters",
    "ReadCounter",
    "Reading",
    "RollUp",
    "TakeReading",
    "Used",
    "after_month",
    "begin_of",
    "month_of",
    "read_fine_usage",
    "read_gaps",
    "read_reading",
    "read_usage",
    "rebuild",
    "shown",
    "take_readings",
]
