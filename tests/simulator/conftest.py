"""A city of a few people on a database of its own."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from enscene.cli._play_days import Played, play_days
from enscene.cli._up_steps import Up
from enscene.scenes.runtime import SceneHost

Play = Callable[..., Awaitable[Played]]


@pytest.fixture
def play(database: Any, pool: Any, tmp_path: Any) -> Play:
    """Plays days of the sandbox bank as `up` does; more calls go on where the last one ended."""

    async def run(*, people: int = 24, days: int = 1, seed: int = 7) -> Played:
        arguments = argparse.Namespace(people=people, days=days, seed=seed, port=8700, scene=None)
        up = Up(home=tmp_path, database=database, arguments=arguments)
        up.moves_clocks = up.allows_demo = True
        host = SceneHost(pool)
        try:
            return await play_days(up, pool, host)
        finally:
            await host.close()

    return run
