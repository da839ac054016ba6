"""The folder of the lake: where its files stand, who may write there, and what nobody knows of.

    lake/event/tenant=3/day=2026-11-23/….parquet    a file of the lake, if PostgreSQL has its row
    lake/.writing/….parquet                         one that is being written
    lake/.lock, lake/.readers                       who writes, who reads

One process at a time writes. It is one folder for one database: where several machines serve, they
share it, or one of them exports.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

FOLDER = "lake"
"""In the home."""
WRITING = ".writing"


@dataclass(frozen=True, slots=True)
class File:
    """One file. `first` and `last` are numbers of the tenant's shard, 0 for a snapshot, which has no
    `day`; `tier` counts how often its rows were put together."""

    tenant: int
    id: UUID
    kind: str
    day: date | None
    shard: int
    first: int
    last: int
    rows: int
    bytes: int
    sha256: str
    tier: int

    @property
    def path(self) -> Path:
        """Below the folder."""
        place = Path(self.kind, f"tenant={self.tenant}")
        if self.day is not None:
            place /= f"day={self.day}"
        return place / f"{self.id}.parquet"


class Folder:
    """A folder of this machine; made when it is first written to, for its owner alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def at(self, file: File) -> Path:
        """Where a file stands."""
        return self.root / file.path

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the folder for writing; False: somebody else does."""
        (self.root / WRITING).mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self.root / ".lock", fcntl.LOCK_EX | fcntl.LOCK_NB) as has:
            yield has

    @contextmanager
    def reading(self) -> Iterator[None]:
        """No file goes from the disk as long as this lasts."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self.root / ".readers", fcntl.LOCK_SH):
            yield

    def drop(self, files: Iterable[File]) -> bool:
        """Delete files that have been replaced; False: somebody reads, and a sweep has to do it."""
        with _locked(self.root / ".readers", fcntl.LOCK_EX | fcntl.LOCK_NB) as has:
            if has:
                for file in files:
                    self.at(file).unlink(missing_ok=True)
        return has

    def sweep(self, known: Collection[File]) -> bool:
        """Delete whatever is no file of the lake; False: not now, somebody reads. To be called by
        who holds the folder."""
        kept = {self.at(file) for file in known}
        with _locked(self.root / ".readers", fcntl.LOCK_EX | fcntl.LOCK_NB) as has:
            if has:
                for path in self.root.rglob("*.parquet"):
                    if path not in kept:
                        path.unlink()
        return has

    def missing(self, known: Iterable[File]) -> list[File]:
        """Files that are not there, or not in their length."""
        return [file for file in known if _length(self.at(file)) != file.bytes]

    def keep(self, written: Path, file: File) -> None:
        """Give a written file its place, so that it stands there after a loss of power too."""
        target = self.at(file)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(written, "rb") as opened:
            os.fsync(opened.fileno())
        written.rename(target)
        for folder in target.parents:
            _sync(folder)
            if folder == self.root:
                break


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
