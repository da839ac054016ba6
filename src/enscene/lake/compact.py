"""Which files of a day become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from enscene.lake.folder import File

TOGETHER = 8
"""So many files of one tier become one of the next: each row is written anew seldom, and a day of
a million pages stands in some dozens of files."""
LARGE_BYTES = 64 * 2**20
"""A larger file is not made."""


def pick_together(
    files: Sequence[File], *, idle: bool = False, together: int = TOGETHER,
    large_bytes: int = LARGE_BYTES,
) -> list[File]:  # fmt: skip
    """The first of a day's files that become one; none: it is well so.

    `files` are in the order of their first numbers, and so are these, with none between them: the
    ranges of two files never overlap, so that each can be made anew from the log. Where `idle`, as
    nothing comes to the day any more, of whatever tier and as few as two.
    """
    for run in _runs(files, idle):
        least = 2 if idle else together
        picked: list[File] = []
        for file in run:
            if sum(each.bytes for each in picked) + file.bytes > large_bytes:
                if len(picked) >= least:
                    break
                picked = []
                if file.bytes > large_bytes:
                    continue
            picked.append(file)
            if len(picked) == together and not idle:
                break
        if len(picked) >= least:
            return picked
    return []


def _runs(files: Sequence[File], idle: bool) -> Iterable[list[File]]:
    if idle:
        return [list(files)]
    return [list(run) for _, run in groupby(files, key=lambda file: file.tier)]
