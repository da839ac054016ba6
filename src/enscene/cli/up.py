"""Run Enscene: database, sandbox bank, one simulated day, console."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
from collections.abc import Mapping
from typing import Any

import uvloop

from enscene.cli._home import home_folder, only_one_up
from enscene.cli._partners import DAYS, MORE
from enscene.cli._port import require_free_port
from enscene.cli._say import complain, say
from enscene.cli._up_steps import STEPS, Up, serve
from enscene.cli.upgrade import bring_up_to_date
from enscene.kernel.errors import Invalid
from enscene.storage import OpenDatabase, open_database

NAME = "up"
HELP = "启动 · set up, play a simulated day, serve the console"
_SHOWN = 200
"""So much of the first surprise is told in the line; the summary has the whole of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the day's size and how to end."""
    parser.add_argument("--once", action="store_true", help="汇总后结束 · end after the summary")
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · summary as JSON last")
    parser.add_argument(
        "--days", type=int, default=None,
        help="模拟天数，默认 1，开商圈为 5 · simulated days: 1, with a district 5",
    )  # fmt: skip
    parser.add_argument("--people", type=int, default=None, help="人数 · simulated people")
    parser.add_argument(
        "--scene", action="append", choices=sorted(MORE), metavar="SCENE",
        help=f"另开场景，可重复 · open another scene as well: {', '.join(sorted(MORE))}",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="随机种子 · seed of the simulation")
    parser.add_argument("--port", type=int, default=8700, help="控制台端口 · port of the console")
    parser.add_argument("--lang", choices=("zh", "en"), help="汇总的语言 · language of the summary")
    parser.add_argument(
        "--allow-demo-logins",
        action="store_true",
        help="外部数据库也建演示账号 · demo logins on a database that others run",
    )
    parser.add_argument(
        "--allow-movable-clocks",
        action="store_true",
        help="外部数据库也可调时钟 · movable clocks on a database that others run",
    )


def run(arguments: argparse.Namespace) -> int:
    """Bring everything up, and down again in good order; 1 when the days held a surprise."""
    home = home_folder()
    if arguments.days is None:
        arguments.days = max([1, *(DAYS[scene] for scene in arguments.scene or ())])
    for name in ("people", "days"):
        value = getattr(arguments, name)
        if value is not None and value < (1 if name == "people" else 0):
            raise Invalid(f"--{name} {value}：太小 · is too small", param=name)
    if not arguments.once:
        require_free_port(arguments.port)
    with only_one_up(home):
        say("启动数据库", "starting the database")
        with open_database(home) as opened:
            bring_up_to_date(opened)
            up = Up(home=home, database=opened.database, arguments=arguments)
            up.allows_demo = not opened.is_external or arguments.allow_demo_logins
            up.moves_clocks = not opened.is_external or arguments.allow_movable_clocks
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_live(up, opened))
    return 1 if fault_of(up.summary) else 0


def fault_of(summary: Mapping[str, Any]) -> str:
    """What the days have shown to be wrong, in one line; nothing where all came as expected."""
    simulator, ledger = summary.get("simulator", {}), summary.get("ledger", {})
    if count := simulator.get("surprises", 0):
        first = simulator["first_surprises"][0]
        return f"模拟核对有 {count} 项意外 · {count} surprises: {first['request'][:_SHOWN]}"
    if not ledger.get("verified", True):
        return "账本核验未通过 · the ledger is not verified: ./enscene ledger verify"
    return ""


async def _live(up: Up, opened: OpenDatabase) -> None:
    """Take the steps, tell the summary, serve until told to end."""
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, ending.set)
    work = asyncio.create_task(_work(up))
    helpers = [asyncio.create_task(ending.wait()), asyncio.create_task(_keep_running(opened))]
    try:
        await asyncio.wait([work, *helpers], return_when=asyncio.FIRST_COMPLETED)
        for helper in helpers:
            if helper.done() and (error := helper.exception()) is not None:
                raise error
    finally:
        for task in (work, *helpers):
            if not task.done():
                task.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError):
            await work
    if not up.told:
        raise KeyboardInterrupt  # ended before there was a summary: not a success


async def _work(up: Up) -> None:
    for step in STEPS:
        await step(up)
    if up.arguments.json:
        print(json.dumps(up.summary, ensure_ascii=False), flush=True)
    up.told = True
    if fault := fault_of(up.summary):
        complain(fault, 1)
    if not up.arguments.once:
        await serve(up)


async def _keep_running(opened: OpenDatabase) -> None:
    """Start the database again whenever it was killed."""
    cluster = opened.cluster
    while cluster is not None:
        await asyncio.sleep(0.5)
        if not await asyncio.to_thread(cluster.is_running):
            say("数据库中断，正在重启", "the database was killed, starting it again")
            await asyncio.to_thread(cluster.start)
    await asyncio.Event().wait()
