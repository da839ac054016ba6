"""Contracts on the write path: opened by the unit in which the customer applied."""

from __future__ import annotations

from enscene.commit import Appends

CONTRACTS = Appends(
    "contract",
    """
insert into contract (seq, opened_at, tenant, id, scene, product, customer, amount, currency, about)
select * from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[], $5::int[],
                     $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[])""",
)
"""Values: id, scene, product, customer, amount or None (minor units), currency, about."""
