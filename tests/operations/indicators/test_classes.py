"""Every account that the program can open has one class, and an unknown one is told by its name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from enscene.billing.accounts import NAMES
from enscene.commit import admit
from enscene.engagement.benefits import accounts as benefits
from enscene.lake import Folder, Lake
from enscene.operations.indicators import compute_indicators
from enscene.operations.indicators.classes import (
    CLASSES,
    Unclassified,
    class_column,
    class_of,
    roles_known,
)
from enscene.partners.bring_in.cashier import COST, INCOME
from enscene.scenes.language._grammar_scene import ACCOUNT_KINDS, ACCOUNT_ROLES
from enscene.shelf.contracts.books import CORE, CURRENT, OF_KIND, POSTINGS
from operations.indicators.town import settle_town


def test_what_packs_may_declare() -> None:
    for role in ACCOUNT_ROLES:
        for kind in ACCOUNT_KINDS:
            assert class_of(role, kind, "any") in CLASSES, (role, kind)


def test_books_of_the_shelf() -> None:
    books = {name for names in OF_KIND.values() for name in names} | {"income", CURRENT, CORE}
    moved = {name for lines in POSTINGS.values() for line in lines for name in line[1:]} - {"pay"}
    for role in books | moved:
        assert class_of(role, "free", f"loan.{role}") in CLASSES, role


def test_accounts_without_a_role() -> None:
    names = {
        *NAMES, *(f"{name}@shop-app" for name in NAMES), benefits.BANK, benefits.POOL,
        benefits.left_name("c"), "benefits.aside@c", benefits.spent_name("c", "cards"),
        COST, INCOME, "brought_in.due.0a", "brought_in.traffic.0a", CURRENT, "opening",
        "rails.own.3", "rails.clearing", "rails.outside",
    }  # fmt: skip
    for name in names:
        assert class_of("", "free", name) in CLASSES, name
    assert class_of("", "free", "billing.earned.bank@shop-app") == "saas"
    assert class_of("", "free", "billing.earned.vendor") == "settling"
    assert class_of("", "free", benefits.spent_name("c", "cards")) == "benefits"
    assert class_of("", "free", benefits.POOL) == "own"


def test_points_and_promotion_money_are_no_deposits() -> None:
    assert class_of("stored_value", "closed_loop", "points") == "subsidies"
    assert class_of("stored_value", "free", "wallet") == "kept"
    assert class_of("pool", "closed_loop", "promotion") == "subsidies"
    assert class_of("pool", "supervised", "premiums") == "agency"


def test_columns_say_the_same() -> None:
    rows = [*roles_known(), ("mystery", "free"), ("", "free")]
    names = ["opening", "openings", "billing.paid.bank@a", "benefits.left@c", "x"]
    told = [(role, kind, name) for role, kind in rows for name in names]
    columns = dict(zip(("role", "kind", "name"), map(list, zip(*told, strict=True)), strict=True))
    table = ibis.memtable(pa.table(columns))
    made = table.mutate(found=class_column(table.role, table.kind, table.name))
    for row in ibis.duckdb.connect().to_pyarrow(made).to_pylist():
        known = class_of(row["role"], row["kind"], row["name"])
        assert row["found"] == (known or ""), row


async def test_an_unknown_account_is_told_and_the_others_are_computed(
    pool: Any, tmp_path: Path
) -> None:
    town = await settle_town(pool, "town", "Asia/Shanghai", 1, events=20)
    other = await settle_town(pool, "other", "Asia/Shanghai", 2, events=20)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [town])
        await connection.execute(
            "insert into account (tenant, id, scene, name, owner, currency, role) "
            "values ($1, 99, 0, 'hidden', 0, 'CNY', 'mystery')", town,
        )  # fmt: skip
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await lake.settle()
    with pytest.raises(Unclassified, match=f"tenant {town}: 'mystery' free hidden"):
        await compute_indicators(pool, lake, date(2026, 2, 10))
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [town, other])
        computed = await connection.fetch("select tenant from indicator_day")
    assert [row[0] for row in computed] == [other]
