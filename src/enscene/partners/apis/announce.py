"""Declare that an interface is on its way out, and tell those who have called it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from enscene.commit import Report, Script, append_events, lock_shard
from enscene.kernel.clock import format_time
from enscene.kernel.controls import control
from enscene.kernel.errors import Invalid, NotFound
from enscene.partners import store as partners_sql
from enscene.partners.apis import store
from enscene.partners.apis.call_rules import notice_of
from enscene.partners.apis.notice import Notice
from enscene.partners.incidents.incident import check_words
from enscene.tenants import Tenant

ACTION, TAKEN_BACK = "api.deprecated", "api.kept"
TOLD_WITHIN = timedelta(days=30)
"""Whoever has called it in this time is told."""
SPAN_LEAST = timedelta(days=30)
"""So long at least an interface is answered after it was declared."""
EVENTS = "events.read"
NOTE_LEAST, NOTE_MOST = 4, 500


async def declare_notice(
    pool: partners_sql.Pool,
    bank: Tenant,
    api: str,
    *,
    known: Collection[str],
    deprecated: date,
    sunset: date,
    successor: str,
    zh: str,
    en: str,
    who: str,
) -> Notice:
    """Declare it, or change what was declared: from the day of `deprecated` answers say so, from
    that of `sunset` there are none; days begin in the bank's zone. `known` are the ids of all
    interfaces. Everybody who called it in the last 30 days is told by an event.

    Raises: NotFound("api.not_found"), Invalid("api.successor", "api.days", "incident.text").
    """
    if api not in known:
        raise api_not_found()
    if successor and (successor == api or successor not in known):
        raise Invalid("the successor is another interface", code="api.successor", param="successor")
    zh = check_words(zh, "zh", NOTE_LEAST, NOTE_MOST)
    en = check_words(en, "en", NOTE_LEAST, NOTE_MOST)
    zone = ZoneInfo(bank.zone)
    begins, ends = (datetime.combine(day, time(), zone) for day in (deprecated, sunset))
    check_span(begins, ends, datetime.now(UTC))
    async with pool.acquire() as connection, connection.transaction():
        # The lock of the shard first, as every batch has it.
        await lock_shard(connection, bank.shard, [bank.id], 0)
        callers = await store.read_callers(connection, bank.id, api, TOLD_WITHIN)
        row = await store.put_notice(
            connection, bank.id, api, begins, ends, successor, zh, en,
            [caller["name"] for caller in callers], who,
        )  # fmt: skip
        notice = notice_of(row)
        await _tell(connection, bank, ACTION, notice, callers)
    return notice


async def take_back_notice(pool: partners_sql.Pool, bank: Tenant, api: str, who: str) -> None:
    """It stays after all; whoever was told is told this too. Raises: NotFound."""
    async with pool.acquire() as connection, connection.transaction():
        await lock_shard(connection, bank.shard, [bank.id], 0)
        rows = await store.read_notices(connection, bank.id)
        found = next((notice_of(row) for row in rows if row["api"] == api), None)
        if found is None:
            raise NotFound("nothing was declared of it", code="api.no_notice", param="api")
        await store.drop_notice(connection, bank.id, api)
        callers = await store.read_callers(connection, bank.id, api, TOLD_WITHIN)
        told = [caller for caller in callers if caller["name"] in found.told]
        await _tell(connection, bank, TAKEN_BACK, found, told)


async def list_notices(pool: partners_sql.Pool, tenant: int) -> list[Notice]:
    """All of them, by interface."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        return [notice_of(row) for row in await store.read_notices(connection, tenant)]


async def set_owner(
    pool: partners_sql.Pool, tenant: int, api: str, owner: str, who: str, known: Collection[str]
) -> None:
    """Say who answers for an interface. Raises: NotFound("api.not_found"), Invalid."""
    if api not in known:
        raise api_not_found()
    owner = check_words(owner, "owner", 2, 80)
    async with partners_sql.admitted(pool, tenant) as connection:
        await store.put_owner(connection, tenant, api, owner, who)


async def read_owners(pool: partners_sql.Pool, tenant: int) -> dict[str, str]:
    """By interface, where somebody was named."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        return await store.read_owners(connection, tenant)


@control("api_span")
def check_span(begins: datetime, ends: datetime, now: datetime) -> None:
    """Nobody is left without time to change. Raises: Invalid("api.days")."""
    if ends <= begins or ends - now < SPAN_LEAST:
        raise Invalid(
            f"an interface is answered for {SPAN_LEAST.days} days at least, and ends after it was "
            "deprecated",
            code="api.days",
            param="sunset",
            facts={"days": SPAN_LEAST.days},
        )


def api_not_found() -> NotFound:
    """There is no such interface."""
    return NotFound("there is no such interface", code="api.not_found", param="api")


async def _tell(
    connection: partners_sql.Connection,
    bank: Tenant,
    action: str,
    notice: Notice,
    callers: Sequence[partners_sql.Row],
) -> None:
    """One event for each caller that reads events somewhere, in the first scene where it does."""
    scenes = await store.read_scenes(connection, bank.id)
    reports = []
    for caller in callers:
        scene = next(
            (
                row["id"]
                for row in scenes
                if {f"scene:{row['ref']}:{EVENTS}", f"scene:{row['ref']}:*"} & set(caller["scopes"])
            ),
            None,
        )
        if scene is None:
            continue
        facts = {
            "app": caller["name"],
            "api": {
                "id": notice.api, "deprecated": format_time(notice.deprecated),
                "sunset": format_time(notice.sunset), "successor": notice.successor or None,
                "zh": notice.zh, "en": notice.en,
            },
        }  # fmt: skip
        told = msgspec.json.encode(facts).decode()
        reports.append(Report(scene, action, f"api:{notice.api}", "system:apis", told, ""))
    if not reports:
        return
    stamp = await lock_shard(connection, bank.shard, [bank.id], len(reports))
    script = Script()
    append_events(script, stamp, [(n, bank.id, report) for n, report in enumerate(reports)])
    await script.run(connection)
