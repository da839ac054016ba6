"""A consent that is taken back at any step of a partner's way: no money, no data, no offer after."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from engagement.withdrawn.partner_journey import STEPS, open_journey, stands, take_back
from enscene.api.auth import Access
from enscene.api.auth import caller as caller_module
from enscene.api.webhooks import deliver
from enscene.customers.authorizations import store as consent_store
from enscene.engagement import moments
from enscene.tenants.apps import grant_gate
from enscene.web import h5_token

say_consent: Any = sys.modules["enscene.engagement.say_consent"]
consents: Any = sys.modules["enscene.customers.authorizations.withdraw_consent"]
NAMED = [f"{place:02}-{step.__name__}" for place, step in enumerate(STEPS)]


async def go(pool: Any, place: int) -> None:
    """All steps, with the withdrawal after the one at that place."""
    async with open_journey(pool) as journey:
        for step in STEPS[: place + 1]:
            await step(journey)
        await take_back(journey)
        before = await stands(journey)
        asked = len(journey.answers)
        assert before.offers == before.applications == 0
        for step in STEPS[max(place + 1, 2) :]:
            await step(journey)
        after = await stands(journey)
        assert after == before
        assert all(status >= 400 for _, status in journey.answers[asked:])
        rows = await journey.sql("select state from webhook_delivery where grant_id is not null")
        assert {row[0] for row in rows} <= {"done", "cancelled"}


async def test_the_whole_way_without_a_withdrawal(pool: Any) -> None:
    """Or else the tests below would prove nothing."""
    async with open_journey(pool) as journey:
        for step in STEPS:
            await step(journey)
        assert {status for _, status in journey.answers} == {200}, journey.answers
        found = await stands(journey)
        assert (found.contracts, found.offers) == (1, 2)
        assert found.receipts >= 8
        assert found.told >= 4
        assert found.moved >= 5


@pytest.mark.parametrize("place", range(len(STEPS)), ids=NAMED)
async def test_withdrawn_after(pool: Any, place: int) -> None:
    await go(pool, place)


# -- each of these is needed: with it off, the way above fails at some step ------------------------

Patch = pytest.MonkeyPatch


def posting(patch: Patch) -> None:
    """Units are not asked once more whether their consent is in force."""
    patch.setattr(grant_gate.GrantGate, "pass_through", lambda self, key: None)


def reading(patch: Patch) -> None:
    """Nor is whoever reads, nor what is noted of it; nor does a token end."""

    async def yes(*args: Any, **kwargs: Any) -> bool:
        return True

    async def insert(connection: Any, tenant: int, *values: Any) -> bool:
        app, grant, party, scene, purpose, what, fields, level, records = values
        await connection.execute(
            "insert into receipt (tenant, app, grant_id, party, scene, purpose, what, fields, "
            "level, records) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            tenant, app, grant, party, scene, purpose, what, fields, level, records,
        )  # fmt: skip
        return True

    patch.setattr(caller_module, "REMEMBERED_S", 600.0)
    patch.setattr(Access, "is_in_force", yes)
    patch.setattr(consent_store, "insert_receipt", insert)


def offering(patch: Patch) -> None:
    """Whatever was done before is a reason to speak."""

    async def yes(*args: Any) -> bool:
        return True

    patch.setattr(moments, "_still_granted", yes)


def what_was_offered(patch: Patch) -> None:
    """Offers stay."""
    patch.setattr(say_consent.store, "dismiss_offers_under", nothing)


def applications(patch: Patch) -> None:
    """What was begun goes on."""
    patch.setattr(say_consent, "end_applications_under", nothing)


def pages(patch: Patch) -> None:
    """A page that is open stays open, and what it does stands on no consent."""

    async def found(*args: Any) -> bool:
        return True

    patch.setattr(h5_token, "find_grant", found)
    posting(patch)


def news(patch: Patch) -> None:
    """What is queued is sent."""

    async def none(*args: Any) -> set[Any]:
        return set()

    patch.setattr(consents.store, "cancel_deliveries", nothing)
    patch.setattr(deliver, "still_consented", none)


async def nothing(*args: Any, **kwargs: Any) -> None:
    """As if there were no such control."""


CONTROLS: list[tuple[Any, str]] = [
    (posting, "read"), (reading, "read"), (offering, "fan_out"), (what_was_offered, "offer"),
    (applications, "apply"), (pages, "page"), (news, "fan_out"),
]  # fmt: skip


@pytest.mark.parametrize(("off", "after"), CONTROLS, ids=[each.__name__ for each, _ in CONTROLS])
async def test_without_its_control_the_way_fails(
    pool: Any, off: Any, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    off(monkeypatch)
    place = next(place for place, step in enumerate(STEPS) if step.__name__ == after)
    with pytest.raises(AssertionError):
        await go(pool, place)
