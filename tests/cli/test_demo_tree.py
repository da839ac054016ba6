"""The demo's tree: made once, left alone afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from enscene.cli._demo_tree import OPERATOR, keep_operator, keep_tree
from enscene.scenes.language import load_pack
from enscene.tenants import close_tenant, create_tenant, find_tenant, list_below
from enscene.tenants.figures import read_figures, sight_of
from enscene.tenants.quotas import read_quotas, set_quota
from enscene.tenants.users import log_in

PACK = Path(__file__).parents[2] / "packs" / "smart_canteen"


async def test_it_is_made_once_and_shown_to_its_operator(pool: Any, tmp_path: Path) -> None:
    bank = await create_tenant(pool, "sandbox", "Sandbox", sandbox=True)
    pack = load_pack(PACK).pack
    assert pack is not None
    he, lin = await keep_operator(pool, tmp_path)
    await keep_tree(pool, bank, pack)
    below = await list_below(pool, bank.id)
    assert {each.level_name for each in below} == {"bank", "branch", "tenant", "sub_tenant"}
    session = await log_in(pool, he.login, he.password)
    sight = await sight_of(pool, session.user.tenant, OPERATOR)
    assert sight.whole
    assert [each.ref for each in sight.tenants] == [each.ref for each in below]
    figures = {each.tenant.ref: each for each in await read_figures(pool, below)}
    assert figures["yucai-school"].scenes == 1
    assert figures["yucai-school"].packs == (f"smart_canteen {pack.version}",)

    # What was changed since stays changed.
    branch = await find_tenant(pool, "hangzhou")
    await set_quota(pool, branch.id, "calls_day", 7, "test")
    shop = await find_tenant(pool, "corner-shop")
    await close_tenant(pool, shop)
    assert await keep_operator(pool, tmp_path) == [he, lin]
    await keep_tree(pool, bank, pack)
    assert (await find_tenant(pool, "corner-shop")).state == "closed"
    limits = {quota.what: quota.most for quota in await read_quotas(pool, branch.id)}
    assert limits["calls_day"] == 7
