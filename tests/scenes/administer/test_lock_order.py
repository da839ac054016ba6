"""Administrative acts lock the shard before any row, so that no two wait for each other."""

from __future__ import annotations

from typing import Any

from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_terms, enrol
from scenes.canteen import Canteen, canteen_pack, open_canteen, outcomes

TABLES = ("party", "enrolment", "link", "account", "scene", "terms")


async def under_new_terms(canteen: Canteen) -> None:
    async with canteen.pool.acquire() as connection, connection.transaction():
        order = SceneOrder("canteen", "Canteen")
        await change_terms(connection, canteen.tenant.id, "canteen", canteen_pack(), order, "test")


async def test_many_acts_at_once_all_pass(pool: Any) -> None:
    canteen = await open_canteen(pool)
    halls = ("hall", "other_hall")
    await canteen.enrol(Enrolment("other_hall", "canteen", "merchant"))
    acts = []
    for number in range(12):
        till = Enrolment("till", "terminal", "device", bound_to=halls[number % 2])
        new = Enrolment(f"d{number % 5}", "diner", "person")
        acts += [canteen.enrol(till, new), canteen.enrol(new, till), canteen.link("ann", "acme")]
        if number % 4 == 0:
            acts.append(under_new_terms(canteen))
    assert set(await outcomes(*acts)) == {None}
    await canteen.host.close()


async def test_the_shard_is_locked_before_any_row_is_touched(pool: Any) -> None:
    canteen = await open_canteen(pool)
    said: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: said.append(record.query.lower()))
        async with connection.transaction():
            orders = [Enrolment("new", "diner", "person")]
            await enrol(connection, canteen.tenant.id, canteen.scene, canteen_pack(), orders)
    changing = [
        query for query in said if "update shard" in query
        or any(f"insert into {table}" in query for table in TABLES)
    ]  # fmt: skip
    assert "update shard" in changing[0]
    assert len(changing) > 3
    await canteen.host.close()
