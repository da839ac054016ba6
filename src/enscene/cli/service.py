"""States of service: what holds, enter one, leave it."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from getpass import getuser
from typing import Any

from enscene.cli._home import home_folder
from enscene.kernel.clock import format_time, parse_duration, parse_time
from enscene.kernel.errors import Invalid
from enscene.storage import open_database, open_pool
from enscene.tenants import find_tenant
from enscene.tenants.service import Entry, Order, enter_state, leave_state, list_states

NAME = "service"
HELP = "服务状态 · states of service: service show | essential | readings | leave"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done, where, why and for how long."""
    parser.add_argument("what", choices=("show", "essential", "readings", "leave"))
    parser.add_argument("--bank", help="银行代号，缺省整个平台 · a bank's ref, else all of them")
    parser.add_argument("--reason", default="", help="原因，公开显示 · why; everybody reads it")
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--for", dest="span", help="预计多久，如 2h · for how long, such as 2h")
    span.add_argument("--until", help="预计结束 · until when, such as 2026-11-24T02:00:00Z")
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it, and print what holds then."""
    with open_database(home_folder()) as opened:
        entries = asyncio.run(_do(opened.database.url_app, arguments))
    now = datetime.now(UTC)
    if arguments.json:
        print(json.dumps([_told(each, now) for each in entries], ensure_ascii=False))
        return 0
    held = [each for each in entries if each.holds(now)]
    if not held:
        print("服务正常 · all services")
    for each in held:
        until = "?" if each.until is None else format_time(each.until)
        print(f"{each.state}  {each.bank or '*'}  → {until}  {each.who}  {each.reason}")
    return 0


async def _do(url: str, arguments: argparse.Namespace) -> list[Entry]:
    pool: Any = await open_pool(url, size_max=2, application_name="enscene service")
    try:
        bank = await find_tenant(pool, arguments.bank) if arguments.bank else None
        who = f"{getuser()} (enscene service)"
        if arguments.what == "leave":
            await leave_state(pool, bank, who)
        elif arguments.what != "show":
            order = Order(arguments.what, arguments.reason, _until(arguments))
            await enter_state(pool, bank, order, who)
        return await list_states(pool)
    finally:
        await pool.close()


def _until(arguments: argparse.Namespace) -> datetime:
    if arguments.until:
        return parse_time(arguments.until, param="until")
    if arguments.span:
        return datetime.now(UTC) + parse_duration(arguments.span, param="for")
    raise Invalid("须写明多久 · say for how long: --for 2h", param="for")


def _told(entry: Entry, now: datetime) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return None if value is None else format_time(value)

    return {
        "state": entry.state, "bank": entry.bank, "cause": entry.cause, "reason": entry.reason,
        "who": entry.who, "since": moment(entry.since), "until": moment(entry.until),
        "ended_at": moment(entry.over_at), "holds": entry.holds(now),
    }  # fmt: skip
