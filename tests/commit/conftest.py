"""A shard of one's own in a database of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from commit.orders import Place, make_place


@pytest.fixture
async def place(pool: Any) -> Place:
    """One tenant; its account 1 holds 1,000."""
    made = await make_place(pool)
    writer = made.writer()
    await writer.submit(made.unit(("post", 0, 1, 1_000)))
    await writer.close()
    return made
