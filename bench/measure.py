"""Timing of closed loops: so many workers, each waiting for its answer before it asks again."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Ask = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Loop:
    """One closed loop: per second, and latencies in milliseconds."""

    per_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_us: float


async def closed_loop(ask: Ask, *, workers: int, seconds: float, first: int) -> tuple[Loop, int]:
    """Ask `ask(n)` for n = first, first + 1, … for that long; the loop, and the next number."""
    number = first
    errors = 0
    latencies: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()
    end = began + seconds

    async def worker() -> None:
        nonlocal number, errors
        while time.perf_counter() < end:
            mine, number = number, number + 1
            start = time.perf_counter()
            try:
                await ask(mine)
            except Exception:
                errors += 1
                continue
            latencies.append(time.perf_counter() - start)

    await asyncio.gather(*(worker() for _ in range(workers)))
    took, used = time.perf_counter() - began, time.process_time() - cpu
    latencies.sort()
    done = len(latencies)
    loop = Loop(
        per_s=done / took,
        p50_ms=1000 * latencies[done // 2] if done else 0.0,
        p99_ms=1000 * latencies[int(done * 0.99)] if done else 0.0,
        errors=errors,
        cpu_us=1e6 * used / max(done, 1),
    )
    return loop, number


def median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """The median of the ratios round by round: both drift together."""
    return round(statistics.median(a / b for a, b in zip(values, base, strict=True)), 2)
