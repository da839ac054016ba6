"""Prove that contracts, their histories and the books of their products agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from enscene.shelf.contracts.books import OF_KIND, POSTINGS
from enscene.shelf.product import Product

_ENTRIES = """
select c.product, c.currency, e.what, sum(e.principal), sum(e.interest), sum(e.penalty), sum(e.fee)
  from contract_entry e join contract c on c.tenant = e.tenant and c.id = e.contract
 where e.tenant = $1 group by c.product, c.currency, e.what"""
_BOOKS = """
select name, currency, posted from account
 where tenant = $1 and scene = 0 and owner = 0 and id > 0 and name like '%.%'"""
_OWED = """
select product, currency,
       sum((select coalesce(sum((d->'loan'->>'undue')::bigint
              + (select coalesce(sum((x->>1)::bigint), 0)
                   from json_array_elements(coalesce(d->'loan'->'dues', '[]')) x)), 0)
            from json_array_elements(coalesce(life->'draws', '[]')) d)) as owed
  from contract where tenant = $1 and life->>'is' = 'lending' group by product, currency"""
_BALANCES = """
select product, currency, sum(coalesce((life->>'principal')::bigint, (life->>'balance')::bigint))
  from contract where tenant = $1 and life->>'is' in ('term', 'demand') and state = 'open'
 group by product, currency"""

# The accrued interest moves with days and not with entries; an exchange has a leg in another
# currency.
_BESIDE = ("accrued", "interest", "position")


async def verify_contracts(
    connection: asyncpg.Connection[Any], tenant: int, products: Mapping[str, Product]
) -> list[str]:
    """What does not agree, as lines; nothing when all does. The connection admits the tenant."""
    wanted: dict[tuple[str, str], int] = {}
    for product, currency, what, *sums in await connection.fetch(_ENTRIES, tenant):
        parts = dict(zip(("principal", "interest", "penalty", "fee"), sums, strict=True))
        for part, dr, cr in POSTINGS.get(what, ()):
            amount = int(parts[part])
            for book, signed in ((dr, -amount), (cr, amount)):
                key = (f"{product}.{book}", currency)
                wanted[key] = wanted.get(key, 0) + signed
    faults = []
    stands = {(row[0], row[1]): row[2] for row in await connection.fetch(_BOOKS, tenant)}
    for key, posted in stands.items():
        product, _, book = key[0].rpartition(".")
        known = products.get(product)
        if known is None or book in _BESIDE or book not in OF_KIND.get(known.kind, ("income",)):
            continue
        if posted != wanted.get(key, 0):
            faults.append(f"{key[0]} {key[1]}: books {posted}, histories {wanted.get(key, 0)}")
    for statement, book, sign in ((_OWED, "principal", -1), (_BALANCES, "deposits", 1)):
        for product, currency, amount in await connection.fetch(statement, tenant):
            posted = stands.get((f"{product}.{book}", currency), 0)
            if posted != sign * int(amount or 0):
                faults.append(f"{product}.{book} {currency}: books {posted}, contracts {amount}")
    return faults
