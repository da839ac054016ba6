"""The lake as tables: for ibis on DuckDB, and as lists of files for whoever reads Parquet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from enscene.lake.columns import KINDS
from enscene.lake.lake import Lake

MEMORY = "2GB"


@asynccontextmanager
async def lake_paths(
    lake: Lake, kinds: Sequence[str] | None = None, tenants: Sequence[int] | None = None
) -> AsyncIterator[dict[str, list[Path]]]:
    """The files of each kind, as one moment of the lake: what is exported, put together or erased
    meanwhile changes none of them, and they stay on the disk until this ends."""
    with lake.folder.reading():
        found: dict[str, list[Path]] = {kind: [] for kind in kinds or KINDS}
        for file in await lake.files(list(found)):
            if tenants is None or file.tenant in tenants:
                found[file.kind].append(lake.folder.at(file))
        yield found


@asynccontextmanager
async def read_lake(
    lake: Lake,
    kinds: Sequence[str] | None = None,
    tenants: Sequence[int] | None = None,
    *,
    memory: str = MEMORY,
    threads: int = 2,
) -> AsyncIterator[Any]:
    """An ibis backend on DuckDB with one table of each kind, named as the kind: `read.table("event")`.

    `memory` is the most that DuckDB takes, as it words it (`2GB`). Its queries block: run them in a
    thread. Take answers by `to_pyarrow()`, which loads no pandas.
    """
    async with lake_paths(lake, kinds, tenants) as found:
        with open_tables(found, memory=memory, threads=threads) as backend:
            yield backend


@contextmanager
def open_tables(
    files: Mapping[str, Sequence[Path]], *, memory: str = MEMORY, threads: int = 2
) -> Iterator[Any]:
    """The same over files of each kind that the caller keeps on the disk."""
    import duckdb
    import ibis

    from enscene.lake.parquet import SCHEMAS

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory, "threads": threads, "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }  # fmt: skip
    connection = duckdb.connect(config=settings)
    connection.execute("set timezone = 'UTC'")
    for kind, paths in files.items():
        if paths:
            connection.read_parquet(
                [str(path) for path in paths], hive_partitioning=False
            ).create_view(kind)
        else:
            connection.from_arrow(SCHEMAS[kind].empty_table()).create(kind)
    try:
        yield ibis.duckdb.from_connection(connection)
    finally:
        connection.close()
