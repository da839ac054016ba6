"""Every receipt of data that was served becomes a reading: what is audited is what is billed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from enscene.billing import store
from enscene.billing.billing import Billing
from enscene.metering import Reading, read_reading, take_readings
from enscene.tenants import Tenant

AT_ONCE = 500


async def meter_receipts(billing: Billing, tenants: Sequence[Tenant]) -> int:
    """Take the readings of all receipts that have none; how many receipts there were.

    The receipt's number names its reading, so that whoever is killed between the two, or comes at
    the same time, counts nothing twice.
    """
    by_id = {tenant.id: tenant for tenant in tenants}
    done = 0
    while by_id:
        async with store.reading(billing.pool, list(by_id)) as connection:
            rows = await store.read_unmetered(connection, list(by_id), AT_ONCE)
        found: dict[int, list[Reading]] = defaultdict(list)
        numbers: dict[int, list[int]] = defaultdict(list)
        for tenant, number, app, scene, party, what, level, fields, records in rows:
            numbers[tenant].append(number)
            if fields * records:
                found[tenant].append(
                    read_reading(
                        number, level=level, fields=fields, records=records, app=app, scene=scene,
                        party=party, what=what,
                    )
                )  # fmt: skip
        for tenant, readings in found.items():
            await take_readings(billing.writer(by_id[tenant].shard), tenant, readings)
        for tenant, known in numbers.items():
            async with store.writing(billing.pool, tenant) as connection:
                await store.mark_metered(connection, tenant, known)
        done += len(rows)
        if len(rows) < AT_ONCE:
            break
    return done
