from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.conftest import canteen_pack
from partners.bring_in.scenes import Outside, close_outside, open_outside

__all__ = ["canteen_pack"]


@pytest.fixture
async def outside(pool: Any) -> AsyncIterator[Outside]:
    found = await open_outside(pool)
    yield found
    await close_outside(found)
