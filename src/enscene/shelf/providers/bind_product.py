"""Say which core system keeps the accounts of a product's customers."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Invalid, NotFound
from enscene.shelf.load_shelf import standard_shelf
from enscene.shelf.providers import store

ADAPTERS = ("sandbox", "iso20022")


async def bind_product(
    pool: asyncpg.Pool[Any],
    tenant: int,
    product: str,
    adapter: str,
    *,
    name: str = "",
    account: str = "",
) -> None:
    """Bind it; `name` and `account` are the bank's own in the files of iso20022.

    Raises: NotFound (no such product), Invalid.
    """
    if product not in standard_shelf().products:
        raise NotFound(f"the shelf has no {product}", code="shelf.no_product", param="product")
    if adapter not in ADAPTERS:
        raise Invalid(f"an adapter is {' or '.join(ADAPTERS)}", code="core.adapter",
                      param="adapter")  # fmt: skip
    if adapter == "iso20022" and not (name and account):
        raise Invalid("files need the bank's name and account", code="core.holder",
                      param="account")  # fmt: skip
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        settings = {"name": name, "account": account}
        await store.bind(connection, tenant, product, adapter, settings)
