"""Where customers live, work and shop, and where firms do business: told from the places and hours
of payments, of those who allow it, and forgotten after 90 days."""

from __future__ import annotations

from datetime import date

from enscene.customers.circles.cell import STEP_E5, around, bounds_of, cell_of, place_of
from enscene.customers.circles.count_circles import (
    COUNTED_MOST,
    FLOOR,
    Counted,
    Density,
    count_circles,
)
from enscene.customers.circles.infer import (
    DAYS_LEAST,
    KEPT,
    OF_A_FIRM,
    OF_A_PERSON,
    SHARE_LEAST,
    Cells,
    Circle,
    Kind,
    Paid,
    Tally,
    count_payments,
    infer_circles,
)
from enscene.customers.circles.store import (
    Connection,
    close_circles,
    lock_circles,
    open_circles,
    read_cells,
)


async def read_circles(
    connection: Connection, tenant: int, party: int, today: date, *, firm: bool = False
) -> list[Circle]:
    """The circles of a person, or the business circle of a firm, as of a day."""
    cells = await read_cells(connection, tenant, party)
    return infer_circles(cells, today, OF_A_FIRM if firm else OF_A_PERSON)


__all__ = [
    "COUNTED_MOST",
    "DAYS_LEAST",
    "FLOOR",
    "KEPT",
    "OF_A_FIRM",
    "OF_A_PERSON",
    "SHARE_LEAST",
    "STEP_E5",
    "Cells",
    "Circle",
    "Counted",
    "Density",
    "Kind",
    "Paid",
    "Tally",
    "around",
    "bounds_of",
    "cell_of",
    "close_circles",
    "count_circles",
    "count_payments",
    "infer_circles",
    "lock_circles",
    "open_circles",
    "place_of",
    "read_circles",
]
