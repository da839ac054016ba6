"""A reader of the log in a process of its own: `python -m bench.replay_reader HOW LOG PLACE`.

`read` it to the end; `keep` the states in the middle too; `go_on` from there; or, `kept`, with
states, decisions and place in one transaction a page, from wherever it was killed.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from bench.moments_log import PAGE, RECORD_OF, engine, pages_of, say
from enscene.engagement.engine import Engine, Happening, Made, Rests

SMALL = 2_000
SHOW = 50
_TABLES = """
create table if not exists state (customer integer primary key, due integer, row blob);
create index if not exists state_due on state (due);
create table if not exists decision (n integer primary key autoincrement, body blob);
create table if not exists place (one integer primary key, page integer, general blob);"""


def said(made: Made) -> bytes:
    """A decision as it is compared."""
    body: bytes = made.decision.to_json(customer=str(made.customer))
    return b"%d %d " % (made.customer, made.at_us) + body


def read(log: Path, middle: Path | None, *, go_on: bool = False) -> dict[str, Any]:
    """Digests of the decisions of each half, and what it took."""
    pages = -(-log.stat().st_size // (PAGE * RECORD_OF.itemsize))
    half, ours = pages // 2, engine()
    digests, decisions, keeping_s = (sha256(), sha256()), 0, 0.0
    began = time.perf_counter()
    if go_on:
        assert middle is not None
        _put(ours, middle)
    putting_s = time.perf_counter() - began
    first = half if go_on else 0
    with Rests.kept() as rests:
        for number, page in enumerate(pages_of(log, first), first):
            if number == half and middle is not None and not go_on:
                before = time.perf_counter()
                _keep(ours, middle)
                keeping_s = time.perf_counter() - before
            for made in ours.apply(page).decisions:
                digests[number >= half].update(said(made))
                decisions += 1
            rests.rest()
            if number % SHOW == SHOW - 1:
                say(f"replay: page {number + 1} of {pages}, {time.perf_counter() - began:.0f} s")
    return {
        "events": (pages - first) * PAGE,
        "decisions": decisions,
        "seconds": round(time.perf_counter() - began, 2),
        "keeping_s": round(keeping_s, 2),
        "putting_s": round(putting_s, 2),
        "pause_ms": round(1000 * rests.longest_s, 2),
        "digests": [digest.hexdigest() for digest in digests],
    }


def _keep(ours: Engine, middle: Path) -> None:
    with open(middle, "wb") as file:
        for part in (ours.general(), *((c, ours.state_of(c)) for c in ours.customers())):
            body = msgspec.msgpack.encode(part)
            file.write(len(body).to_bytes(4, "big") + body)


def _put(ours: Engine, middle: Path) -> None:
    with open(middle, "rb") as file:
        while size := file.read(4):
            part = msgspec.msgpack.decode(file.read(int.from_bytes(size, "big")))
            if isinstance(part, bytes):
                ours.put_general(part)
            else:
                ours.put_state(*part)


def kept(log: Path, place: Path) -> dict[str, Any]:
    """From the last page that is kept to the end."""
    base = sqlite3.connect(place, isolation_level=None)
    base.execute("pragma journal_mode = wal")
    base.executescript(_TABLES)
    ours, first = engine(), 0
    for page, general in base.execute("select page, general from place"):
        first = page
        ours.put_general(general)
    for number, events in enumerate(pages_of(log, first, SMALL), first):
        _load(base, ours, events)
        applied = ours.apply(events)
        base.execute("begin immediate")
        base.executemany(
            "insert into state values (?1, ?2, ?3) on conflict do update set due = ?2, row = ?3",
            [(c, ours.due(c), ours.state_of(c)) for c in applied.changed],
        )
        base.executemany(
            "insert into decision (body) values (?)", [(said(made),) for made in applied.decisions]
        )
        base.execute("replace into place values (1, ?, ?)", (number + 1, ours.general()))
        base.execute("commit")
    base.close()
    return {"first": first}


def _load(base: sqlite3.Connection, ours: Engine, events: Sequence[Happening]) -> None:
    """The states of those whom the page is about, and of whom something falls due before its end."""
    until = max(event.seen_us for event in events)
    due = [row[0] for row in base.execute("select customer from state where due < ?", (until,))]
    for customer in ours.missing([event.customer for event in events] + due):
        for (row,) in base.execute("select row from state where customer = ?", (customer,)):
            ours.put_state(customer, row)


def main(how: str, log: Path, place: Path) -> None:
    """Print what came of it."""
    if how == "kept":
        found = kept(log, place)
    else:
        found = read(log, None if how == "read" else place, go_on=how == "go_on")
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
