"""`pack test`: the golden cases of packs, through the real write path on a throw-away database."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from enscene.cli._home import home_folder
from enscene.cli._pack_folders import add_language, folder_of, loaded, pack_folders
from enscene.engagement import reactor_of
from enscene.scenes.casebook import CaseResult, run_case
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, StorageFault, open_database, open_pool
from enscene.storage.database import OWNER_ROLE
from enscene.storage.errors import MISCONFIGURED
from enscene.storage.migrations import migrate

NAME = "test"
HELP = "运行场景模板的用例 · run the golden cases of packs"

Results = dict[str, list[CaseResult]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the packs (all when none is named), the language and `--json`."""
    parser.add_argument("packs", nargs="*", help="文件夹或标识 · folders or ids")
    parser.add_argument("--json", action="store_true", help="JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the cases; 1 when a pack cannot be loaded or a case does not hold."""
    folders = [folder_of(name) for name in arguments.packs] or pack_folders()
    packs = [loaded(folder, arguments.lang) for folder in folders]
    with open_database(home_folder()) as opened:
        if opened.database.url_admin is None:
            raise StorageFault(
                "用例只在自带的数据库上运行，请去掉 ENSCENE_DATABASE_URL",
                "cases run on a server of our own: unset ENSCENE_DATABASE_URL",
                exit_code=MISCONFIGURED,
            )
        results = asyncio.run(_run_cases(opened.database, [pack for pack in packs if pack]))
    if arguments.json:
        found = {pack: {r.name: r.faults for r in cases} for pack, cases in results.items()}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for pack, cases in results.items():
            _print_cases(pack, cases, arguments.lang)
    held = all(case.holds for cases in results.values() for case in cases)
    return 0 if held and all(packs) else 1


async def _run_cases(server: Database, packs: list[Pack]) -> Results:
    """The cases of each pack by its id, one after the other."""
    results: Results = {}
    async with _throw_away(server) as database:
        pool = await open_pool(database.url_app)
        host = SceneHost(pool)
        try:
            for pack in packs:
                results[pack.id] = [
                    await run_case(pool, host, pack, case, reactor_of=reactor_of)
                    for case in pack.cases
                ]
        finally:
            await host.close()
            await pool.close()
    return results


@asynccontextmanager
async def _throw_away(server: Database) -> AsyncIterator[Database]:
    """A migrated, empty database; dropped at the end."""
    name = f"enscene_cases_{os.getpid()}"
    admin = await asyncpg.connect(server.url_admin)
    try:
        await admin.execute(f"create database {name} owner {OWNER_ROLE} template template0")
        database = server.named(name)
        await migrate(database)
        yield database
    finally:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.close()


def _print_cases(pack: str, cases: list[CaseResult], language: str) -> None:
    held = sum(case.holds for case in cases)
    print(f"{pack}  {held}/{len(cases)} {'个用例成立' if language == 'zh' else 'cases hold'}")
    for case in cases:
        print(f"  {'✓' if case.holds else '✗'} {case.name}")
        for fault in case.faults:
            print(f"      {fault}")
