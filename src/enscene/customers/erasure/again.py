"""Whoever was erased is erased again after an older backup was restored.

A file beside the backups names them by number alone: tenant, party and what they are called since.
It is written before the erasure is committed: what two people have decided holds, even if the
program was killed between the two.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from enscene.commit import admit
from enscene.customers.erasure.store import Connection

FILE = "erased.jsonl"


@dataclass(frozen=True, slots=True)
class Erased:
    """Who by whom and why stands in the database's own row of that `number`. `since` is when the
    party was registered: in another database the same number is somebody else."""

    tenant: int
    party: int
    opaque: str
    number: int
    since: str


def note_erased(file: Path, erased: Erased) -> None:
    """Add a line, on the disk itself. Raises: OSError."""
    line = json.dumps(asdict(erased)).encode() + b"\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_erased(file: Path) -> list[Erased]:
    """All of the list; a last line that was cut short is passed over."""
    if not file.exists():
        return []
    found = []
    for line in file.read_text().splitlines():
        try:
            found.append(Erased(**json.loads(line)))
        except (TypeError, ValueError):
            continue
    return found


async def list_erased(connection: Connection) -> list[Erased]:
    """Those of a database, of all its tenants."""
    if not await connection.fetchval("select to_regclass('erasure') is not null"):
        return []  # of a program that did not erase yet
    tenants = [row[0] for row in await connection.fetch("select id from tenant")]
    async with connection.transaction(readonly=True):
        await admit(connection, tenants)
        rows = await connection.fetch(
            "select e.tenant, e.party, e.opaque, e.number, p.created_at from erasure e "
            "join party p on p.tenant = e.tenant and p.id = e.party "
            "where e.state = 'erased' order by e.tenant, e.number"
        )
    return [Erased(row[0], row[1], row[2], row[3], row[4].isoformat()) for row in rows]
