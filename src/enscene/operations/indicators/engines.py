"""An engine over the files of a lake: DuckDB in this process, or Spark beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from enscene.lake.parquet import SCHEMAS
from enscene.operations.indicators.expressions import EXPRESSIONS
from enscene.operations.indicators.figure import COLUMNS, rows_of
from enscene.operations.indicators.functions import DUCKDB, SPARK
from enscene.operations.indicators.posted import unclassified
from enscene.operations.indicators.reading import Reading
from enscene.operations.indicators.window import Window

RESULT = pa.schema(
    [
        pa.field(name, {"tenant": pa.int32(), "scene": pa.int32(), "day": pa.date32(),
                        "value": pa.int64()}.get(name, pa.string()), nullable=False)
        for name in COLUMNS
    ]
)  # fmt: skip
"""What every indicator gives."""


class DuckEngine:
    """On the backend that `read_lake` gives. `spill` is where it writes what has no room."""

    def __init__(self, backend: Any, spill: Path) -> None:
        self._backend = backend
        backend.con.execute(f"set temp_directory = '{str(spill).replace(chr(39), chr(39) * 2)}'")
        backend.con.execute("set preserve_insertion_order = false")
        backend.con.execute("set enable_progress_bar = false")
        for function in DUCKDB:
            backend.con.execute(function)

    def table(self, kind: str) -> Any:
        """A kind of the lake."""
        return self._backend.table(kind)

    def keep(self, name: str, rows: Any) -> Any:
        """Store rows under a name."""
        self._backend.create_table(f"kept_{name}", rows, temp=True, overwrite=True)
        return self._backend.table(f"kept_{name}")

    def read(self, rows: Any) -> pa.Table:
        """The rows of an expression."""
        return _of_one_shape(rows.to_pyarrow())


class SparkEngine:
    """On a session in classic mode, over the files of each kind."""

    def __init__(self, session: Any, files: Mapping[str, Sequence[Path]]) -> None:
        import ibis

        self._session = session
        self._backend = ibis.pyspark.connect(session)
        for function in SPARK:
            session.sql(function)
        for kind, paths in files.items():
            if paths:
                rows = session.read.parquet(*map(str, paths))
            else:
                rows = session.createDataFrame(SCHEMAS[kind].empty_table())
            rows.createOrReplaceTempView(kind)

    def table(self, kind: str) -> Any:
        """A kind of the lake."""
        return self._backend.table(kind)

    def keep(self, name: str, rows: Any) -> Any:
        """Store rows under a name."""
        import ibis

        frame = self._session.sql(ibis.to_sql(rows, dialect="pyspark")).cache()
        frame.createOrReplaceTempView(f"kept_{name}")
        return self._backend.table(f"kept_{name}")

    def read(self, rows: Any) -> pa.Table:
        """The rows of an expression."""
        import ibis

        return _of_one_shape(self._session.sql(ibis.to_sql(rows, dialect="pyspark")).toArrow())


def _of_one_shape(table: pa.Table) -> pa.Table:
    return table.select(list(COLUMNS)).cast(RESULT).combine_chunks()


def compute(engine: DuckEngine | SparkEngine, window: Window) -> dict[str, pa.Table]:
    """Every indicator of a window; blocks."""
    reading = Reading(engine.table, engine.keep, window)
    return {name: engine.read(rows_of(name, reading)) for name in sorted(EXPRESSIONS)}


def of_no_class(engine: DuckEngine, window: Window) -> dict[int, tuple[str, ...]]:
    """Accounts that no class takes, by tenant."""
    rows = unclassified(Reading(engine.table, engine.keep, window)).to_pyarrow().to_pylist()
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["tenant"], []).append(f"{row['role']!r} {row['kind']} {row['name']}")
    return {tenant: tuple(sorted(names)) for tenant, names in sorted(found.items())}


def bytes_of(table: pa.Table) -> bytes:
    """A result as CSV, to be compared byte by byte."""
    import pyarrow.csv

    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink)
    return bytes(sink.getvalue())
