"""The lake: what was committed, as Parquet files that DuckDB and Spark read."""

from enscene.lake.columns import KINDS, LOG, SNAPSHOTS, Column

__all__ = ["KINDS", "LOG", "SNAPSHOTS", "Column"]
