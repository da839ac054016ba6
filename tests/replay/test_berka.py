"""A bank's own transactions: the order of a day is found again, and bad files are told."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.replay import replay_berka
from enscene.replay.berka import HEADER, Row, chain_day, opening_balance, order_rows, read_rows

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".." / "shared" / "data" / "berka" / "trans_first3MiB.asc.gz"
COLUMNS = ";".join(f'"{name}"' for name in [*HEADER, "k_symbol", "bank", "account"])


def day_of(start: int, amounts: list[int], day: str = "930101", account: int = 1) -> list[Row]:
    rows, balance = [], start
    for n, amount in enumerate(amounts):
        balance += amount
        rows.append(Row(account * 1_000 + int(day) * 100 + n, account, day, amount, balance))
    return rows


def misfits(rows: list[Row], start: int) -> int:
    wrong = 0
    for row in rows:
        wrong += start + row.amount != row.balance
        start = row.balance
    return wrong


@settings(deadline=None)
@given(
    start=st.integers(-10_000, 10**7),
    amounts=st.lists(st.integers(-5_000, 5_000).filter(bool), min_size=1, max_size=9),
    seed=st.integers(0, 2**16),
)
def test_a_shuffled_day_chains_again(start: int, amounts: list[int], seed: int) -> None:
    rows = day_of(start, amounts)
    shuffled = list(rows)
    Random(seed).shuffle(shuffled)
    found = chain_day(shuffled, start)
    assert sorted(found, key=lambda row: row.id) == rows
    assert misfits(found, start) == 0


@given(
    start=st.integers(1_000, 10**6),
    days=st.lists(
        st.lists(st.integers(-500, 900).filter(bool), min_size=1, max_size=5), min_size=1
    ),
)
@settings(deadline=None, max_examples=60)
def test_days_follow_each_other(start: int, days: list[list[int]]) -> None:
    rows: list[Row] = []
    balance = start
    for number, amounts in enumerate(days[:28]):
        rows += day_of(balance, amounts, f"9301{number + 1:02d}")
        balance += sum(amounts)
    Random(1).shuffle(rows)
    (ordered,) = order_rows(rows).values()
    assert [row.day for row in ordered] == sorted(row.day for row in rows)
    assert ordered[-1].balance == balance or len(days[:28][-1]) > 1


def test_an_account_opened_on_its_first_day_begins_with_nothing() -> None:
    assert opening_balance(day_of(0, [70_000, -100])) == 0


def test_an_account_with_a_past_begins_with_what_fits() -> None:
    assert opening_balance(day_of(123_456, [-500, 900])) == 123_456


def line(row: Row) -> str:
    kind = "PRIJEM" if row.amount > 0 else "VYDAJ"
    amount, balance = f"{abs(row.amount) / 100:.2f}", f"{row.balance / 100:.2f}"
    return f'{row.id};{row.account};{row.day};"{kind}";"VKLAD";{amount};{balance};"";;'


def file_of(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([COLUMNS, *lines]) + "\n", encoding="utf-8")
    return path


def test_rows_are_read_as_they_are_written(tmp_path: Path) -> None:
    rows = day_of(-5_050, [100, -1, 999_999, -7])
    assert read_rows(file_of(tmp_path / "t.asc", [line(row) for row in rows])) == rows


BAD = {
    "another file": (["1"], "^t.asc:1: "),
    "a word for an amount": ([line(day_of(0, [5])[0]), "7;1;930101;PRIJEM;V;ten;1.00;;;"], "^t.asc:3: "),
    "a short row inside": ([line(day_of(0, [5])[0]), "7;1;93", line(day_of(0, [6])[0])], "^t.asc:3: "),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, bad: str) -> None:
    lines, message = BAD[bad]
    path = file_of(tmp_path / "t.asc", lines)
    if bad == "another file":
        path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(Invalid, match=message):
        read_rows(path)


def test_a_file_that_ends_in_a_row_loses_its_last_day(tmp_path: Path) -> None:
    first, second = day_of(0, [5_000, 10]), day_of(5_010, [7], "930102")
    lines = [line(row) for row in [*first, *second]]
    path = tmp_path / "t.asc"
    path.write_text("\n".join([COLUMNS, *lines, "9;1;930102;PRI"]), encoding="utf-8")
    assert read_rows(path) == first


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_damaged_archive_is_told_by_name(tmp_path: Path, cut: float) -> None:
    whole = gzip.compress("\n".join([COLUMNS, *map(line, day_of(0, [5] * 200))]).encode())
    path = tmp_path / "t.asc.gz"
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(Invalid, match=r"^t\.asc\.gz"):
        read_rows(path)
    path.write_bytes(b"no archive")
    with pytest.raises(Invalid, match=r"^t\.asc\.gz"):
        read_rows(path)


async def test_two_accounts_with_a_past_and_an_overdraft(pool: Any, tmp_path: Path) -> None:
    """Posted once, whatever the order of the file; a second run posts nothing."""
    rows = [
        *day_of(0, [100_000, -500]),
        *day_of(99_500, [-100_000, 250, -30], "930102"),
        *day_of(77_700, [-700, 100], "930101", account=2),
        *day_of(77_100, [-77_100, 5], "930103", account=2),
    ]
    Random(5).shuffle(rows)
    path = file_of(tmp_path / "t.asc", [line(row) for row in rows])
    report = await replay_berka(pool, path, tell=lambda *_: None)
    assert report.verified
    assert (report.accounts, report.transactions, report.links_exact) == (2, len(rows), len(rows))
    assert (report.accounts_within_0_70, report.largest_end_difference) == (2, "0.00")
    assert report.posted == len(rows) + 1  # and what the second account began with
    again = await replay_berka(pool, path, tell=lambda *_: None)
    assert (again.posted, again.transactions, again.links_exact) == (0, len(rows), len(rows))


async def test_a_slice_of_the_recorded_bank(pool: Any, tmp_path: Path) -> None:
    if not DATA.is_file():
        pytest.skip("no ../shared/data/berka beside the checkout")
    with gzip.open(DATA, "rt", encoding="utf-8") as text:
        head = [next(text) for _ in range(4_001)]
    last = head[-1].split(";")[2]
    kept = [row for row in head[1:] if row.split(";")[2] != last]
    path = tmp_path / "t.asc"
    path.write_text("".join([head[0], *kept]), encoding="utf-8")
    report = await replay_berka(pool, path, tell=lambda *_: None)
    assert report.verified
    assert report.transactions == len(kept)
    assert report.within_0_10_share >= 0.999
    assert report.accounts == report.accounts_within_0_70
