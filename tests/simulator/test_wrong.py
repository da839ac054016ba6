"""Spoiled requests, and what the model says must come back."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from enscene.simulator import Message, read_book
from enscene.simulator.request import Request
from enscene.simulator.wrong import spoil

PACK = Path(__file__).parents[2] / "packs" / "travel"


@pytest.mark.parametrize(
    ("role", "party", "code"),
    [("feed", "feed-1", "auth.no_grant"), ("traveller", "ann", "scene.not_enrolled")],
)
def test_a_stranger_is_refused_as_the_application_may_act(role: str, party: str, code: str) -> None:
    """An application of its own party has no grant for another; one of many parties knows not all."""
    files = {path.name: path.read_text() for path in PACK.glob("*.yaml")}
    book = read_book("travel", files, options={}, parts={}, counts={}, zone="Asia/Shanghai")
    request = Request("travel", "report_landed", party, role, {"flight": "F1", "delay": 68})
    message = Message("POST", "/v1/travel/actions/report_landed", b"{}", key="k", party=party)
    spoiled = [spoil(book, request, message, Random(seed)) for seed in range(200)]
    told = {name: (status, why) for name, _, status, why in spoiled}
    assert told["stranger"] == (403, code)
