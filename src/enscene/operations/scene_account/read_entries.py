"""What a figure of the account is made of on a day: entries of the ledger, to the minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Invalid
from enscene.kernel.money import minor_digits
from enscene.operations import store as operations_store
from enscene.operations.indicators import Window, read_values
from enscene.operations.indicators.classes import CLASSES
from enscene.operations.indicators.posted import CLOSING
from enscene.operations.scene_account import _entries_store as store
from enscene.operations.scene_account.lines import (
    AGENCY,
    AVERAGE,
    BALANCE,
    BY_NAME,
    LINES,
    MOVED,
    SUBSIDIES,
)

YEARS = range(2000, 3000)
NOBODY = UUID(int=0)
_FLOWS: dict[tuple[str, str], tuple[str, str, int]] = {
    (AGENCY, "collected"): ("agency", "taken_in", 1),
    (AGENCY, "paid"): ("agency", "paid_out", -1),
    (SUBSIDIES, "benefits"): ("benefits", "taken_in", 1),
    (SUBSIDIES, "bank"): ("subsidies", "paid_out_own", -1),
    (SUBSIDIES, "others"): ("subsidies", "paid_out_others", -1),
}
"""Figures of what went one way alone: the class, which sides of its postings, and their sign."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The entries of `class_` that count, `sign` making them add up to the figure `indicator` with
    `key`; `closes` where the close of a day has a part in it."""

    name: str
    class_: str
    which: str
    sign: int
    indicator: str
    key: str
    kept_sign: int

    @property
    def closes(self) -> bool:
        return self.which == "all"


@dataclass(frozen=True, slots=True)
class Place:
    """After which entry a page begins: of postings, or of the close of the day, which comes last."""

    posted: store.Posted = (0, 0, 0)
    closed: store.Closed | None = None

    def packed(self) -> list[Any]:
        """For a cursor."""
        if self.closed is None:
            return list(self.posted)
        seq, contract, n, part, side = self.closed
        return [seq, str(contract), n, part, side]

    @classmethod
    def unpacked(cls, parts: Sequence[Any]) -> Place:
        """What `packed` gave, also as texts. Raises: ValueError."""
        if len(parts) == 3:
            seq, n, side = parts
            return cls(_within(seq, n, side))
        seq, contract, n, part, side = parts
        seq, n, side = _within(seq, n, side)
        return cls(closed=(seq, UUID(contract), n, str(part), side))


def _within(seq: Any, n: Any, side: Any) -> store.Posted:
    found = int(seq), int(n), int(side)
    if not (0 <= found[0] < 2**62 and all(0 <= each < 2**31 for each in found[1:])):
        raise ValueError
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting, or what the close of a day did to one contract. `minor` as it goes into
    the figure. `event_scene` is that of the event `seq`: 0 where it has none."""

    place: Place
    at: datetime
    side: Literal["debit", "credit"]
    account: str
    account_scene: int
    party: str | None
    currency: str
    minor: int
    seq: int
    event_scene: int
    action: str
    subject: str
    what: str
    contract: UUID | None


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of them; `more` where it is not the last."""

    entries: tuple[Entry, ...]
    more: bool


def parse_entry_day(text: str) -> date:
    """`2026-03-04`, of a year that an account may have. Raises: Invalid (`day`)."""
    day = parse_day(text, param="day")
    if day.year not in YEARS:
        raise Invalid("a day from 2000 on", code="account.day", param="day")
    return day


def wanted(class_: str, line: str) -> Wanted:
    """Of a class of accounts, or of a line of the account, one of which is empty.

    Raises: Invalid (`class`, `line`), also for a line that is kept by the month alone."""
    if bool(class_) == bool(line):
        raise Invalid("a class or a line", code="account.class_or_line", param="class")
    if class_:
        if class_ not in CLASSES:
            raise Invalid("there is no such class", code="account.class", param="class")
        return Wanted(class_, class_, "all", 1, MOVED, class_, 1)
    known = BY_NAME.get(line)
    if known is None or not has_days(line):
        raise Invalid("this line has no days", code="account.line", param="line")
    key = known.keys[0]
    if known.indicator in (BALANCE, AVERAGE, MOVED):
        return Wanted(line, key, "all", known.sign, MOVED, key, known.sign)
    named, which, sign = _FLOWS[known.indicator, key]
    return Wanted(line, named, which, sign * known.sign, known.indicator, key, known.sign)


def has_days(line: str) -> bool:
    """Whether a line is made of entries of days, as all are but what stays of customers."""
    known = BY_NAME[line]
    return known.indicator in (BALANCE, AVERAGE, MOVED, AGENCY, SUBSIDIES)


DAILY = tuple(line.name for line in LINES if has_days(line.name))


async def read_day_figure(
    source: operations_store.Source, tenant: int, scene: int, day: date, want: Wanted, currency: str
) -> int | None:
    """What the night has kept of the day in minor units: to what the entries add up. None where the
    day is not computed."""
    async with operations_store.reading(source, tenant) as connection:
        values = await read_values(connection, tenant, [want.indicator], "day", day, day, scene)
        computed = await connection.fetchval(
            "select exists (select from indicator_day where tenant = $1 and day = $2)", tenant, day
        )
    if not computed:
        return None
    return want.kept_sign * sum(
        each.value for each in values if each.key == want.key and each.currency == currency
    )


async def read_entries(
    source: operations_store.Source, tenant: int, scene: int, day: date, want: Wanted,
    currency: str, zone: str, *, after: Place | None = None, limit: int = 50,
) -> Entries:  # fmt: skip
    """A page of what a scene (0: none) has of a day of `zone`: postings in the order of the ledger,
    then what the close of the day says of contracts. Raises: Invalid (`currency`)."""
    minor_digits(currency)
    begins = Window(zone, day).begin_of(day)
    ends = Window(zone, day).begin_of(day + timedelta(days=1))
    after = after or Place()
    found: list[Entry] = []
    async with operations_store.reading(source, tenant) as connection:
        if after.closed is None:
            span = await store.read_day(connection, tenant, begins, ends)
            rows = await store.read_posted(
                connection, tenant, span, after.posted, currency, want.class_, want.which, scene,
                limit + 1,
            )  # fmt: skip
            found += [_posted(row, want.sign) for row in rows]
        if want.closes and len(found) <= limit:
            rows = await store.read_closed(
                connection, tenant, begins, ends, after.closed or (0, NOBODY, 0, "", 0), currency,
                want.class_, scene, limit + 1 - len(found),
            )  # fmt: skip
            found += [_closed(row, want.sign) for row in rows]
    return Entries(tuple(found[:limit]), len(found) > limit)


def _posted(row: operations_store.Row, sign: int) -> Entry:
    return Entry(
        Place((row["seq"], row["n"], row["side"])), row["at"],
        "credit" if row["side"] else "debit", row["name"], row["account_scene"], row["party"],
        row["currency"], sign * row["minor"], row["seq"], row["event_scene"] or 0,
        row["action"] or "", row["subject"] or "", row["flow"], None,
    )  # fmt: skip


def _closed(row: operations_store.Row, sign: int) -> Entry:
    return Entry(
        Place(closed=(row["seq"], row["contract"], row["n"], row["part"], row["side"])), row["at"],
        "credit" if row["side"] else "debit", f"{row['product']}.{row['part']}", 0, row["party"],
        row["currency"], sign * row["minor"], row["seq"], row["scene"], CLOSING,
        f"contract:{row['contract']}", row["what"], row["contract"],
    )  # fmt: skip
