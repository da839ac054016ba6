"""Play simulated days: the API on a port of its own, the city through it, progress on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from enscene.api import ApiSettings, create_app, serving
from enscene.cli._bank_knowledge import keep_fees, profiles_of, shelf_of
from enscene.cli._device_line import device_line
from enscene.cli._figures import figures_of
from enscene.cli._pack_folders import PACKS
from enscene.cli._partners import BANK_APP, app_of
from enscene.cli._sandbox_bank import Bank, BankOrder, open_bank
from enscene.cli._say import say
from enscene.cli._secrets import read_secret, write_secret
from enscene.cli._site import Site, closing
from enscene.cli._store import count_transfers
from enscene.cli._up_steps import Up
from enscene.commit import admit
from enscene.scenes.runtime import SceneHost
from enscene.simulator import City, Plan, Progress, State, Tally, Wire
from enscene.storage import seal_of_home
from enscene.web import ConsoleSettings, create_console

STATE = "city.json"
APPLIED = (
    "begun", "approved", "refused", "outside", "referred", "called_in", "given_up", "left",
    "signed",
)  # fmt: skip
"""How far applications come, as the summary counts them."""
_BAR = 24


@dataclass
class Played:
    """The bank, what the simulator counted, and what was read back of each scene. `began` and
    `ended` are moments of the city's clock."""

    bank: Bank
    tally: Tally = field(default_factory=Tally)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    began: str = ""
    ended: str = ""
    phases_s: dict[str, float] = field(default_factory=dict)
    transfers_before: int = 0


async def play_days(up: Up, pool: asyncpg.Pool[Any], host: SceneHost) -> Played:
    """Bring the bank up and let its city live the days that were asked for."""
    began = time.monotonic()
    kept = read_secret(up.home / STATE) or {}
    more = tuple(dict.fromkeys(up.arguments.scene or ()))
    bank = await open_bank(
        pool,
        host,
        BankOrder(
            home=up.home,
            people=up.arguments.people,
            seed=up.arguments.seed,
            movable_clock=up.moves_clocks,
            demo_logins=up.allows_demo,
            counts=kept.get("counts", {}),
            more=more,
        ),
    )
    played = Played(bank)
    played.phases_s["bank"] = round(time.monotonic() - began, 1)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [bank.tenant.id], all_rows=True)
        played.transfers_before = await count_transfers(connection, bank.tenant.id)
    if not bank.tenant.sandbox:
        say("时钟不可调，不做模拟", "clocks do not move here: no day is simulated")
        if up.moves_clocks:
            say(
                "这家银行建立时未允许调时钟，此后也不再允许：请另用一个空数据库",
                "this bank was made without a movable clock and keeps it so: use an empty database",
            )
        return played
    await keep_fees(pool, bank.tenant)
    issuer = f"http://127.0.0.1:{up.arguments.port}"
    settings = ApiSettings(
        issuer=issuer, documented_tenant=bank.tenant.ref, seal=seal_of_home(up.home)
    )
    gateway = create_app(host, pool, settings)
    await gateway.keyring.ready()
    web = create_console(host, pool, ConsoleSettings(packs=PACKS))
    async with (
        closing(gateway),
        serving(Site(gateway, web, host, pool), port=0) as url,
        Wire(url) as wire,
        device_line(pool, host, bank, up.home) as terminals,
    ):
        plan = Plan(
            books=bank.books,
            issuer=issuer,
            apps=bank.partners,
            app_of=app_of(more),
            bank=BANK_APP,
            shelf=await shelf_of(pool, bank.tenant),
            profiles=await profiles_of(pool, bank.tenant),
            seed=up.arguments.seed,
        )
        state = msgspec.convert(kept.get("state", {}), State, strict=False)
        with _progress() as tell:
            city = City(plan, wire, state=state, terminals=terminals, tell=tell)
            await _live(up, played, city)
        began = time.monotonic()
        for ref, scene in bank.scenes.items():
            played.figures[ref] = await figures_of(
                pool, city.apps[BANK_APP], scene, city.woke_at[ref]
            )
            counted = city.tally.applications.get(ref)
            if counted is not None:
                played.figures[ref]["applications"] = {name: counted[name] for name in APPLIED}
        played.phases_s["figures"] = round(time.monotonic() - began, 1)
    return played


async def _live(up: Up, played: Played, city: City) -> None:
    began = time.monotonic()
    await city.wake()
    played.began = await city.time_text()
    try:
        await city.play(up.arguments.days)
    finally:
        _keep(up.home, played.bank, city)
    played.ended = await city.time_text()
    played.tally = city.tally
    played.phases_s["days"] = round(time.monotonic() - began, 1)


def _keep(home: Path, bank: Bank, city: City) -> None:
    """What the next run goes on from, also when this one was ended half-way."""
    write_secret(home / STATE, {"counts": bank.counts, "state": msgspec.to_builtins(city.state())})


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal, a line an hour elsewhere."""
    began = time.monotonic()
    is_terminal = sys.stderr.isatty()
    last = ""

    def tell(progress: Progress) -> None:
        nonlocal last
        done = max(0, min(_BAR, round(progress.share * _BAR)))
        line = (
            f"{progress.now:%m-%d %H:%M} [{'█' * done}{'·' * (_BAR - done)}] "
            f"{progress.requests} 请求 requests · {progress.surprises} 意外 surprises · "
            f"{time.monotonic() - began:.0f} s"
        )
        if is_terminal:
            print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)
        elif f"{progress.now:%d %H}" != last:
            print(line, file=sys.stderr, flush=True)
        last = f"{progress.now:%d %H}"

    try:
        yield tell
    finally:
        if is_terminal:
            print(file=sys.stderr, flush=True)
