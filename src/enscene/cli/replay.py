"""Replay data that others recorded, through the real write path."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from enscene.cli._home import home_folder
from enscene.cli._pack_folders import PACKS
from enscene.cli.upgrade import bring_up_to_date
from enscene.kernel.collector import calm_collector
from enscene.kernel.errors import Invalid
from enscene.replay import replay_berka, replay_flights
from enscene.scenes.language import load_pack
from enscene.storage import open_database, open_pool

NAME = "replay"
HELP = "回放真实数据 · replay recorded data: flights FOLDER, berka FOLDER"
TRANSACTIONS = ("trans.asc", "trans.asc.gz", "trans*.asc", "trans*.asc.gz")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is replayed and from where."""
    parser.add_argument("what", choices=("flights", "berka"), help="数据 · the data")
    parser.add_argument("folder", type=Path, help="数据目录 · the folder of the data")
    parser.add_argument(
        "--transactions", type=Path, help="berka 的交易文件 · another file of transactions"
    )
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · report as JSON last")


def run(arguments: argparse.Namespace) -> int:
    """Replay and print the report."""
    source = _source(arguments)
    with open_database(home_folder()) as opened:
        bring_up_to_date(opened)
        report = _event_loop(_replay(arguments.what, source, opened.database.url_app))
    if arguments.json:
        print(json.dumps(report))
    else:
        width = max(len(name) for name in report)
        for name, value in report.items():
            print(f"{name:<{width}}  {value}")
    return 0 if report["verified"] else 1


def _source(arguments: argparse.Namespace) -> Path:
    folder: Path = arguments.folder
    if arguments.what == "flights":
        if not folder.is_dir():
            raise Invalid(f"没有目录 {folder} · there is no folder {folder}", param="folder")
        return folder
    if arguments.transactions is not None:
        path: Path = arguments.transactions
        if not path.is_file():
            raise Invalid(f"没有文件 {path} · there is no file {path}", param="transactions")
        return path
    for pattern in TRANSACTIONS:
        for found in sorted(folder.glob(pattern)):
            return found
    raise Invalid(f"{folder} 中没有 trans*.asc · no trans*.asc in {folder}", param="folder")


def _event_loop(work: Any) -> dict[str, Any]:
    import uvloop

    report: dict[str, Any] = uvloop.run(work)
    return report


async def _replay(what: str, source: Path, url: str) -> dict[str, Any]:
    began = time.monotonic()
    pool = await open_pool(url, size_max=8, application_name="enscene replay")
    tell = Progress()
    calm_collector()
    try:
        if what == "flights":
            pack = load_pack(PACKS / "travel").pack
            assert pack is not None, "./enscene pack check travel"
            report = asdict(await replay_flights(pool, pack, source, tell=tell))
        else:
            report = asdict(await replay_berka(pool, source, tell=tell))
    finally:
        await pool.close()
        tell.end()
    return {**report, "took_s": round(time.monotonic() - began, 1)}


TEXTS = {
    "insure": "投保 · insuring",
    "feed": "航班动态 · flight feed",
    "post": "入账 · posting",
}


class Progress:
    """One line on stderr, at most four times a second."""

    def __init__(self) -> None:
        self._said = 0.0
        self._phase = ""
        self._began = time.monotonic()

    def __call__(self, phase: str, done: int, whole: int) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._began = phase, now
        elif now - self._said < 0.25:
            return
        self._said = now
        share = f" / {whole:,}" if whole else ""
        rate = done / max(now - self._began, 0.001)
        text = f"{TEXTS[phase]} {done:,}{share}  {rate:,.0f}/s"
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        if sys.stderr.isatty() and self._phase:
            print(file=sys.stderr)
