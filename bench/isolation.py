"""What row-level security costs a payment.

The same canteen is paid in by two hosts of one process, turn by turn: one speaks to the database as
the program's role, which every policy binds, the other as one that none binds. Everything else is
the same, the admission of each transaction to its tenant too.
"""

from __future__ import annotations

from typing import Any

from bench.canteen import open_canteen
from bench.measure import by_turns, median, ratio
from enscene.kernel.collector import calm_collector
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool

IN_FLIGHT = 256


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures."""
    assert server.url_admin is not None, "a server of our own, with a role that no policy binds"
    bound = await open_pool(server.url_app, size_min=4, size_max=8)
    free = await open_pool(server.url_admin, size_min=4, size_max=8)
    try:
        return await _payments(bound, free, rounds, seconds)
    finally:
        await bound.close()
        await free.close()


async def _payments(bound: Any, free: Any, rounds: int, seconds: float) -> dict[str, Any]:
    assert await _is_bound(bound)
    assert not await _is_bound(free)
    hosts = {"bound": SceneHost(bound), "free": SceneHost(free)}
    canteen = await open_canteen(bound, hosts["bound"])
    calm_collector()

    def paying(host: SceneHost) -> Any:
        async def ask(n: int) -> None:
            reply = await host.perform(canteen.call(n))
            assert not reply.refused, reply.body

        return ask

    per_s, errors = await by_turns(
        {name: paying(host) for name, host in hosts.items()},
        workers=IN_FLIGHT, seconds=seconds, rounds=rounds,
    )  # fmt: skip
    for host in hosts.values():
        await host.close()
    return {
        "per_s_bound": median(per_s["bound"]),
        "per_s_free": median(per_s["free"]),
        "ratio": ratio(per_s["bound"], per_s["free"]),
        "errors": errors,
    }


async def _is_bound(pool: Any) -> bool:
    """Whether policies hold for the role."""
    return not await pool.fetchval(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    )


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("payments with row-level security / without", result["ratio"], 0.9),
        ("errors", result["errors"], -0.0),
    ]
