"""Stages, keys and faults of assets, as they are without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners.inventory import Asset, Hole, faults_of
from enscene.partners.partner import NEXT, STAGES, access_of, new_access_key, partner_id

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TODAY = NOW.date()


def test_every_stage_is_reached_and_all_but_the_last_lead_on():
    reached = {"draft"}
    for _ in STAGES:
        reached |= {stage for known in reached for stage in NEXT[known]}
    assert reached == set(STAGES)
    assert [stage for stage in STAGES if not NEXT[stage]] == ["left"]
    assert all("left" in NEXT[stage] for stage in STAGES if stage != "left")


def test_nothing_leads_to_live_but_a_proof_or_a_suspension():
    assert {stage for stage in STAGES if "live" in NEXT[stage]} == {"proven", "suspended"}
    assert {stage for stage in STAGES if "admitted" in NEXT[stage]} == {"applied"}


def test_a_key_names_its_tenant_and_is_kept_as_a_digest():
    key = new_access_key(42)
    tenant, digest = access_of(key) or (0, b"")
    assert tenant == 42
    assert key.encode() not in digest
    assert access_of(key) == (42, digest)
    assert new_access_key(42) != key


@given(st.text(max_size=80))
def test_any_other_text_is_no_key_and_no_number(text):
    assert access_of(text) is None
    with pytest.raises(NotFound):
        partner_id(text)


def asset(*, certificate: date | None = None, domain: date | None = None, hole: str = "") -> Asset:
    holes = (Hole("CVE-1", hole, NOW, "li", None, None),) if hole else ()
    return Asset(
        new_uuid(), UUID(int=1), "domain", "a.example", "", "", "", certificate, domain, NOW, "li",
        holes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "found"), [(-1, [True]), (0, [False]), (30, [False]), (31, [])]
)  # fmt: skip
def test_an_end_is_told_a_month_before_and_blocks_after(days, found):
    until = TODAY + timedelta(days=days)
    for owned in (asset(certificate=until), asset(domain=until)):
        assert [fault.blocks for fault in faults_of([owned], TODAY)] == found


def test_only_a_high_hole_blocks_and_a_closed_one_is_gone():
    for severity, blocks in (("low", False), ("middle", False), ("high", True)):
        assert [fault.blocks for fault in faults_of([asset(hole=severity)], TODAY)] == [blocks]
    closed = Hole("CVE-1", "high", NOW, "li", NOW, "li")
    fixed = Asset(*[getattr(asset(), name) for name in Asset.__slots__[:-1]], (closed,))
    assert faults_of([fixed], TODAY) == []
