"""A canteen with a till whose messages are signed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from api.partner import Partner
from api.signatures.signer import Signed, registered

_tickets = itertools.count(1)


@pytest.fixture
async def signing_till(world: Any) -> Partner:
    """The till as a partner that signs; Ann has money."""
    await world.top_up("ann", "400.00")
    partner: Partner = await world.partner(
        "signing_till", party="till", scopes=["scene:canteen:*"], level="A2", **registered()
    )
    return partner


@pytest.fixture
def payment(signing_till: Partner) -> Callable[..., Signed]:
    """A payment of 12.00 by Ann, signed; anything of it can be bent."""

    def make(**bent: Any) -> Signed:
        body = {"ticket": f"s{next(_tickets)}", "diner": "ann", "price": "12.00"}
        return Signed(signing_till, **({"body": body} | bent))

    return make
