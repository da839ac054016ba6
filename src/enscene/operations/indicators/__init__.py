"""Indicators: figures that are managed, defined once, computed from the lake, kept for boards."""

from enscene.operations.indicators.catalogue import Catalogue, Indicator, read_catalogue
from enscene.operations.indicators.compute_indicators import Computed, compute_indicators
from enscene.operations.indicators.store import Value, read_values
from enscene.operations.indicators.window import GRAINS, Grain, Window
from enscene.operations.indicators.worker import IndicatorWorker

__all__ = [
    "GRAINS",
    "Catalogue",
    "Computed",
    "Grain",
    "Indicator",
    "IndicatorWorker",
    "Value",
    "Window",
    "compute_indicators",
    "read_catalogue",
    "read_values",
]
