"""Canteen payments through the compiled action, in process: `SceneHost.perform`."""

from __future__ import annotations

from typing import Any

from bench.canteen import open_canteen
from bench.measure import closed_loop, median
from enscene.kernel.collector import calm_collector
from enscene.ledger import verify_ledger
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool

IN_FLIGHT = (64, 256)


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Payments a second, latencies, and CPU of this process a payment."""
    pool = await open_pool(server.url_app, size_min=4, size_max=8)
    host = SceneHost(pool)
    canteen = await open_canteen(pool, host)
    calm_collector()
    number = 0
    loops: dict[int, list[Any]] = {flight: [] for flight in IN_FLIGHT}

    async def ask(n: int) -> None:
        reply = await host.perform(canteen.call(n))
        assert not reply.refused, reply.body

    for _ in range(rounds):
        for flight in IN_FLIGHT:
            loop, number = await closed_loop(ask, workers=flight, seconds=seconds, first=number)
            loops[flight].append(loop)
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, canteen.tenant.id)
    await host.close()
    await pool.close()
    result: dict[str, Any] = {
        f"in_flight_{flight}": {
            "per_s": median([loop.per_s for loop in measured]),
            "p50_ms": median([loop.p50_ms for loop in measured]),
            "p99_ms": median([loop.p99_ms for loop in measured]),
            "cpu_us": median([loop.cpu_us for loop in measured]),
            "errors": sum(loop.errors for loop in measured),
        }
        for flight, measured in loops.items()
    }
    result["verified"] = verdict.verified
    return result


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("errors at 256 in flight", result["in_flight_256"]["errors"], -0.0),
        ("ledger verified", float(result["verified"]), 1.0),
    ]
