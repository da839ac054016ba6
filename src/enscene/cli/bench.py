"""Measure speed, as ratios within one run."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

from enscene.cli._home import home_folder
from enscene.kernel.collector import calm_collector
from enscene.storage import open_database

NAME = "bench"
HELP = "性能测试 · measure speed: ledger, scene, api, close, quote, gateway, webhooks, metering, isolation, engine, replay, offers, export, lake, identity, or all"
NAMES = (
    "ledger", "scene", "api", "close", "quote", "gateway", "webhooks", "metering", "isolation",
    "engine", "replay", "offers", "export", "lake", "identity",
)  # fmt: skip
ROOT = Path(__file__).parents[3]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is measured and for how long."""
    parser.add_argument("name", nargs="?", choices=(*NAMES, "all"), default="all")
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · figures as JSON last")
    parser.add_argument("--rounds", type=int, default=5, help="轮数 · rounds")
    parser.add_argument("--seconds", type=float, default=2.0, help="每段秒数 · seconds a loop")
    parser.add_argument(
        "--short", action="store_true", help="短测，只看能否运行 · a short run, to see it works"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks one after the other; the exit code tells whether all figures hold."""
    import uvloop

    sys.path.insert(0, str(ROOT))
    rounds, seconds = (1, 0.5) if arguments.short else (arguments.rounds, arguments.seconds)
    names = NAMES if arguments.name == "all" else (arguments.name,)
    results: dict[str, Any] = {}
    missed = 0
    with open_database(home_folder()) as opened:
        for name in names:
            module = importlib.import_module(f"bench.{name}")
            calm_collector()
            result = uvloop.run(_measure(module, opened.database, rounds, seconds))
            results[name] = result
            for figure, reached, wanted in module.figures(result):
                at_most = math.copysign(1, wanted) < 0
                holds = reached <= -wanted if at_most else reached >= wanted
                missed += not holds
                bound = f"≤ {-wanted:g}" if at_most else f"≥ {wanted:g}"
                mark = "✓" if holds else "✗"
                print(f"{mark} {name}  {figure}: {reached:g} ({bound})", file=sys.stderr)
    if arguments.json:
        print(json.dumps(results if len(names) > 1 else results[names[0]]))
    else:
        print(json.dumps(results, indent=2))
    return 0 if arguments.short or not missed else 1


async def _measure(module: Any, server: Any, rounds: int, seconds: float) -> dict[str, Any]:
    database = importlib.import_module("bench.database")
    async with database.bench_database(server) as fresh:
        result: dict[str, Any] = await module.run(fresh, rounds=rounds, seconds=seconds)
        return result
