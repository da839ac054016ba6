"""Another amount or term: the price is worked out again, before anything is decided."""

from __future__ import annotations

import msgspec

from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application
from enscene.engagement.applications.quote import find_product, make_quote, quote_of, within_worth
from enscene.engagement.applications.read_application import read_application
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Refused


async def requote_application(
    connection: store.Connection,
    tenant: int,
    application: Application,
    amount: int | None,
    months: int | None,
) -> Application:
    """The application at another amount or term; None leaves one as it is.

    The caller has locked it. Raises: Conflict (state), Refused (out of bounds).
    """
    application.need("begun")
    amount = application.amount if amount is None else amount
    months = application.months if months is None else months
    if (amount, months) == (application.amount, application.months):
        return application
    before = quote_of(application.quote)
    if before.fixed:
        raise Refused("the scene says how much and for how long", code="application.fixed",
                      param="amount")  # fmt: skip
    clock = await store.read_clock(connection, tenant)
    product = find_product(application.product)
    within_worth(product, amount, (application.fact or {}).get("worth"), application.currency)
    today = local_day(clock["now"], clock["zone"])
    quote = make_quote(product, before.rates, amount, months, today)
    fields = dict(application.fields)
    for name, value, was in (
        ("amount", amount, application.amount),
        ("months", months, application.months),
    ):
        if value != was:
            fields[name] = {"value": value, "from": "customer"}
    await store.update_application(
        connection, tenant, application.id, amount=amount, months=months, fields=fields,
        quote=msgspec.to_builtins(quote),
    )  # fmt: skip
    return await read_application(connection, tenant, application.id)
