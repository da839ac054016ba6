"""The lake: what was committed, as Parquet files that DuckDB and Spark read."""

from enscene.lake.columns import KINDS, LOG, SNAPSHOTS, Column
from enscene.lake.folder import FOLDER, File, Folder
from enscene.lake.lake import Lake
from enscene.lake.note_erasure import note_erasure
from enscene.lake.read_lake import lake_paths, read_lake
from enscene.lake.show import check_lake, show_lake
from enscene.lake.worker import LakeWorker

__all__ = [
    "FOLDER",
    "KINDS",
    "LOG",
    "SNAPSHOTS",
    "Column",
    "File",
    "Folder",
    "Lake",
    "LakeWorker",
    "check_lake",
    "lake_paths",
    "note_erasure",
    "read_lake",
    "show_lake",
]
