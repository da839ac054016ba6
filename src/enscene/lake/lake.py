"""The lake of a home: what was committed goes there once, and what is erased goes from there.

Every change is made in the same order: new files are written, are on the disk and have their place;
then one transaction makes them files of the lake, takes those that they replace from it and moves
the place in the log; then the old ones are deleted. Whoever is killed has lost nothing and doubled
nothing: what has no row is swept by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import asyncpg

from enscene.commit import admit
from enscene.lake import store
from enscene.lake.columns import SNAPSHOTS
from enscene.lake.compact import TOGETHER, pick_together
from enscene.lake.folder import File, Folder

Answer = TypeVar("Answer")

PAGE = 20_000
"""Numbers of the log in one page."""
PAUSE_S = 15.0
"""A page that is not full waits so long: a file of one event helps nobody."""
IDLE = timedelta(hours=1)
SNAPSHOT_EVERY = timedelta(hours=1)
TENANTS_AT_ONCE = 20
SEQS_AT_ONCE = 5_000


class Lake:
    """Any number of processes may have one over a folder: one at a time writes. `watch` is told what
    has been done, by name, for tests that kill."""

    def __init__(
        self, pool: store.Pool, folder: Folder, *, page: int = PAGE, pause_s: float = PAUSE_S,
        watch: Callable[[str], None] = lambda step: None,
    ) -> None:  # fmt: skip
        self._pool = pool
        self.folder = folder
        self._page = page
        self._pause_s = pause_s
        self._watch = watch
        self._swept = False
        self._next = 0.0
        self._tidied_at = float("-inf")

    async def step(self) -> int:
        """One round: erasures first, then pages of the log, then what becomes smaller by that. How
        much there was; 0 too while somebody else writes."""
        try:
            with self.folder.held() as has:
                return await self._round() if has else 0
        except BaseException:
            self._swept = False  # there may be files that nobody knows of
            raise

    async def _round(self) -> int:
        done = await self._begin() + await self._follow_erasures()
        if time.monotonic() >= self._next:
            moved, rows = await self._pages()
            done += rows
            if not moved:
                self._next = time.monotonic() + self._pause_s
        if time.monotonic() - self._tidied_at >= self._pause_s:
            self._tidied_at = time.monotonic()
            done += await self._snapshots(SNAPSHOT_EVERY, TENANTS_AT_ONCE)
            done += await self._compact()
        return done

    async def settle(self, *, snapshots: bool = True) -> int:
        """Export all that has been committed by now, and every snapshot; how many rows of the log.
        Waits for who else writes."""
        async with self._held():
            await self._begin()
            await self._follow_erasures()
            total = 0
            moved = True
            while moved:
                moved, rows = await self._pages()
                total += rows
            await self._follow_erasures()
            if snapshots:
                await self._snapshots(timedelta(0), None)
            while await self._compact():
                pass
            return total

    async def mend(self, damaged: Collection[File]) -> int:
        """Make files anew from the log and the tables; how many."""
        async with self._held():
            return await self._mend(damaged)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        while True:
            with self.folder.held() as has:
                if has:
                    yield
                    return
            await asyncio.sleep(0.05)

    async def files(self, kinds: Sequence[str] | None = None) -> list[File]:
        """All files of the lake."""
        async with self._admitted(readonly=True) as connection:
            return await store.list_files(connection, kinds)

    @asynccontextmanager
    async def _admitted(
        self, tenants: Sequence[int] | None = None, *, readonly: bool = False
    ) -> AsyncIterator[store.Connection]:
        async with self._pool.acquire() as connection, connection.transaction(readonly=readonly):
            if tenants is None:
                tenants = await store.read_tenants(connection)
            await admit(connection, tenants)
            yield connection

    # -- as it begins ----------------------------------------------------------------------

    async def _begin(self) -> int:
        """Once, and again while somebody reads: nothing stands in the folder but the lake, and
        nothing is missing, as after a database was restored to what it was."""
        if self._swept:
            return 0
        known = await self.files()
        self._swept = await _in_thread(lambda: self.folder.sweep(known))
        return await self._mend(await _in_thread(lambda: self.folder.missing(known)))

    async def _mend(self, damaged: Collection[File]) -> int:
        for file in damaged:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                csv = await store.read_anew(connection, file)
            await self._replace([file], _of_csv(file.kind, csv), file.tier)
        return len(damaged)

    # -- the log ---------------------------------------------------------------------------

    async def _pages(self) -> tuple[bool, int]:
        """A page of every shard: whether there was one, and how many rows. A page may have none: not
        every number is an event's."""
        moved, rows = False, 0
        async with self._pool.acquire() as connection:
            shards = await store.read_shards(connection)
        for shard, seq, reach in shards:
            if reach > seq:
                taken = await self._take(shard)
                moved, rows = moved or taken is not None, rows + (taken or 0)
        return moved, rows

    async def _take(self, shard: int) -> int | None:
        page = await self._read(shard)
        self._watch("read")
        return await self._commit(page)

    async def _read(self, shard: int) -> store.Page:
        async with self._pool.acquire() as connection:
            await store.begin_cursor(connection, shard)
            after = {s: seq for s, seq, _ in await store.read_shards(connection)}[shard]
            async with connection.transaction(readonly=True):
                return await store.read_page(connection, shard, after, self._page)

    async def _commit(self, page: store.Page) -> int | None:
        """Make the rows of a page files of the lake; how many rows. None: somebody else has, or there
        is none."""
        if page.to == page.after or not page.tenants:
            return None
        files = await _in_thread(lambda: self._write(page))
        self._watch("written")
        async with self._admitted(page.tenants) as connection:
            moved = await store.move_cursor(connection, page.shard, page.after, page.to)
            if moved:
                await store.insert_files(connection, files)
                self._watch("inserted")
        self._watch("committed")
        if not moved:
            self.folder.drop(files)
            return None
        return sum(file.rows for file in files)

    def _write(self, page: store.Page) -> list[File]:
        from enscene.lake.parquet import parts_of, table_of, write_file

        files = []
        for kind, csv in page.rows.items():
            for tenant, day, rows in parts_of(table_of(kind, csv)):
                file = write_file(
                    self.folder, kind, [rows], tenant=tenant, shard=page.shard, day=day
                )
                files.append(file)
                self._watch("file")
        return files

    # -- erasures --------------------------------------------------------------------------

    async def _follow_erasures(self) -> int:
        """Somebody was erased: the rows of the log that changed change here, every snapshot of the
        tenant is made anew, and what stood there before goes from the disk. Done again it changes
        nothing; it is done when all of it is."""
        async with self._admitted(readonly=True) as connection:
            notes = await store.list_erasures(connection)
            if not notes:
                return 0
            # What is exported after this look has been read after the erasure, or is still to come
            # then: it stays noted.
            exported = {shard: seq for shard, seq, _ in await store.read_shards(connection)}
        over = []
        for tenant, number, seqs, shard in notes:
            here = [seq for seq in seqs if seq <= exported[shard]]
            for place in range(0, len(here), SEQS_AT_ONCE):
                await self._renew(tenant, shard, here[place : place + SEQS_AT_ONCE])
            await self._snapshots_of(tenant, shard)
            if len(here) == len(seqs):
                over.append((tenant, number))
        self._watch("renewed")
        known = await self.files()
        if not await _in_thread(lambda: self.folder.sweep(known)):
            return 0  # somebody reads: once more, then
        async with self._admitted() as connection:
            for tenant, number in over:
                await store.delete_erasure(connection, tenant, number)
        if len(over) < len(notes):
            self._next = 0.0
        return len(over)

    async def _renew(self, tenant: int, shard: int, seqs: Sequence[int]) -> None:
        """Let files tell of these units what the log tells of them now."""
        import pyarrow

        from enscene.lake.parquet import differs, replacing, table_of

        async with self._admitted([tenant], readonly=True) as connection:
            files = await store.find_holding(connection, tenant, seqs)
            fresh = table_of("event", await store.read_events(connection, shard, tenant, seqs))
        for file in files:
            path = self.folder.at(file)
            try:
                if await _in_thread(partial(differs, path, fresh)):
                    await self._replace([file], replacing(path, fresh), file.tier)
            except (FileNotFoundError, pyarrow.ArrowException, OSError):
                await self._mend([file])

    # -- snapshots -------------------------------------------------------------------------

    async def _snapshots(self, every: timedelta, most: int | None) -> int:
        """Write those of tenants whose last ones are older than that; of how many tenants."""
        async with self._admitted(readonly=True) as connection:
            old = await store.find_old(connection, every)
        for tenant, shard in old[:most]:
            await self._snapshots_of(tenant, shard)
        return len(old[:most])

    async def _snapshots_of(self, tenant: int, shard: int) -> None:
        from enscene.lake.parquet import table_of, write_file

        for kind in SNAPSHOTS:
            async with self._admitted([tenant], readonly=True) as connection:
                old = await store.list_day(connection, tenant, kind, None)
                csv = await store.read_whole(connection, kind, tenant)
            rows = table_of(kind, csv)
            fresh = await _in_thread(
                partial(write_file, self.folder, kind, [rows], tenant=tenant, shard=shard)
            )
            if [file.sha256 for file in old] == [fresh.sha256]:
                async with self._admitted([tenant]) as connection:
                    await store.touch_file(connection, old[0])
                self.folder.drop([fresh])
            else:
                await self._swap(old, fresh)

    # -- fewer files -----------------------------------------------------------------------

    async def _compact(self) -> int:
        """Put the files of days together; how many days."""
        from enscene.lake.parquet import read_files

        async with self._admitted(readonly=True) as connection:
            groups = await store.find_groups(connection, TOGETHER, IDLE)
            days = [
                (await store.list_day(connection, tenant, kind, day), idle)
                for tenant, kind, day, idle in groups
            ]
        done = 0
        for files, idle in days:
            if old := pick_together(files, idle=idle):
                paths = [self.folder.at(file) for file in old]
                tier = max(file.tier for file in old) + 1
                try:
                    await self._replace(old, partial(read_files, paths), tier)
                    done += 1
                except FileNotFoundError:
                    self._swept = False  # it is missing: as it begins
        return done

    # -- what replaces ---------------------------------------------------------------------

    async def _replace(
        self, old: Sequence[File], rows: Callable[[], Iterator[Any]], tier: int
    ) -> None:
        """One file in the place of others of the same kind, tenant and day."""
        from enscene.lake.parquet import write_file

        like = old[0]
        fresh = await _in_thread(
            lambda: write_file(
                self.folder, like.kind, rows(), tenant=like.tenant, shard=like.shard,
                day=like.day, tier=tier,
            )
        )  # fmt: skip
        await self._swap(old, fresh)

    async def _swap(self, old: Sequence[File], fresh: File) -> None:
        """Make one a file of the lake and others none, unless somebody else was first."""
        self._watch("replacing")
        try:
            async with self._admitted([fresh.tenant]) as connection:
                if not await store.delete_files(connection, old):
                    raise _Overtaken
                await store.insert_files(connection, [fresh])
                self._watch("replaced")
        except (_Overtaken, asyncpg.UniqueViolationError):
            self.folder.drop([fresh])
            return
        self._watch("kept")
        if not self.folder.drop(old):
            self._swept = False


class _Overtaken(Exception):
    """One of the files that were to be replaced is no file of the lake any more."""


def _of_csv(kind: str, csv: bytes) -> Callable[[], Iterator[Any]]:
    def rows() -> Iterator[Any]:
        from enscene.lake.parquet import table_of

        yield table_of(kind, csv)

    return rows


async def _in_thread(work: Callable[[], Answer]) -> Answer:
    """Do it beside the loop. Who is cancelled waits for it: it holds the folder."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
