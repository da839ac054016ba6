"""The steps of `up`, in order: each fills in its part of the summary."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from enscene.storage import Database


@dataclass
class Up:
    """What the steps share. `summary` becomes the last line of `--json`."""

    home: Path
    database: Database
    arguments: argparse.Namespace
    allows_demo: bool = False
    """Demo logins may be made: on a server of our own, or asked for by name."""
    moves_clocks: bool = False
    """The clock of the sandbox may be moved: on a server of our own, or asked for by name."""
    summary: dict[str, object] = field(default_factory=dict)
    told: bool = False
    """The summary was printed: whatever ends `up` from here on is a good end."""


Step = Callable[[Up], Awaitable[None]]


async def simulate(up: Up) -> None:
    """The sandbox bank, its days, the summary."""
    from enscene.cli._days_step import play_and_tell  # it is made of much that `serve` needs not

    await play_and_tell(up)


STEPS: tuple[Step, ...] = (simulate,)


async def serve(up: Up) -> None:
    """Serve API, console and customers' pages until the person ends it."""
    from enscene.cli._site import serve_site  # it is made of much that `--once` needs not

    await serve_site(up)
