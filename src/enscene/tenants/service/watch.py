"""What holds now, known to each process: looked up every second, asked for nothing in between.

A person's word comes by the database. The program enters two states by itself: `readings` while the
database takes no writes, `essential` while more units wait to be written than may, for too long. It
leaves them when the cause has been away for a while, so that it does not come and go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import structlog

from enscene.kernel.ids import new_uuid
from enscene.kernel.rounds import Rounds
from enscene.storage import OUTAGES, is_read_only, shut_pool
from enscene.tenants.service import store
from enscene.tenants.service.change import entry_of
from enscene.tenants.service.state import NORMAL, Class, Entry, Standing, State, refusal
from enscene.tenants.store import Pool

Database = Literal["answers", "read_only", "away"]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """`queue_most` units of a writer may wait for their outcome; more of them for longer than
    `queue_s` is too long. A state that was entered by itself is left `calm_s` after its cause was
    last seen; a queue counts as gone at a quarter. `answer_s` is waited for the database."""

    poll_s: float = 1.0
    queue_most: int = 3_000
    queue_s: float = 5.0
    calm_s: float = 5.0
    answer_s: float = 2.0


@dataclass(slots=True)
class _Own:
    """A state that the program is in by itself, or may come to be in; times are monotonic."""

    state: State
    cause: Literal["database", "queue"]
    standing: Standing | None = None
    begun: float | None = None
    seen: float = 0.0

    def enter(self) -> None:
        if self.standing is None:
            self.standing = Standing(self.state, self.cause, datetime.now(UTC))
            _log.warning("service.entered", state=self.state, cause=self.cause)


class ServiceWatch(Rounds):
    """One in a process. Until it is started, and while nothing is known, all is normal."""

    fault = "service.watch"
    broken_pause_s = 1.0

    def __init__(
        self, pool: Pool, queued: Callable[[], int], patience: Patience | None = None
    ) -> None:
        self._pool = pool
        self._queued = queued
        self.patience = patience or Patience()
        self.whole = NORMAL
        self.database: Database = "answers"
        self.entries: list[Entry] = []
        self._banks: dict[int, Standing] = {}
        self._by_ref: dict[str, Standing] = {}
        self._shut = _Own("readings", "database")
        self._crowded = _Own("essential", "queue")
        self._over: list[tuple[Standing, datetime]] = []
        self.pools: list[Pool] = [pool]
        self._is_shut = False

    # -- what holds ------------------------------------------------------------------------

    @property
    def is_calm(self) -> bool:
        """Whether all is given to all."""
        return self.whole.is_normal and not self._banks

    def of(self, tenant: int) -> Standing:
        """What holds for a tenant."""
        if not self._banks:
            return self.whole
        return self.whole.narrower(self._banks.get(tenant, NORMAL))

    def of_bank(self, ref: str | None) -> Standing:
        """The same for a bank by its ref; one that is not known is as the installation."""
        return self.whole.narrower(self._by_ref.get(ref or "", NORMAL))

    def history(self, ref: str | None = None) -> list[Entry]:
        """The newest first, of the installation and of that bank."""
        return sorted(
            (each for each in self.entries if each.bank in (None, ref)),
            key=lambda each: each.since, reverse=True,
        )  # fmt: skip

    def admit(self, tenant: int | None, kind: Class, *, looks: bool) -> None:
        """Let an operation of a tenant in; None: of nobody yet.

        Raises: Unavailable("service.read_only", "service.essential_only").
        """
        standing = self.whole if tenant is None else self.of(tenant)
        if standing is not NORMAL and standing.refuses(kind, looks=looks):
            raise refusal(standing)

    def admit_write(self, tenant: int | None = None) -> None:
        """Let something be written, of a tenant or at all. Raises: Unavailable."""
        standing = self.whole if tenant is None else self.of(tenant)
        if standing.state == "readings":
            raise refusal(standing)

    def saw_error(self, error: BaseException) -> None:
        """A database that has just refused to write is told at once, not at the next look."""
        if is_read_only(error) and not self._is_shut:
            self._shut.seen = time.monotonic()
            self._shut.enter()
            self._weigh()

    # -- looking ---------------------------------------------------------------------------

    async def step(self) -> None:
        """Look once."""
        try:
            async with asyncio.timeout(self.patience.answer_s):
                shut, rows = await store.read_lately(self._pool)
                banks = {row["tenant"] for row in rows if row["tenant"] and row["ended_at"] is None}
                below = await store.read_below(self._pool, sorted(banks)) if banks else {}
        except OUTAGES as error:
            if self.database != "away":
                _log.warning("service.database_away", error=type(error).__name__)
            self.database = "away"
        else:
            self.database = "read_only" if shut else "answers"
            self.entries = [entry_of(row) for row in rows]
            self._note_banks({row["tenant"]: entry_of(row) for row in reversed(rows)
                              if row["tenant"] and row["ended_at"] is None}, below)  # fmt: skip
            self._judge(self._shut, present=shut, patience_s=0.0)
        queued = self._queued()
        most = self.patience.queue_most
        if queued > most or queued < most // 4:
            self._judge(self._crowded, present=queued > most, patience_s=self.patience.queue_s)
        self._weigh()
        if self.database == "answers":
            await self._write_down()

    def _note_banks(self, open_: dict[int, Entry], below: dict[int, list[int]]) -> None:
        now = datetime.now(UTC)
        held = {bank: each.standing for bank, each in open_.items() if each.holds(now)}
        self._by_ref = {str(each.bank): each.standing for each in open_.values() if each.holds(now)}
        found: dict[int, Standing] = {}
        for tenant, banks in below.items():
            for bank in banks:
                if bank in held:
                    found[tenant] = found.get(tenant, NORMAL).narrower(held[bank])
        self._banks = found

    def _judge(self, own: _Own, *, present: bool, patience_s: float) -> None:
        now = time.monotonic()
        if present:
            own.begun = now if own.begun is None else own.begun
            own.seen = now
            if now - own.begun >= patience_s:
                own.enter()
            return
        own.begun = None
        if own.standing is not None and now - own.seen >= self.patience.calm_s:
            _log.warning("service.left", state=own.state, cause=own.cause)
            self._over.append((own.standing, datetime.now(UTC)))
            own.standing = None

    def _weigh(self) -> None:
        now = datetime.now(UTC)
        standing = NORMAL
        for each in self.entries:
            if each.bank is None and each.holds(now):
                standing = standing.narrower(each.standing)
        self._shut_pools(shut=standing.state == "readings")
        for own in (self._shut, self._crowded):
            if own.standing is not None:
                standing = standing.narrower(own.standing)
        self.whole = standing

    def _shut_pools(self, *, shut: bool) -> None:
        """By a person's word nothing is written, whoever in this process would: the database itself
        sees to it, and whoever copies it or moves it may rely on that."""
        if shut is not self._is_shut:
            self._is_shut = shut
            for pool in self.pools:
                shut_pool(pool, shut=shut)

    async def _write_down(self) -> None:
        while self._over:
            standing, ended = self._over[0]
            assert standing.since is not None
            try:
                await store.note_state(
                    self._pool, new_uuid(), standing.state, standing.cause, standing.since, ended
                )
            except OUTAGES:
                return  # the next look will do
            self._over.pop(0)

    async def _round(self) -> float:
        await self.step()
        return self.patience.poll_s
