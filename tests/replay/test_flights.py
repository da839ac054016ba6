"""Flights in any order, told twice, cut off in the middle: the figures stay exact."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sys
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import pytest

from enscene.kernel.errors import Invalid
from enscene.replay import flights
from enscene.replay.flights import FlightsReport, read_flights, replay_flights
from enscene.scenes.language import Pack, load_pack
from enscene.storage import Database, open_pool

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".." / "shared" / "data" / "flights"
HEADER = list(flights.COLUMNS)
Rows = list[list[str]]


def travel() -> Pack:
    pack = load_pack(ROOT / "packs" / "travel").pack
    assert pack is not None
    return pack


def some_flights(count: int) -> Rows:
    """On time, late by a minute too little, late, cancelled, never seen to arrive."""
    delays = ["-3", "119", "120", "500", "NA", "NA"]
    departures = ["517", "1200", "1", "2359", "", "830"]
    return [
        ["2013", "1", str(1 + n % 28), departures[n % 6], delays[n % 6], "UA", str(n), "JFK"]
        for n in range(count)
    ]


def expected(rows: Rows) -> dict[str, int]:
    """Counted from the rows themselves."""
    unique = {(r[2], r[5], r[6], r[7], r[1]): r for r in rows}.values()
    gone = [r for r in unique if r[3] in ("", "NA")]
    lost = [r for r in unique if r[3] not in ("", "NA") and r[4] in ("", "NA")]
    late = [r for r in unique if r not in gone and r not in lost and float(r[4]) >= 120]
    return {
        "policies": len(unique),
        "claims_delay": len(late),
        "claims_cancelled": len(gone),
        "undetermined": len(lost),
        "paid_minor": 20_000 * (len(late) + len(gone)),
        "premiums_minor": 2_000 * len(unique),
    }


def write(folder: Path, rows: Rows, header: list[str] = HEADER) -> Path:
    with (folder / "flights.csv").open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([header, *rows])
    return folder


def figures(report: FlightsReport) -> dict[str, int]:
    assert report.verified
    return {name: getattr(report, name) for name in expected([])}


async def replayed(pool: Any, folder: Path) -> FlightsReport:
    return await replay_flights(pool, travel(), folder, tell=lambda *_: None)


async def test_shuffled_rows_told_twice_give_the_same_and_once(pool: Any, tmp_path: Path) -> None:
    rows = some_flights(60)
    twice = rows + rows[::3]
    Random(3).shuffle(twice)
    first = await replayed(pool, write(tmp_path, twice))
    assert figures(first) == expected(rows)
    assert first.posted == first.policies + first.claims_delay + first.claims_cancelled
    again = await replayed(pool, write(tmp_path, rows))
    assert figures(again) == expected(rows)
    assert again.posted == 0


PROGRAM = """
import asyncio, sys
from pathlib import Path
from enscene.replay import flights
from enscene.scenes.language import load_pack
from enscene.storage import open_pool

flights.CHUNK = 10

async def main(url, pack, folder):
    pool = await open_pool(url)
    tell = lambda *what: print(*what, flush=True)
    await flights.replay_flights(pool, load_pack(Path(pack)).pack, Path(folder), tell=tell)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_replay_goes_on(database: Database, tmp_path: Path) -> None:
    """Killed while it insures, killed while it feeds, then let run."""
    rows = some_flights(90)
    folder = write(tmp_path, rows)
    for chunks in (4, 8):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, database.url_app, str(ROOT / "packs/travel"), str(folder),
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        for _ in range(chunks):
            assert await child.stdout.readline()
        child.kill()
        await child.communicate()
    pool = await open_pool(database.url_app)
    assert figures(await replayed(pool, folder)) == expected(rows)
    await pool.close()


async def test_a_slice_of_the_recorded_year(pool: Any, tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("no ../shared/data/flights beside the checkout")
    with zipfile.ZipFile(DATA / "flights.csv.zip") as archive:
        text = io.TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8", newline="")
        reader = csv.reader(text)
        header = next(reader)
        places = [header.index(name) for name in HEADER]
        rows = [[row[at] for at in places] for row, _ in zip(reader, range(1_500), strict=False)]
    report = await replayed(pool, write(tmp_path, rows))
    assert figures(report) == expected(rows)
    assert report.undetermined > 0


GOOD = some_flights(1)[0]
BAD = {
    "no such column": ([GOOD], [*HEADER[:-1], "from"], "flights.csv:1: there is no column origin"),
    "a month in words": ([GOOD, ["2013", "May", *GOOD[2:]]], HEADER, "flights.csv:3: "),
    "a short row": ([GOOD, GOOD, GOOD[:4]], HEADER, "flights.csv:4: "),
    "an endless delay": ([[*GOOD[:4], "inf", *GOOD[5:]]], HEADER, "flights.csv:2: "),
    "no number": ([[*GOOD[:4], "nan", *GOOD[5:]]], HEADER, "flights.csv:2: "),
    "nothing": ([], [], "flights.csv:1: there is no column year"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, bad: str) -> None:
    rows, header, message = BAD[bad]
    write(tmp_path, rows, header)
    with pytest.raises(Invalid, match="^" + message.replace(".", r"\.")):
        list(read_flights(tmp_path))


@pytest.mark.parametrize("name", ["flights.csv", "flights.csv.zip"])
def test_a_file_of_another_kind_is_told_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x00 no flights at all \x80")
    with pytest.raises(Invalid, match=name.replace(".", r"\.")):
        list(read_flights(tmp_path))


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"there is no flights\*\.csv"):
        list(read_flights(tmp_path))
