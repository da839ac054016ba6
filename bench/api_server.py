"""The server process of the API benchmark: `python -m bench.api_server MODE PORT URL`.

group: the API as it is. single: the same, but every unit in a transaction of its own, over a pool
of connections. empty: the same server with an endpoint that does nothing.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop

from enscene.api import ApiSettings, create_app, serving
from enscene.commit import Answer, Unit
from enscene.commit.batch import Batch, Outcome
from enscene.kernel.collector import calm_collector
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal, open_pool

EMPTY_BODY = b"{}"


async def empty(scope: Any, receive: Any, send: Any) -> None:
    """Read the request, answer nothing."""
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": EMPTY_BODY})


class SingleWriter:
    """One transaction a unit, as many at once as there are connections."""

    def __init__(self, pool: Any, shard: int, kinds: Any) -> None:
        self._pool = pool
        self._shard = shard
        self._kinds = kinds

    async def submit(self, unit: Unit) -> Answer:
        outcomes: list[Outcome] = []
        batch = Batch(self._pool, self._shard, self._kinds, lambda _, o: outcomes.append(o))
        await batch.run_exact([unit])
        outcome = outcomes[0]
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    async def close(self) -> None:
        """Nothing waits here."""


class SingleHost(SceneHost):
    """A host whose units are committed one by one."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self._pool_of_units = pool
        self._single: dict[int, Any] = {}

    def writer(self, shard: int) -> Any:
        if shard not in self._single:
            self._single[shard] = SingleWriter(self._pool_of_units, shard, self.kinds)
        return self._single[shard]


async def main(mode: str, port: int, url: str, connections: int) -> None:
    """Serve until killed."""
    if mode == "empty":
        async with serving(empty, port=port):
            await asyncio.Event().wait()
    pool = await open_pool(url, size_min=connections, size_max=connections)
    host = SceneHost(pool) if mode == "group" else SingleHost(pool)
    seal = Seal(bytes(32))  # the same for every server of the run; nothing here is secret
    app = create_app(host, pool, ApiSettings(issuer=f"http://127.0.0.1:{port}", seal=seal))
    loop = asyncio.get_running_loop()
    loop.call_later(0.5, calm_collector)
    async with serving(app, port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
