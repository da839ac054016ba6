"""What is known of a customer comes from the bank's own rows, and what is not known is absent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from enscene.commit import admit
from enscene.shelf.customer_facts import age_on, facts_of, read_customer_facts, whole_months
from enscene.tenants import create_tenant

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("profile", "age"),
    [
        ({"born": "2000-11-22"}, 26),
        ({"born": "2000-11-23"}, 25),
        ({"birth_year": 2000}, 25),
        ({"born": "yesterday"}, None),
        ({"birth_year": True}, None),
        ({}, None),
    ],
)
def test_an_age_is_never_more_than_it_surely_is(profile: dict[str, Any], age: int | None) -> None:
    assert age_on(profile, DAY) == age


def test_only_months_that_are_over_count() -> None:
    assert whole_months(date(2026, 10, 22), DAY) == 1
    assert whole_months(date(2026, 10, 23), DAY) == 0
    assert whole_months(date(2027, 1, 1), DAY) == 0


def test_what_has_another_form_is_not_known() -> None:
    told = {"segment": 3, "risk_level": "high", "monthly_spend_minor": 120_000}
    assert facts_of(told, DAY) == {"monthly_spend": 120_000}


async def test_the_facts_of_a_customer_with_a_debt_that_is_late(pool: Any) -> None:
    tenant = (await create_tenant(pool, "bank", "Bank of Tests")).id
    life = {"is": "lending", "draws": [{"loan": {"dues": [["2020-01-31", 100, 5]]}}]}
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        party = await connection.fetchval(
            "insert into party (tenant, ref, kind, name, profile) "
            "values ($1, 'ann', 'person', 'Ann', $2) returning id",
            tenant, {"born": "1990-05-01", "segment": "family", "customer_since": "2019-01-01"},
        )  # fmt: skip
        await connection.execute(
            "insert into consent (tenant, scene, party, item, granted) "
            "values ($1, 4, $2, 'meals', true), ($1, 4, $2, 'trips', false)",
            tenant, party,
        )  # fmt: skip
        fresh = await read_customer_facts(connection, tenant, party, 4)
        await connection.execute(
            "insert into contract (tenant, id, scene, product, customer, amount, currency, life, "
            "opened_at) values ($1, gen_random_uuid(), 0, 'instalment', $2, 1000, 'CNY', $3, now())",
            tenant, party, life,
        )  # fmt: skip
    facts = await read_customer_facts(pool, tenant, party, 4)
    assert fresh["overdue_days"] == 0
    assert facts["overdue_days"] > 2_000
    assert facts["kind"] == "person"
    assert facts["segment"] == "family"
    assert facts["consents"] == ("meals",)
    assert facts["months_served"] >= 80
    assert facts["monthly_spend"] == 0
    assert await read_customer_facts(pool, tenant, party + 1) == {}
