"""Splits in which nothing was done."""

from __future__ import annotations

import random
from hashlib import blake2b

from enscene.engagement.experiments import check_split


def group_of(name: str, key: str) -> int:
    return blake2b(f"{name}:{key}".encode(), digest_size=8).digest()[0]


def test_of_customers_counted_once_a_twentieth_is_told() -> None:
    rng = random.Random(3)
    customers = [(f"c{n}", rng.expovariate(0.01), rng.random()) for n in range(400)]
    found = check_split(customers, group_of)
    assert found.holds
    assert (found.splits, found.allowed) == (200, 18)


def test_customers_who_stand_there_many_times_over_are_noticed() -> None:
    rng = random.Random(4)
    # Nine lines of the same value each, of which the lot draws all or none.
    once = [(f"c{n}", rng.gauss(0, 1), 0.0) for n in range(120)]
    found = check_split([row for row in once for _ in range(9)], group_of)
    assert not found.holds
