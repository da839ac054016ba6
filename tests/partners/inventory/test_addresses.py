"""Addresses of an application enter the inventory by themselves and leave it with the settings."""

from __future__ import annotations

from enscene.partners import store
from enscene.partners.find_partner import get_partner
from enscene.partners.inventory import enter_addresses, put_asset, read_assets
from enscene.partners.watch_assets import watch_assets


async def test_addresses_follow_the_settings_and_what_a_person_entered_stays(banks) -> None:
    partner = await banks.partner(banks.one)
    place = (banks.pool, banks.one.id, partner)
    await put_asset(*place, "maker@bank", "domain", "old.example", supplier="a host")

    async def named(**settings: object) -> set[tuple[str, str, str]]:
        async with store.admitted(banks.pool, banks.one.id) as connection:
            await store.update(connection, banks.one.id, partner, settings)
        await watch_assets(banks.pool, banks.one.id)
        return {(each.kind, each.name, each.origin) for each in await read_assets(*place)}

    by_hand = ("domain", "old.example", "person")
    assert await named(webhook_url="https://u:p@old.example:8443/hook?key=1") == {
        by_hand, ("api", "https://old.example:8443/hook", "settings"),
    }  # fmt: skip
    new = {("api", "https://a.example/cb", "settings"), ("domain", "a.example", "settings")}
    back = {"redirect_uris": ["https://a.example/cb", "http://127.0.0.1/cb"]}
    assert await named(webhook_url=None, **back) == {by_hand, *new}
    known = await get_partner(*place)
    await enter_addresses(banks.pool, banks.one.id, known)
    assert len(await read_assets(*place)) == 3
    await put_asset(*place, "maker@bank", "domain", "a.example", owner="Li")
    assert await named(redirect_uris=[]) == {by_hand, ("domain", "a.example", "person")}
