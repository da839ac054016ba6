"""The same log gives the same decisions: ten million events, twice, and from the middle; and killed.

Two processes read the log from disk at the same time, one of them keeps all states in the middle;
a third goes on from there. Then a reader that keeps states, decisions and place in one transaction a
page is killed at random moments and goes on each time: what it has decided is compared, in order and
byte for byte, with what one process decides that nobody disturbs.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.moments_log import engine, pages_of, say, write_log
from bench.replay_reader import SMALL, said

ROOT = Path(__file__).parents[1]
EVENTS, CUSTOMERS = 10_000_000, 300_000
SHORT = 33
DISTURBED, KILLS = 400_000, 12
SHORT_DISTURBED, SHORT_KILLS = 60_000, 3


async def run(server: Any, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures. A short run (half-second loops) has 300,000 events."""
    short = seconds < 1
    events = EVENTS // SHORT if short else EVENTS
    with tempfile.TemporaryDirectory(prefix="enscene-bench-") as name:
        folder = Path(name)
        log = folder / "log"
        say(f"replay: writing {events:,} events")
        write_log(log, events, CUSTOMERS // (SHORT if short else 1))
        twice = _replay(folder, log)
        few = SHORT_DISTURBED if short else DISTURBED
        write_log(folder / "few", few, few // 10, seed=7)
        killed = _disturb(folder, SHORT_KILLS if short else KILLS)
    return {"events": events, **twice, "killed": killed}


def _start(*words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.replay_reader", *map(str, words)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
    )  # fmt: skip


def _told(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, _ = process.communicate()
    assert process.returncode == 0, "a reader of the log failed"
    found: dict[str, Any] = json.loads(out)
    return found


def _replay(folder: Path, log: Path) -> dict[str, Any]:
    middle = folder / "middle"
    first, second = _start("read", log, "one"), _start("keep", log, middle)
    one, other = _told(first), _told(second)
    on = _told(_start("go_on", log, middle))
    return {
        "decisions": one["decisions"],
        "replay_s": max(one["seconds"], other["seconds"] - other["keeping_s"]),
        "per_s": round(one["events"] / one["seconds"]),
        "keeping_s": other["keeping_s"],
        "putting_s": on["putting_s"],
        "longest_pause_ms": one["pause_ms"],
        "digest": one["digests"][0][:16] + one["digests"][1][:16],
        "same_twice": one["digests"] == other["digests"],
        "same_from_the_middle": one["digests"][1] == on["digests"][1],
    }


def _disturb(folder: Path, kills: int) -> dict[str, Any]:
    log, place = folder / "few", folder / "kept.sqlite"
    chance, killed = random.Random(20261122), 0
    while True:
        reader = _start("kept", log, place)
        if killed < kills:
            time.sleep(0.5 + 1.5 * chance.random())
        if killed == kills or reader.poll() is not None:
            _told(reader)
            break
        reader.kill()
        reader.communicate()
        killed += 1
        say(f"replay: killed {killed} times")
    with sqlite3.connect(place) as kept:
        found = [bytes(row[0]) for row in kept.execute("select body from decision order by n")]
    ours = engine()
    wanted = [said(made) for page in pages_of(log, 0, SMALL) for made in ours.apply(page).decisions]
    lost, more = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    return {
        "times": killed,
        "decisions": len(wanted),
        "lost": lost.total(),
        "doubled": more.total(),
        "same_order": found == wanted,
    }


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    killed = result["killed"]
    return [
        ("seconds of a replay", result["replay_s"], -480.0),
        ("the same bytes twice", float(result["same_twice"]), 1.0),
        ("the same bytes from the middle", float(result["same_from_the_middle"]), 1.0),
        ("killed: times", killed["times"], 1.0),
        ("killed: lost", killed["lost"], -0.0),
        ("killed: doubled", killed["doubled"], -0.0),
        ("killed: the same order", float(killed["same_order"]), 1.0),
    ]
