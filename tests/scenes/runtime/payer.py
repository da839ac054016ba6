"""A process that pays meals until it is killed: prints the key and the answer of each.

Run with the database's address, a name and how many workers it has.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from enscene.storage import open_pool
from scenes.canteen import find_canteen


async def main(url: str, name: str, workers: int) -> None:
    canteen = await find_canteen(await open_pool(url, size_max=6))
    numbers = itertools.count()

    async def work() -> None:
        for n in numbers:
            ticket = f"{name}-{n}"
            reply = await canteen.pay(ticket, "0.10", diner=("ann", "bob")[n % 2])
            print(ticket, reply.body, flush=True)

    await asyncio.gather(*(work() for _ in range(workers)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
