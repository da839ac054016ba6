"""Admission anew: after the days of the standard a partner is asked again; whoever has not passed
by the end of the grace is suspended until it has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Refused
from enscene.partners import store
from enscene.partners.find_partner import list_partners, read_partner
from enscene.partners.incidents.handle_incident import end_of_key
from enscene.partners.incidents.open_incident import add_incident
from enscene.partners.partner import Partner
from enscene.partners.standard import read_standard

TOLD = timedelta(days=30)
"""So long before it is due a partner is asked anew."""
GRACE = timedelta(days=30)
"""So long after it was due it may go on."""
WATCH = "watch"
_ASKED = ("admitted", "sandbox", "proven", "live", "suspended")


def renewal_due(partner: Partner) -> date | None:
    """Until when it has to be admitted anew; None: it never was admitted."""
    if partner.admitted_at is None:
        return None
    return (partner.admitted_at + timedelta(days=read_standard().renew_days)).date()


@control("partner_renewal")
def check_renewal(partner: Partner, today: date) -> None:
    """Raises: Refused("partner.not_renewed") from the end of the grace on."""
    due = renewal_due(partner)
    if due is not None and today > due + GRACE:
        raise Refused(
            f"its admission ended on {due.isoformat()}",
            code="partner.not_renewed",
            facts={"due": due.isoformat(), "grace_days": GRACE.days},
            hint="answer the standard anew; two people of the bank decide",
        )


async def watch_renewals(pool: store.Pool, tenant: int, today: date | None = None) -> list[Partner]:
    """Ask those anew whose admission ends soon, by an incident; those whose grace is over."""
    day = today or datetime.now(UTC).date()
    late = []
    for known in await list_partners(pool, tenant, _ASKED):
        due = renewal_due(known)
        if due is None or day < due - TOLD:
            continue
        if not known.renewing:
            await _ask(pool, tenant, known.id, due)
        try:
            check_renewal(known, day)
        except Refused:
            late.append(known)
    return late


async def end_renewal(
    connection: store.Connection, known: Partner, who: str, why: str, *, admit: bool
) -> None:
    """What two people have decided of a partner, whose row is locked. By a no it is asked again
    from the beginning, and is late at once."""
    tenant, partner = known.tenant, known.id
    if admit:
        await store.mark_admitted(connection, tenant, partner)
        await store.update(connection, tenant, partner, {"standard": read_standard().version})
        await store.log_stage(connection, tenant, partner, known.stage, who, why)
        await end_of_key(connection, tenant, partner, _key(known.round), "met")
        return
    await store.end_admission(connection, tenant, partner, read_standard().renew_days + GRACE.days)
    values: Mapping[str, Any] = {"round": known.round + 1, "findings": {}}
    await store.update(connection, tenant, partner, values)


async def _ask(pool: store.Pool, tenant: int, partner: UUID, due: date) -> None:
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.renewing:
            return
        # Everything is looked at anew, and what was voted before counts for nothing.
        values = {"renewing": True, "round": known.round + 1, "findings": {}}
        await store.update(connection, tenant, partner, values)
        await add_incident(
            connection, tenant, partner, title="准入到期，请重新答复问卷 · admission ends: answer anew",
            severity="middle",
            text=f"准入至 {due.isoformat()}，逾期 {GRACE.days} 天暂停 · admitted until "
                 f"{due.isoformat()}, suspended {GRACE.days} days later",
            responsible="partner", side="watch", who=WATCH, key=_key(known.round + 1),
        )  # fmt: skip


def _key(round_: int) -> str:
    return f"watch renew {round_}"  # no partner can send a blank
