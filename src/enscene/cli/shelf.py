"""The bank's shelf: its products, what is wrong with them, and what no scene offers yet."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from enscene.cli._home import home_folder
from enscene.cli._pack_folders import add_language, loaded, pack_folders
from enscene.operations import GapReport, gap_report, mounting_of_pack, read_gap_report
from enscene.scenes.language.report import told_in_full
from enscene.scenes.runtime import SceneHost
from enscene.shelf import LENDS, Product, Shelf, rate_text, standard_shelf
from enscene.shelf.pricing import price_text
from enscene.shelf.read_product import COST_FROM
from enscene.storage import open_database, open_pool
from enscene.tenants import find_tenant

NAME = "shelf"
HELP = "银行的产品货架 · the bank's products: list | check | gaps"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done with it."""
    parser.add_argument(
        "what",
        choices=("list", "check", "gaps"),
        help="列出、检查、应上未上 · list, check, or what no scene offers yet",
    )
    parser.add_argument(
        "--tenant", help="gaps：该租户的场景，缺省为全部模板 · its scenes; templates when absent"
    )
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · as JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the shelf, or its mistakes; 1 when there are any."""
    shelf = standard_shelf()
    if shelf.mistakes:
        for mistake in shelf.mistakes:
            print(told_in_full(mistake, arguments.lang), file=sys.stderr)
        return 1
    if arguments.what == "gaps":
        return _gaps(shelf, arguments)
    rows = [_row(product, arguments.lang) for product in shelf.products.values()]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    if arguments.what == "check":
        bundles = len(shelf.bundles)
        print(
            f"✓ {len(rows)} 个产品（含变体），{bundles} 个组合"
            if arguments.lang == "zh"
            else f"✓ {len(rows)} products with variants, {bundles} bundles"
        )
        return 0
    for row in rows:
        print(f"{row['id']:<28}{row['kind']:<14}{row['line']:<22}{row['name']}")
        print(f"{'':<28}{row['says']}{_cost_text(row, arguments.lang)}")
    return 0


def _gaps(shelf: Shelf, arguments: argparse.Namespace) -> int:
    """Every scene (or template) with what it could offer; the exit code tells of no gap."""
    if arguments.tenant:
        with open_database(home_folder()) as opened:
            report = asyncio.run(
                _report_of_tenant(shelf, opened.database.url_app, arguments.tenant)
            )
    else:
        packs = [loaded(folder, arguments.lang) for folder in pack_folders()]
        report = gap_report(shelf, [mounting_of_pack(p, arguments.lang) for p in packs if p])
    if arguments.json:
        told = {
            "counted": "scenes" if arguments.tenant else "templates",
            "tenant": arguments.tenant,
            "scenes": [scene.ref for scene in report.scenes],
            "counts": report.counts,
            "pairs": [asdict(pair) for pair in report.pairs],
        }
        print(json.dumps(told, ensure_ascii=False))
        return 0
    counted = _counted(arguments, len(report.scenes))
    print(counted)
    names = {product.id: product.texts[arguments.lang].name for product in shelf.products.values()}
    marks = {"on": "✓", "declined": "—", "missing": "·"}
    for scene in report.scenes:
        print(f"{scene.ref}  {scene.name}")
        for pair in report.pairs:
            if pair.scene == scene.ref:
                why = f"  {pair.reason}" if pair.reason else ""
                print(f"  {marks[pair.status]} {pair.product:<28}{names[pair.product]}{why}")
    on, declined, missing = (report.counts[status] for status in marks)
    print(
        f"{counted}：已上 {on}，不办 {declined}，应上未上 {missing}"
        if arguments.lang == "zh"
        else f"{counted}: {on} on, {declined} declined, {missing} missing"
    )
    return 0


def _counted(arguments: argparse.Namespace, count: int) -> str:
    """What is counted: templates as they are shipped, or the scenes that a tenant runs."""
    if arguments.tenant:
        return (
            f"{arguments.tenant} 未停办的场景 {count} 个（与控制台相同）"
            if arguments.lang == "zh"
            else f"{count} scenes of {arguments.tenant} that are not retired, as in the console"
        )
    return (
        f"场景模板 {count} 个（在办场景用 --tenant）"
        if arguments.lang == "zh"
        else f"{count} templates (with --tenant the scenes that run)"
    )


async def _report_of_tenant(shelf: Shelf, url: str, ref: str) -> GapReport:
    pool = await open_pool(url, size_max=2, application_name="enscene shelf")
    host = SceneHost(pool)
    try:
        tenant = await find_tenant(pool, ref)
        return await read_gap_report(host, pool, tenant.id, shelf)
    finally:
        await host.close()
        await pool.close()


def _row(product: Product, language: str) -> dict[str, Any]:
    told = product.texts[language]
    row: dict[str, Any] = {
        "id": product.id, "base": product.base, "version": product.version, "kind": product.kind,
        "line": product.line, "name": told.name, "says": told.says,
        "serves": list(product.serves), "sectors": list(product.sectors),
        "articles": list(product.articles), "pains": list(product.pains),
        "prices": {name: price_text(price) for name, price in product.prices().items()},
    }  # fmt: skip
    if product.kind in LENDS:
        assert product.amount is not None
        months = product.months[-1]
        cost = product.cost(product.amount[1], months, COST_FROM)
        row["months"] = months
        row["annual_cost"] = rate_text(cost.compound_ppm)
    return row


def _cost_text(row: dict[str, Any], language: str) -> str:
    if "annual_cost" not in row:
        return ""
    if language == "zh":
        return f"；{row['months']} 个月综合年化 {row['annual_cost']}（内部收益率）"
    return f"; {row['annual_cost']} a year all in over {row['months']} months (IRR)"
