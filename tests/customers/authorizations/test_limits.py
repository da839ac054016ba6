"""The limits that are in force name what packs have, and hold for every other purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.customers.authorizations import PURPOSES
from enscene.customers.authorizations.limits import Limit, find_limits, read_limits
from enscene.scenes.language import load_pack

PACKS = Path(__file__).parents[3] / "packs"
LIMITS = read_limits().limits


@pytest.mark.parametrize("limit", LIMITS, ids=[limit.id for limit in LIMITS])
def test_a_limit_names_fields_of_a_pack(limit: Limit) -> None:
    pack = load_pack(PACKS / limit.pack).pack
    assert pack is not None
    for thing, fields in limit.things.items():
        assert set(fields) <= set(pack.things[thing].fields)
    assert limit.zh
    assert limit.law
    assert limit.only


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("limit", LIMITS, ids=[limit.id for limit in LIMITS])
def test_fields_are_found_unless_the_purpose_is_allowed(limit: Limit, purpose: str) -> None:
    found = find_limits(limit.pack, limit.things, purpose)
    hit = {name for each, fields in found for name in fields if each == limit}
    wanted = {f"{thing}.{name}" for thing, names in limit.things.items() for name in names}
    assert hit == (set() if purpose in limit.only else wanted)
    assert find_limits("another", limit.things, purpose) == []
    assert find_limits(limit.pack, {"else": ["kind"]}, purpose) == []
