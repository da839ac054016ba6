"""Reopen what was refused, once the customer has called in a person: it is judged anew, as things
are now, and a person decides."""

from __future__ import annotations

import time

import msgspec

from enscene.engagement.applications import store
from enscene.engagement.applications.application import LIFE, Application
from enscene.engagement.applications.decide_application import judge_credit, look_again
from enscene.engagement.applications.join_application import check_rules
from enscene.engagement.applications.open_contract import member_of
from enscene.engagement.applications.quote import find_product, make_quote, quote_of, read_prices
from enscene.engagement.applications.read_application import read_application
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Refused
from enscene.scenes.runtime import RunningScene
from enscene.shelf import LENDS


async def reopen_application(
    connection: store.Connection, scene: RunningScene, application: Application, staff: str
) -> Application:
    """The application, referred to a person at today's price, beside a fresh decision; the first
    one is kept.

    The caller has locked it. Raises: Conflict (state), Refused (no credit was decided on, or a
    rule that no person may set aside): it stays refused then.
    """
    application.need("refused")
    tenant = scene.tenant
    if application.decision is None or application.quote["kind"] not in LENDS:
        # Who is not eligible, or comes before any service, is not helped by a person's decision.
        raise Refused("nothing is left to decide", code="override.no_decision")
    began = time.perf_counter()
    clock = await store.read_clock(connection, tenant)
    await store.lock_customer(connection, tenant, application.customer)
    looked = await look_again(
        connection, scene, await member_of(scene, application), application, clock
    )
    product, before = find_product(application.product), quote_of(application.quote)
    today, segment = local_day(clock["now"], clock["zone"]), looked.known.facts.get("segment")
    quote = make_quote(
        product, await read_prices(connection, tenant, product, segment, scene.id, today),
        application.amount, application.months, today, fixed=before.fixed,
    )  # fmt: skip
    await store.update_application(
        connection, tenant, application.id, quote=msgspec.to_builtins(quote)
    )
    application = await read_application(connection, tenant, application.id)
    decision = await judge_credit(connection, tenant, application, looked, clock["now"], began)
    check_rules((rule.rule, rule.says) for rule in decision.rules)
    now = clock["now"]
    await store.update_application(
        connection, tenant, application.id, state="referred", staff=staff, expires_at=now + LIFE,
        reasons=[msgspec.to_builtins(reason) for reason in decision.reasons],
        ended_at=None, ended_in=None,
    )  # fmt: skip
    await store.add_step(connection, tenant, application.id, "reopened", "manager", staff, now)
    return await read_application(connection, tenant, application.id)
