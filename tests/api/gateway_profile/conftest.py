"""A canteen whose till calls the gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.gateway_profile.caller import Calling, registered
from api.partner import Partner
from api.webhooks.conftest import canteen_pack
from api.webhooks.conftest import world as world

__all__ = ["canteen_pack"]


@pytest.fixture
async def gateway_till(world: Any) -> Partner:
    """The till; Ann has money."""
    await world.top_up("ann", "400.00")
    partner: Partner = await world.partner("gateway_till", party="till", **registered())
    return partner


@pytest.fixture
def call(gateway_till: Partner) -> Callable[..., Calling]:
    """A payment of 12.00 by Ann through the gateway."""

    def make(**bent: Any) -> Calling:
        return Calling(gateway_till, **bent)

    return make
