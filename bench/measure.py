"""Timing of closed loops: so many workers, each waiting for its answer before it asks again."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
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


async def by_turns(
    asks: Mapping[str, Ask],
    *,
    workers: int,
    seconds: float,
    rounds: int,
    beside: Callable[[str], AbstractAsyncContextManager[None]] = lambda name: nullcontext(),
) -> tuple[dict[str, list[float]], int]:
    """Loops of several kinds in one run, each first as often as the others; what each came to a
    second, and all errors. `beside` is what goes on while one of a name runs."""
    number, errors = 0, 0
    per_s: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(2 * rounds + 1):
        for name in list(asks) if turn % 2 else list(asks)[::-1]:
            async with beside(name):
                loop, number = await closed_loop(
                    asks[name], workers=workers, seconds=seconds, first=number
                )
            errors += loop.errors
            if turn:  # the first turn warms up
                per_s[name].append(loop.per_s)
    return per_s, errors


def median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """The median of the ratios round by round: both drift together."""
    return round(statistics.median(a / b for a, b in zip(values, base, strict=True)), 2)
