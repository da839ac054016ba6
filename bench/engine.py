"""The engine of moments: 25 rules on every event, the product's decisions, a million customers.

(a) events a second on one core beside a loop that reads the same events from disk and looks for
repeats, turn by turn in one run; (b) how long one event and one decision take; (c) in a process of
its own what a million customers' states take (`--short`: 30,000, reckoned up), and the
longest pause of the garbage collector as Python has it and between pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measure import median, ratio
from bench.moments_log import (
    PAGE,
    engine,
    happenings_of,
    pages_of,
    plain_loop,
    say,
    write_log,
)

ROOT = Path(__file__).parents[1]
CUSTOMERS, MILLION = 100_000, 1_000_000
ROUNDS_LEAST = 3
SHORT, RESIDENT_SHORT = 10, 30_000


async def run(server: Any, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures. A short run (half-second loops) has a tenth of the customers."""
    short = seconds < 1
    pages = 8 if short else 40
    with tempfile.TemporaryDirectory(prefix="enscene-bench-") as folder:
        log = Path(folder) / "log"
        write_log(log, pages * PAGE, CUSTOMERS // (SHORT if short else 1))
        say(f"engine: {pages * PAGE:,} events")
        speed = _speed(log, max(rounds, 1 if short else ROUNDS_LEAST))
        say(f"engine: {speed['per_s']:,.0f} events/s")
        tails = _tails(log)
    return {"rules": 25, "speed": speed, "tails": tails, "million": _resident(short)}


def _speed(log: Path, rounds: int) -> dict[str, Any]:
    """Both from the bytes on disk; page by page in turn, for the machine has other things to do."""
    read = log.read_bytes()
    size = len(read) // (len(read) // (PAGE * 37))
    per_s: dict[str, list[float]] = {"engine": [], "plain": [], "cpu": []}
    decided = 0
    for number in range(rounds + 1):
        ours, plain, known = engine(), 0.0, dict[int, list[Any]]()
        took = used = 0.0
        decided = 0
        for begin in range(0, len(read), size):
            began, cpu = time.perf_counter(), time.process_time()
            decided += len(ours.apply(happenings_of(read[begin : begin + size])).decisions)
            took += time.perf_counter() - began
            used += time.process_time() - cpu
            began = time.perf_counter()
            plain_loop(happenings_of(read[begin : begin + size]), known)
            plain += time.perf_counter() - began
        events = len(read) // 37
        if number:  # the first warms up
            for name, spent in (("engine", took), ("plain", plain), ("cpu", used)):
                per_s[name].append(events / spent)
    return {
        "per_s": median(per_s["engine"]),
        "per_cpu_s": median(per_s["cpu"]),
        "plain_per_s": median(per_s["plain"]),
        "ratio": ratio(per_s["engine"], per_s["plain"]),
        "decided_per_mille": round(1000 * decided / (len(read) // 37), 1),
    }


def _tails(log: Path) -> dict[str, Any]:
    """Event by event, once all customers are known."""
    ours = engine()
    events: list[float] = []
    decisions: list[float] = []
    for number, page in enumerate(pages_of(log)):
        if not number:
            ours.apply(page)
            continue
        for event in page:
            began = time.perf_counter()
            made = ours.apply((event,)).decisions
            took = time.perf_counter() - began
            (decisions if made else events).append(took)
    return {"event": _shares(events + decisions), "decision": _shares(decisions)}


def _shares(times: list[float]) -> dict[str, float]:
    times.sort()
    last = len(times) - 1
    return {
        f"{name}_ms": round(1000 * times[int(last * share)], 4)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1.0))
    }


def _resident(short: bool) -> dict[str, Any]:
    customers = RESIDENT_SHORT if short else MILLION
    say(f"engine: states of {customers:,} customers")
    done = subprocess.run(
        [sys.executable, "-m", "bench.engine_resident", str(customers)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    found["gb_a_million"] = round(found["bytes_a_customer"] * MILLION / 1024**3, 2)
    return found


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("events a second, 25 rules each", result["speed"]["per_s"], 25_000.0),
        ("engine / reading alone", result["speed"]["ratio"], 0.1),
        ("decision ms (99 %)", result["tails"]["decision"]["p99_ms"], -10.0),
        ("GB of a million customers", result["million"]["gb_a_million"], -4.0),
        ("longest pause ms between pages", result["million"]["pause_between_ms"], -30.0),
    ]
