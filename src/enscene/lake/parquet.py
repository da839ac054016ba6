"""Rows as Arrow has them, and Parquet files of them. Loaded by who writes or reads files alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet as pq

from enscene.kernel.ids import new_uuid
from enscene.lake.columns import KINDS, LOG
from enscene.lake.folder import WRITING, File, Folder

GROUP_ROWS = 65_536
"""Rows of a group, which is what is held in memory of a file."""
_TYPES = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "string": pa.string(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}
SCHEMAS = {
    kind: pa.schema([pa.field(c.name, _TYPES[c.type], c.null) for c in columns])
    for kind, columns in KINDS.items()
}


def table_of(kind: str, csv: bytes) -> Any:
    """The rows that PostgreSQL has copied out, in the order of the columns."""
    schema = SCHEMAS[kind]
    if not csv:
        return schema.empty_table()
    read = pa.csv.read_csv(
        io.BytesIO(csv),
        # In one block: a row may be longer than any block that one would choose.
        read_options=pa.csv.ReadOptions(
            column_names=schema.names, block_size=len(csv) + 1, use_threads=False
        ),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types={field.name: field.type for field in schema},
            null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip
    return read.cast(schema)


def parts_of(table: Any) -> Iterator[tuple[int, date, Any]]:
    """Tenant, day and rows, of rows that come by tenant and day."""
    tenants = table["tenant"].to_numpy()
    days = table["day"].cast(pa.int32()).to_numpy()
    ends = [*np.flatnonzero((np.diff(tenants) != 0) | (np.diff(days) != 0)) + 1, len(table)]
    begin = 0
    for end in ends:
        if end > begin:
            yield int(tenants[begin]), table["day"][begin].as_py(), table.slice(begin, end - begin)
        begin = int(end)


def write_file(
    folder: Folder, kind: str, tables: Iterable[Any], *, tenant: int, shard: int,
    day: date | None = None, tier: int = 0,
) -> File:  # fmt: skip
    """Write rows, in the order in which they come, to a file that nobody knows of yet."""
    number = new_uuid()
    written = folder.root / WRITING / f"{number}.parquet"
    rows, first, last = 0, 0, 0
    with pq.ParquetWriter(
        written, SCHEMAS[kind], compression="zstd", compression_level=3, write_page_checksum=True
    ) as writer:
        for group in _groups(tables):
            if kind in LOG and len(group):
                seqs = group["seq"].to_numpy()
                low, high = int(seqs.min()), int(seqs.max())
                first, last = (min(first, low), max(last, high)) if rows else (low, high)
            rows += len(group)
            writer.write_table(group)
    file = File(
        tenant, number, kind, day, shard, first, last, rows, written.stat().st_size,
        digest_of(written), tier,
    )  # fmt: skip
    folder.keep(written, file)
    return file


def _groups(tables: Iterable[Any]) -> Iterator[Any]:
    """Tables put together until they make a group."""
    waiting: list[Any] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= GROUP_ROWS:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def read_groups(path: Path) -> Iterator[Any]:
    """The rows of a file, a group at a time."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number)


def read_files(paths: Iterable[Path]) -> Iterator[Any]:
    """The rows of files, one after the other."""
    for path in paths:
        yield from read_groups(path)


def replacing(path: Path, fresh: Any) -> Callable[[], Iterator[Any]]:
    """The rows of a file, with those of `fresh` in the place of what had their numbers."""
    seqs = fresh["seq"].combine_chunks()

    def rows() -> Iterator[Any]:
        for table in read_groups(path):
            stale = pa.compute.is_in(table["seq"], value_set=seqs)
            if not pa.compute.any(stale).as_py():
                yield table
                continue
            here = pa.compute.is_in(seqs, value_set=table["seq"].combine_chunks())
            kept = table.filter(pa.compute.invert(stale))
            yield pa.concat_tables([kept, fresh.filter(here)]).sort_by("seq")

    return rows


def differs(path: Path, fresh: Any) -> bool:
    """Whether any row of a file is another one in `fresh`."""
    seqs = fresh["seq"].combine_chunks()
    now = {row["seq"]: row for row in fresh.to_pylist()}
    for table in read_groups(path):
        rows = table.filter(pa.compute.is_in(table["seq"], value_set=seqs)).to_pylist()
        if any(now[row["seq"]] != row for row in rows):
            return True
    return False


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
