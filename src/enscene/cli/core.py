"""The core system behind the shelf: which product is bound to which, and its files."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from enscene.cli._home import home_folder
from enscene.cli._say import complain
from enscene.commit import Writer
from enscene.kernel.errors import EnsceneError
from enscene.ledger import Ledger
from enscene.shelf import ContractKind, Contracts
from enscene.shelf.providers import bind_product, send_orders, take_answers
from enscene.storage import open_database, open_pool
from enscene.tenants import find_tenant

NAME = "core"
HELP = "核心系统 · the core system: bind | send | take (ISO 20022)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done."""
    parser.add_argument("what", choices=("bind", "send", "take"), help="绑定、发送或接收 · what")
    parser.add_argument("path", nargs="?", help="产品，或文件夹与文件 · product, folder or file")
    parser.add_argument("--tenant", default="bank", help="租户 · tenant")
    parser.add_argument("--adapter", choices=("sandbox", "iso20022"), default="iso20022",
                        help="适配器 · adapter")  # fmt: skip
    parser.add_argument("--name", default="", help="银行户名 · the bank's name in files")
    parser.add_argument("--account", default="", help="银行账号 · the bank's account in files")
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Bind a product, write files, or read one; 1 when it cannot be done."""
    if not arguments.path:
        wanted = {"bind": "产品 · a product", "send": "文件夹 · a folder", "take": "文件 · a file"}
        return complain(f"core {arguments.what}: {wanted[arguments.what]}", 2)
    text = b""
    if arguments.what == "send":
        Path(arguments.path).mkdir(parents=True, exist_ok=True)
    if arguments.what == "take":
        try:
            text = Path(arguments.path).read_bytes()
        except OSError as error:
            return complain(f"{arguments.path}: {error.strerror}", 1)
    with open_database(home_folder()) as opened:
        try:
            told = asyncio.run(_run(opened.database.url_app, arguments, text))
        except EnsceneError as error:
            return complain(f"{error.code}: {error.detail}", 1)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for name, value in told.items():
            print(f"{name}: {value}")
    return 0


async def _run(url: str, arguments: argparse.Namespace, text: bytes) -> dict[str, Any]:
    pool: Any = await open_pool(url, size_min=2, size_max=6, application_name="enscene core")
    writers: dict[int, Writer] = {}

    def writer_of(shard: int) -> Writer:
        if shard not in writers:
            writers[shard] = Writer(pool, shard, (Ledger(), ContractKind()))
        return writers[shard]

    try:
        tenant = await find_tenant(pool, arguments.tenant)
        contracts = Contracts(pool, writer_of)
        if arguments.what == "bind":
            await bind_product(
                pool, tenant.id, arguments.path, arguments.adapter, name=arguments.name,
                account=arguments.account,
            )  # fmt: skip
            return {"product": arguments.path, "adapter": arguments.adapter}
        if arguments.what == "send":
            sent = await send_orders(pool, contracts, tenant.id, Path(arguments.path))
            if sent.without_account:
                print(f"没有账号 · no account known: {', '.join(sorted(sent.without_account))}",
                      file=sys.stderr)  # fmt: skip
            return {"files": [str(path) for path in sent.files], "out": sent.out,
                    "collected": sent.collected}  # fmt: skip
        taken = await take_answers(pool, contracts, tenant.id, text, arguments.path)
        return {"settled": taken.settled, "rejected": taken.rejected, "again": taken.again,
                "unknown": taken.unknown}  # fmt: skip
    finally:
        for writer in writers.values():
            await writer.close()
        await pool.close()
