"""The bank's shelf: its products, what is wrong with them, and what no scene offers yet."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from enscene.cli._pack_folders import add_language
from enscene.scenes.language.report import told_in_full
from enscene.shelf import LENDS, Product, rate_text, standard_shelf
from enscene.shelf.read_product import COST_FROM

NAME = "shelf"
HELP = "银行的产品货架 · the bank's products: list | check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done with it."""
    parser.add_argument("what", choices=("list", "check"), help="列出或检查 · list or check")
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · as JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the shelf, or its mistakes; 1 when there are any."""
    shelf = standard_shelf()
    if shelf.mistakes:
        for mistake in shelf.mistakes:
            print(told_in_full(mistake, arguments.lang), file=sys.stderr)
        return 1
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


def _row(product: Product, language: str) -> dict[str, Any]:
    told = product.texts[language]
    row: dict[str, Any] = {
        "id": product.id, "base": product.base, "version": product.version, "kind": product.kind,
        "line": product.line, "name": told.name, "says": told.says,
        "serves": list(product.serves), "sectors": list(product.sectors),
        "articles": list(product.articles), "pains": list(product.pains),
        "prices": {name: str(price) for name, price in product.prices().items()},
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
