"""Attack a sandbox of one's own: bad inputs to every operation, and the named threats."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from enscene.cli._attack_arena import Arena, open_arena
from enscene.cli._attack_judge import Judged
from enscene.cli._attack_threats import ASKED, judge_threats
from enscene.simulator.attack import Attempt, bad_inputs, raid, read_operations

NAME = "attack"
HELP = "攻击一个沙箱 · attack a sandbox: bad inputs to every operation, and the named threats"
LEAST = 10_000
EXAMPLES = 3
"""Generated requests for each operation; the tests make more for two documents."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what may be chosen."""
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · report as JSON last")
    parser.add_argument(
        "--only",
        choices=("inputs", "generated", "threats"),
        help="只做其中一部分 · only one part",
    )


def run(arguments: argparse.Namespace) -> int:
    """Attack, report; the exit code says whether everything held."""
    report = asyncio.run(_attack(arguments.only))
    print(json.dumps(report, ensure_ascii=False, indent=None if arguments.json else 2))
    short = arguments.only is None and report["bad_inputs"] < LEAST
    return 1 if report["failed"] or report["server_errors"] or short else 0


async def _attack(only: str | None) -> dict[str, Any]:
    began = time.perf_counter()
    report: dict[str, Any] = {"bad_inputs": 0, "server_errors": 0, "failed": []}
    async with open_arena() as arena:
        if only in (None, "inputs"):
            report |= await _inputs(arena)
        if only in (None, "generated"):
            report |= {"generated": await _generated(arena, report["failed"])}
        if only in (None, "threats"):
            judged = await judge_threats(arena)
            report["threats"] = {str(each.number): _told(each) for each in judged}
            report["not_tried"] = [
                *(str(number) for number in sorted(set(ASKED) - {each.number for each in judged})),
                *(f"{each.number}: {left}" for each in judged for left in each.left),
            ]
            report["failed"] += [
                f"threat {each.number} {each.name}: {each.wrong}" for each in judged if each.wrong
            ]
        report["verified"] = await arena.verified()
    if not report["verified"]:
        report["failed"].append("the ledger does not add up afterwards")
    return report | {"took_s": round(time.perf_counter() - began, 1)}


async def _generated(arena: Arena, failed: list[str]) -> dict[str, int]:
    """Requests that schemathesis makes up from each document; what is wrong with an answer."""
    from enscene.cli._attack_generated import play_document  # only this command has schemathesis

    counts = {}
    token = await arena.token()
    partners = arena.partners
    assert partners is not None

    def keys(credential: str | None) -> tuple[str, dict[str, str]]:
        if credential != "access_key":
            return token, {}
        number, key = partners.next()
        return key, {"partner": number}

    for name, document in (await arena.documents()).items():
        try:
            counts[name] = await asyncio.to_thread(
                play_document, document, arena.box.url, keys, EXAMPLES
            )
        except Exception as error:  # schemathesis has a family of its own, without a common root
            counts[name] = 0
            failed.append(f"generated for {name}: {error}")
        token = await arena.token()
    print(
        f"{'✗' if failed else '✓'} {sum(counts.values()):,} 个按文档生成的请求 · requests generated "
        "from the documents",
        file=sys.stderr,
    )
    return counts


def _told(judged: Judged) -> dict[str, Any]:
    return {"name": judged.name, "checks": judged.checks, "held": not judged.wrong}


async def _inputs(arena: Arena) -> dict[str, Any]:
    """Bad inputs to every operation of every document; what was to be refused leaves no trace."""
    documents = await arena.documents()
    operations = [
        replace(op, name=f"{name}: {op.name}")  # two scenes may have an action of one name
        for name, document in documents.items()
        for op in read_operations(document)
    ]
    known = {op.name: op for op in operations}

    async def dress(attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        return await arena.dress(attempt, known[attempt.operation])

    before = await arena.traces()
    found = await raid(arena.wire, _attempts(operations, refused=True), dress)
    after = await arena.traces()
    kept = await raid(arena.wire, _attempts(operations, refused=False), dress)
    names = {op.name for op in operations}
    failed = [f"{f.operation} [{f.kind}]: {f.expected}, got {f.got}"
              for f in (*found.failed, *kept.failed)]  # fmt: skip
    if after != before:
        failed.append(f"what was refused left a trace: {before} became {after}")
    if missed := sorted(names - found.hit - kept.hit):
        failed.append(f"not reached: {', '.join(missed)}")
    # Of what takes a body, a bad one has to have been looked at: not a name before it, nor a key.
    read = {op.name for op in operations if op.body is not None}
    if missed := sorted(read - found.read - kept.read):
        failed.append(f"no body was looked at by: {', '.join(missed)}")
    statuses = found.statuses + kept.statuses
    print(
        f"{'✗' if failed else '✓'} {len(names)} 个接口 · operations, {found.sent + kept.sent:,} "
        f"次错误输入 · bad inputs, {found.refused:,} 次被拒且不留痕迹 · refused without a trace",
        file=sys.stderr,
    )
    return {
        "operations": len(names),
        "bad_inputs": found.sent + kept.sent,
        "refused_without_trace": found.refused,
        "server_errors": found.server_errors + kept.server_errors,
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "failed": failed,
    }


def _attempts(operations: list[Any], *, refused: bool) -> Iterator[Attempt]:
    for operation in operations:
        for attempt in bad_inputs(operation):
            if (attempt.must == "refused") == refused:
                yield attempt
