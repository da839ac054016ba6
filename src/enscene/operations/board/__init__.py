"""Boards: what the scenes of a place and of all below it are, bring and need today, from the nightly table."""

from enscene.operations.board.health import HEALTHS, Health, health_of
from enscene.operations.board.read_board import (
    STEPS,
    Board,
    Cohort,
    Loop,
    Place,
    Spot,
    Step,
    Todo,
    Total,
    read_board,
)
from enscene.operations.board.read_figure import Figure, FigureRow, read_figure

__all__ = [
    "HEALTHS",
    "STEPS",
    "Board",
    "Cohort",
    "Figure",
    "FigureRow",
    "Health",
    "Loop",
    "Place",
    "Spot",
    "Step",
    "Todo",
    "Total",
    "health_of",
    "read_board",
    "read_figure",
]
