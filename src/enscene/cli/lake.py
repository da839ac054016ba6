"""The lake by hand: what stands in it, whether it is whole, what is exported now, and the figures
of a day."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from enscene.cli._home import home_folder
from enscene.kernel.errors import Invalid
from enscene.lake import FOLDER, Folder, Lake, check_lake, show_lake
from enscene.operations.indicators import compute_indicators
from enscene.storage import open_database, open_pool

NAME = "lake"
HELP = "数据湖 · the lake of Parquet files: lake show [--check], lake export, lake mend, lake indicators [--day]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done."""
    parser.add_argument("what", choices=("show", "export", "mend", "indicators"))
    parser.add_argument("--day", help="哪天的指标，默认昨天 · figures of which day, 2026-03-02")
    parser.add_argument(
        "--check", action="store_true", help="逐个核对文件 · compare every file with its digest"
    )
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it; 1 when a file is missing or damaged and is not mended."""
    if arguments.check and arguments.what != "show":
        raise Invalid("lake show --check", param="check")
    day = _day(arguments.day) if arguments.what == "indicators" else None
    with open_database(home_folder()) as opened:
        told = asyncio.run(_do(opened.database.url_app, arguments, day))
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, default=str))
    elif day is not None:
        print(
            f"{day}：{told['tenants']} 个租户 {told['rows']} 个数，{told['seconds']} 秒 · "
            f"{told['rows']} figures of {told['tenants']} tenants in {told['seconds']} s"
        )
    else:
        print("\n".join(_lines(told)))
    return 1 if told.get("faults") and arguments.what == "show" else 0


def _day(told: str | None) -> date:
    if told is None:
        return date.today() - timedelta(days=1)  # noqa: DTZ011 - whoever asks means their own
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise Invalid("日期形如 2026-03-02 · a day such as 2026-03-02", param="day") from error


async def _do(url: str, arguments: argparse.Namespace, day: date | None) -> dict[str, Any]:
    pool: Any = await open_pool(url, size_max=4, application_name="enscene lake")
    lake = Lake(pool, Folder(home_folder() / FOLDER))
    more: dict[str, Any] = {}
    try:
        if day is not None:
            await lake.settle()
            return asdict(await compute_indicators(pool, lake, day))
        if arguments.what == "export":
            more["exported"] = await lake.settle()
        if arguments.what == "mend" or arguments.check:
            found = await check_lake(lake)
            more["faults"] = [{"file": str(file.path), "fault": fault} for file, fault in found]
            if arguments.what == "mend":
                more["mended"] = await lake.mend([file for file, _ in found])
        return await show_lake(pool, lake) | more
    finally:
        await pool.close()


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"{'':10}{'文件 files':>12}{'行 rows':>14}{'字节 bytes':>16}{'日 days':>10}"]
    for kind, each in told["kinds"].items():
        lines.append(
            f"{kind:10}{each['files']:>14,}{each['rows']:>15,}{each['bytes']:>18,}{each['days']:>11,}"
        )
    lines += [
        f"分片 {each['shard']}：落后 {each['behind']} 号，{each['behind_s']} 秒 · "
        f"shard {each['shard']}: {each['behind']} numbers behind, {each['behind_s']} s"
        for each in told["shards"]
    ]
    if told["erasures"]:
        lines.append(f"待跟进的删除 {told['erasures']} · erasures to follow: {told['erasures']}")
    if "exported" in told:
        lines.append(f"导出 {told['exported']} 行 · {told['exported']} rows exported")
    if "faults" in told:
        words = {"missing": "缺失 · missing", "damaged": "损坏 · damaged"}
        lines += [f"{words[each['fault']]}: {each['file']}" for each in told["faults"]]
        lines.append(
            f"重做 {told['mended']} 个文件 · {told['mended']} files made anew"
            if "mended" in told
            else f"{len(told['faults'])} 个文件有误 · {len(told['faults'])} files are not as written"
        )
    return lines
