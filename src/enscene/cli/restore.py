"""Replace all data by those of a backup."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import asyncpg

from enscene.api.auth import drop_foreign_keys
from enscene.cli._home import home_folder, only_one_up, refuse_external
from enscene.cli._play_days import STATE
from enscene.cli._say import agrees, say
from enscene.customers.erasure import FILE as ERASED
from enscene.customers.erasure import Erased, list_erased, read_erased
from enscene.engagement import erase_again
from enscene.scenes.runtime import SceneHost
from enscene.storage import OpenDatabase, connect, open_database, open_pool, seal_of_home
from enscene.storage.backup import read_manifest, restore_backup
from enscene.storage.migrations import migrate
from enscene.storage.seal import FILE

NAME = "restore"
HELP = "从备份恢复 · replace all data by a backup (checked first)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the backup and `--yes`."""
    parser.add_argument("file", type=Path, help="备份文件 · the backup")
    parser.add_argument("--yes", action="store_true", help="不再询问 · do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Restore a backup that is whole; a damaged one changes nothing."""
    refuse_external("请用其自身的恢复工具", "use that server's own tools")
    home = home_folder()
    made_at = read_manifest(arguments.file).made_at
    question = f"用 {made_at} 的备份替换全部数据？"
    if not arguments.yes and not agrees(question, "replace all data by this backup?"):
        say("未作改动", "nothing was changed")
        return 1
    with only_one_up(home), open_database(home) as opened:
        assert opened.cluster is not None
        gone = _known_as_erased(opened, home)
        asyncio.run(restore_backup(opened.cluster, opened.database, arguments.file))
        steps = asyncio.run(migrate(opened.database))
        erased = asyncio.run(_erase_again(opened, gone))
        dropped = asyncio.run(_drop_foreign_keys(opened, home))
        # What the simulated city remembers is of the data that are gone.
        (home / STATE).unlink(missing_ok=True)
    say(f"已恢复 {made_at} 的数据", f"restored, {steps} migrations applied")
    if erased:
        say(
            f"备份中有 {erased} 名此后已删除个人信息的客户，已再次删除",
            f"{erased} persons of the backup had been erased since, and were erased again",
        )
    if dropped:
        say(
            "备份中的签名密钥由另一主目录的密钥加密，本机打不开，已删除，下次启动时另行生成："
            "此前的访问令牌与翻页游标失效，应用会自行换取新令牌。"
            f"若要保留，请先把原主目录的 {FILE} 复制到 {home}，再恢复一次",
            "the signing keys in this backup were sealed by another home's key and are dropped: "
            "access tokens and page cursors given out before end, applications get new tokens. "
            f"To keep them, copy that home's {FILE} to {home} and restore again",
        )
    return 0


def _known_as_erased(opened: OpenDatabase, home: Path) -> list[Erased]:
    """Those of the list in the home, and of the database that is about to be replaced, if that can
    still be read."""
    try:
        from_rows = asyncio.run(_erased_of(opened))
    except (asyncpg.PostgresError, OSError):
        from_rows = []  # it is why one restores; the list remains
    return list(dict.fromkeys([*read_erased(home / ERASED), *from_rows]))


async def _erased_of(opened: OpenDatabase) -> list[Erased]:
    connection = await connect(opened.database.url_app)
    try:
        return await list_erased(connection)
    finally:
        await connection.close()


async def _erase_again(opened: OpenDatabase, gone: list[Erased]) -> int:
    """Before anybody is served from what was restored."""
    if not gone:
        return 0
    pool = await open_pool(opened.database.url_app, size_max=4, application_name="enscene restore")
    host = SceneHost(pool)
    try:
        return await erase_again(pool, host, gone)
    finally:
        await host.close()
        await pool.close()


async def _drop_foreign_keys(opened: OpenDatabase, home: Path) -> int:
    connection = await connect(opened.database.url_owner)
    try:
        return await drop_foreign_keys(connection, seal_of_home(home))
    finally:
        await connection.close()
