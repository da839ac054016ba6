"""Rows of a lake, made at once instead of one by one: a month of 20 scenes and many people, drawn
from pools, so that writing the files takes the time and not making them up. The same number of
events gives the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enscene.lake import File, Folder
from enscene.lake.parquet import GROUP_ROWS, SCHEMAS

MONTH = date(2026, 3, 1)
REGISTERED = date(2025, 3, 1)
DAYS = 31
BEFORE = -10
"""A day of the month before, for who came again."""
LIVE = 16
"""The day on which the scenes go live."""
SCENES = 20
TILLS = 200
DEVICES = 40
OFFERS = 50_000
FILE_ROWS = 1_000_000
TENANT = 1
_DAY_US = 86_400_000_000


class Rows:
    """What is drawn from: `people` persons, a twentieth of whom are the same as another one."""

    def __init__(self, events: int, people: int, seed: int = 7) -> None:
        self.events, self.people = events, people
        self._draw = np.random.default_rng(seed)
        numbers = range(1, people + 1)
        self._actors = pa.array([f"diner:p:{n}" for n in numbers])
        self._facts = pa.array(
            [f'{{"moved": [{{"how": "move", "flow": "pay", "minor": {n % 9_000 + 100}}}], "parties": '
             f'{{"diner": "p:{n}", "shop": "shop-{n % TILLS}"}}}}' for n in numbers]
        )  # fmt: skip
        self._rated = pa.array(
            [f'{{"parties": {{"diner": "p:{n}"}}, "ratings": [{{"stars": {n % 5 + 1}, "comment": ""}}]}}'
             for n in range(1, min(people, 10_000) + 1)]
        )  # fmt: skip
        self.offers = [str(UUID(int=(n << 64) + 7, version=4)) for n in range(OFFERS)]
        self._answers = pa.array(
            [f'{{"offer": {{"id": "{each}", "outcome": "{("seen", "taken", "refused")[n % 3]}"}}}}'
             for n, each in enumerate(self.offers)]
        )  # fmt: skip
        self._tills = pa.array([f"till:till-{n}" for n in range(DEVICES)] + ["clock:clock"])
        self._actions = pa.array(["pay", "order", "visit", "rate", "offer.answered"])

    def _person(self, count: int) -> Any:
        """Some come often, most seldom."""
        return (self.people * self._draw.random(count) ** 2).astype(np.int32)

    def event(self, day: int, first: int, count: int) -> Any:
        """So many of a day, numbered from `first`."""
        draw = self._draw
        person, what = self._person(count), draw.random(count)
        scene = (person % SCENES + 1 + (draw.random(count) < 0.2)).astype(np.int32)
        answered, rated, device = what < 0.01, (what >= 0.01) & (what < 0.04), what > 0.85
        scene[answered] = 0
        action = np.where(answered, 4, np.where(rated, 3, draw.integers(0, 3, count)))
        actor = np.where(device, self.people + draw.integers(0, DEVICES + 20, count), person)
        actor = np.minimum(actor, self.people + DEVICES)  # a third of the devices' are the clock's
        facts = person.astype(np.int64)
        pools = pa.concat_arrays([self._facts, self._rated, self._answers])
        facts = np.where(rated, self.people + person % len(self._rated), facts)
        facts = np.where(
            answered, self.people + len(self._rated) + draw.integers(0, OFFERS, count), facts
        )
        when = np.sort(draw.integers(0, _DAY_US, count))
        return _table(day, when, count) | {
            "seq": np.arange(first, first + count), "scene": scene,
            "action": self._actions.take(pa.array(action)),
            "subject": self._things(day, person, answered),
            "actor": pa.concat_arrays([self._actors, self._tills]).take(pa.array(actor)),
            "facts": pools.take(pa.array(facts)),
        }  # fmt: skip

    def _things(self, day: int, person: Any, answered: Any) -> Any:
        """Everybody has a meal a day, to which happens what they do then."""
        numbers = pa.array(person.astype(np.int64) * 100 + (day - BEFORE)).cast(pa.string())
        things = pc.binary_join_element_wise("meal:m-", numbers, "")
        return pc.if_else(pa.array(answered), "customer:c", things)

    def lives(self, first: int) -> Any:
        """Each scene is drafted and goes live on one day."""
        count = 2 * SCENES
        when = np.arange(count) * (_DAY_US // 3 // count) + _DAY_US // 4 + 7
        return _table(LIVE, when, count) | {
            "seq": np.arange(first, first + count),
            "scene": np.tile(np.arange(1, SCENES + 1, dtype=np.int32), 2),
            "action": ["scene.created"] * SCENES + ["scene.live"] * SCENES,
            "subject": [""] * count, "actor": ["zhang"] * count, "facts": ["{}"] * count,
        }  # fmt: skip

    def posting(self, day: int, first: int, count: int) -> Any:
        """Mostly from a wallet to a till, at times to the bank's fees, from outside, or back."""
        draw, people = self._draw, self.people
        wallet, what = self._person(count) + 1, draw.random(count)
        till = people + 1 + draw.integers(0, TILLS, count)
        outside, fees = people + TILLS + 1, people + TILLS + 2
        debit = np.select([what < 0.7, what < 0.8, what < 0.9], [wallet, outside, outside], till)
        credit = np.select([what < 0.8, what < 0.95], [till, wallet], fees)
        when = np.sort(draw.integers(0, _DAY_US, count))
        zeros = np.zeros(count, np.int64)
        return _table(day, when, count) | {
            "seq": np.arange(first, first + count) // 2 * 5, "n": np.arange(count, dtype=np.int32) % 2,
            "debit": debit.astype(np.int64), "credit": credit.astype(np.int64),
            "amount": draw.integers(1, 20_000, count), "currency": pa.repeat("CNY", count),
            "kind": pa.repeat("post", count), "debit_balance": zeros, "credit_balance": zeros,
            "hold": pa.nulls(count, pa.string()), "scene": np.full(count, 1, np.int32),
            "flow": pa.array(["pay", "pay_ahead"]).take(pa.array(till % 2)),
        }  # fmt: skip

    def snapshots(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Whole tables."""
        people, draw = self.people, self._draw
        at = np.full(people, _us(MONTH), "M8[us]")
        person = np.arange(1, people + 1)
        customer = np.where(person % 20 == 0, person - 1, person)
        kinds = ["person"] * people + ["device"] * DEVICES
        refs = [f"p:{n}" for n in person] + [f"till-{n}" for n in range(DEVICES)]
        more = np.arange(people + 1, people + DEVICES + 1)
        yield "party", {
            "id": np.concatenate([person, more]), "ref": refs, "kind": kinds,
            "customer": np.concatenate([customer, more]),
            "created_at": np.full(people + DEVICES, _us(REGISTERED), "M8[us]"),
        }  # fmt: skip
        roles = (
            ["stored_value" if n % 10 else "card" for n in person]
            + ["settlement"] * TILLS
            + ["outside", "income"]
        )
        number = np.arange(1, len(roles) + 1)
        yield "account", {
            "id": number, "scene": (number % SCENES + 1).astype(np.int32), "name": roles,
            "role": roles, "kind": ["free" if n % 97 else "closed_loop" for n in number], "owner": number,
            "currency": ["CNY"] * len(roles),
        }  # fmt: skip
        yield "enrolment", {
            "scene": (person % SCENES + 1).astype(np.int32), "role": ["diner"] * people,
            "party": person, "active": person % 50 > 0, "since": at,
        }  # fmt: skip
        yield "referral", {
            "scene": (person * 3 % SCENES + 1).astype(np.int32), "customer": person,
            "referrer": person * 7 % people + 1, "at": at,
        }  # fmt: skip
        some = np.arange(1, people // 20 + 1)
        yield "contract", {
            "id": [f"c{n}" for n in some], "scene": (some % SCENES + 1).astype(np.int32),
            "product": ["loan" if n % 2 else "cover" for n in some], "customer": some * 7 % people + 1,
            "amount": pa.nulls(len(some), pa.int64()), "currency": ["CNY"] * len(some),
            "state": ["open"] * len(some), "opened_at": self._times(len(some)),
            "ended_at": pa.nulls(len(some), pa.timestamp("us", "UTC")),
        }  # fmt: skip
        count = len(self.offers)
        yield "offer", {
            "id": self.offers, "scene": draw.integers(1, SCENES + 1, count).astype(np.int32),
            "moment": ["m"] * count, "customer": draw.integers(1, people + 1, count),
            "product": ["loan"] * count, "channel": [("h5", "push", "")[n % 3] for n in range(count)],
            "at": self._times(count),
        }  # fmt: skip
        begun = self._times(count)
        state = draw.choice(["done", "refused", "expired", "begun"], count)
        ended = pa.array(begun + np.timedelta64(90, "m"), mask=state == "begun")
        yield "application", {
            "id": [f"a{n}" for n in range(count)],
            "scene": draw.integers(1, SCENES + 1, count).astype(np.int32),
            "customer": draw.integers(1, people + 1, count), "product": ["loan"] * count,
            "state": state, "offer": [each if n % 3 else None for n, each in enumerate(self.offers)],
            "contract": pa.nulls(count, pa.string()), "began_in": ["h5"] * count,
            "ended_in": pa.nulls(count, pa.string()), "begun_at": begun, "ended_at": ended,
        }  # fmt: skip
        yield "application_step", {
            "application": [f"a{n}" for n in range(count) for _ in range(2)],
            "n": np.tile(np.arange(2, dtype=np.int32), count),
            "step": draw.choice(["begun", "decided", "joined", "confirmed", "expired"], count * 2),
            "channel": draw.choice(["h5", "h5", "manager"], count * 2), "at": np.repeat(begun, 2),
        }  # fmt: skip

    def _times(self, count: int) -> Any:
        offsets = np.sort(self._draw.integers(0, DAYS * _DAY_US, count))
        return np.datetime64(_us(MONTH)) + offsets.astype("m8[us]")


def _us(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - NumPy's times are of UTC


def _table(day: int, when: Any, count: int) -> dict[str, Any]:
    begin = np.datetime64(_us(MONTH)) + np.timedelta64(day * _DAY_US, "us")
    return {"day": pa.repeat(pa.scalar(MONTH + timedelta(days=day), pa.date32()), count),
            "shard": np.full(count, 1, np.int32), "at": begin + when.astype("m8[us]")}  # fmt: skip


def write_lake(folder: Folder, events: int, people: int, tenant: int = TENANT) -> list[File]:
    """Events, a fifth as many postings, and what stands beside them; the files, which are not made
    known to a database."""
    rows, files = Rows(events, people), []
    for kind, total, make in (
        ("event", events, rows.event), ("posting", events // 5, rows.posting),
    ):  # fmt: skip
        first = 1
        for day in (BEFORE, *range(DAYS)):
            left = total // (DAYS + 1) + (day < total % (DAYS + 1))
            while left:
                count = min(left, FILE_ROWS)
                files.append(
                    _write(folder, kind, make(day, first, count), count, tenant, day, first)
                )
                first, left = first + count, left - count
    lives = rows.lives(events + 2)
    files.append(_write(folder, "event", lives, 2 * SCENES, tenant, LIVE, events + 2))
    for kind, columns in rows.snapshots():
        count = len(next(iter(columns.values())))
        files.append(_write(folder, kind, columns, count, tenant, None, 0))
    return files


def _write(
    folder: Folder, kind: str, columns: dict[str, Any], count: int, tenant: int, day: int | None,
    first: int,
) -> File:  # fmt: skip
    number = uuid5(UUID(int=tenant), f"{kind} {day} {first}")
    date_of = None if day is None else MONTH + timedelta(days=day)
    file = File(tenant, number, kind, date_of, 1, first, first + max(count, 1) - 1, count, 0, "", 0)
    path = folder.at(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {"tenant": np.full(count, tenant, np.int32)} | columns
    table = pa.table(
        [_column(columns[f.name], f.type) for f in SCHEMAS[kind]], schema=SCHEMAS[kind]
    )
    pq.write_table(table, path, compression="zstd", compression_level=3, row_group_size=GROUP_ROWS)
    return File(tenant, number, kind, date_of, 1, file.first, file.last, count,
                path.stat().st_size, "", 0)  # fmt: skip


def _column(values: Any, kind: Any) -> Any:
    made = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return made.cast(kind)
