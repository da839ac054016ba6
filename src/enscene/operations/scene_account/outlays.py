"""Investment and running cost of a scene as dated entries: one person enters, another approves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import parse_money
from enscene.ledger import AMOUNT_MOST
from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.scene_account import store
from enscene.operations.scene_account.lines import LINES, MOVED, SUBSIDIES
from enscene.operations.scene_account.payback import (
    SUSTAINED,
    Month,
    Payback,
    payback_of,
    sustained_months,
)

Kind: TypeAlias = Literal["investment", "running"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NOTE_MOST = 200


@dataclass(frozen=True, slots=True)
class Outlay:
    """An entry; `minor` of `currency`. `state` is asked, approved or refused: approved ones count."""

    id: UUID
    scene: int
    kind: Kind
    day: date
    minor: int
    currency: str
    note: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Earning:
    """What a scene earned over its whole months in a currency, and how long in a row above cost."""

    currency: str
    months: tuple[Month, ...]
    payback: Payback
    in_a_row: int

    @property
    def is_sustained(self) -> bool:
        return self.in_a_row >= SUSTAINED


async def ask_outlay(
    source: operations_store.Source, tenant: int, scene: int, kind: str, day: date, amount: str,
    currency: str, note: str, who: str,
) -> UUID:  # fmt: skip
    """Enter what was spent on a scene; it counts when somebody else approves it.

    Raises: Invalid (`kind`, `amount`, `note`), Conflict("account.by_gates").
    """
    if kind not in KINDS:
        raise Invalid("investment or running", code="account.kind", param="kind")
    minor = parse_money(amount, currency, param="amount")
    if not 0 < minor <= AMOUNT_MOST:
        raise Invalid("an amount above nothing", code="account.amount", param="amount")
    said = note.strip()
    if not said or len(said) > NOTE_MOST:
        raise Invalid("say what it was for", code="account.note", param="note")
    number = new_uuid()
    async with operations_store.writing(source, tenant) as connection:
        await _check_by_hand(connection, tenant, scene, kind)
        await store.insert_outlay(
            connection, tenant, number, scene, kind, day, minor, currency, said, who,
            (await operations_store.read_clock(connection, tenant))["now"],
        )  # fmt: skip
    return number


async def decide_outlay(
    source: operations_store.Source, tenant: int, scene: int, number: UUID, who: str, *,
    approve: bool,
) -> None:  # fmt: skip
    """Approve or refuse what somebody else has entered.

    Raises: NotFound, Forbidden("account.four_eyes"), Conflict("account.decided", "account.by_gates").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await store.lock_outlay(connection, tenant, scene, number)
        if row is None:
            raise NotFound("there is no such entry", code="account.not_found")
        if row["state"] != "asked":
            raise Conflict("the entry was decided already", code="account.decided")
        if row["asked_by"] == who:
            raise Forbidden("somebody else approves what you entered", code="account.four_eyes")
        if approve:
            await _check_by_hand(connection, tenant, scene, row["kind"])
        await store.decide_outlay(
            connection, tenant, number, "approved" if approve else "refused", who
        )


async def _check_by_hand(
    connection: operations_store.Connection, tenant: int, scene: int, kind: str
) -> None:
    """What is invested in a scene that has a project goes through its gates alone."""
    if kind == "investment" and await store.has_project(connection, tenant, scene):
        raise Conflict("the gates of its project release it", code="account.by_gates")


async def release_stage(
    source: operations_store.Source, tenant: int, scene: int, day: date, minor: int, currency: str,
    note: str, project: UUID, step: str, asked_by: str, approved_by: str,
) -> None:  # fmt: skip
    """What a gate has released counts as invested from that day; scene 0: there is none yet. Once for
    each step of a project, which the table holds."""
    async with operations_store.writing(source, tenant) as connection:
        await store.insert_release(
            connection, tenant, new_uuid(), scene, day, minor, currency, note[:NOTE_MOST], project,
            step, asked_by, approved_by,
        )  # fmt: skip


async def list_outlays(
    source: operations_store.Source, tenant: int, scene: int
) -> tuple[Outlay, ...]:
    """Of a scene, the latest day first."""
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_outlays(connection, tenant, scene)
    return tuple(Outlay(*row) for row in rows)


async def read_earnings(
    source: operations_store.Source, tenant: int, scene: int | None = None
) -> dict[int, tuple[Earning, ...]]:
    """By scene and currency, over all whole months. An entry counts in the month of its day, one that
    is older than the first whole month in that one."""
    counted = {
        (line.indicator, key): line.sign * line.counts
        for line in LINES if line.counts for key in line.keys
    }  # fmt: skip
    async with operations_store.reading(source, tenant) as connection:
        months = await store.read_whole_months(connection, tenant)
        if not months:
            return {}
        values = await read_values(
            connection, tenant, [MOVED, SUBSIDIES], "month", months[0], months[-1], scene
        )
        outlays = [
            Outlay(*row) for row in await store.read_outlays(connection, tenant, scene)
            if row["state"] == "approved"
        ]  # fmt: skip
    results: dict[tuple[int, str, date], int] = defaultdict(int)
    for each in values:
        if each.scene and (each.indicator, each.key) in counted:
            times = counted[each.indicator, each.key]
            results[each.scene, each.currency, each.day] += times * each.value
    spent: dict[tuple[int, str, date, str], int] = defaultdict(int)
    last = (months[-1] + timedelta(days=32)).replace(day=1)
    for entry in outlays:
        if entry.day < last:
            month = max(entry.day.replace(day=1), months[0])
            spent[entry.scene, entry.currency, month, entry.kind] += entry.minor
    known = {key[:2] for key in results} | {key[:2] for key in spent}
    found: dict[int, list[Earning]] = defaultdict(list)
    for number, currency in sorted(known):
        row = tuple(
            Month(
                month, results[number, currency, month],
                spent[number, currency, month, "running"],
                spent[number, currency, month, "investment"],
            )
            for month in months
        )  # fmt: skip
        found[number].append(Earning(currency, row, payback_of(row), sustained_months(row)))
    return {number: tuple(rows) for number, rows in found.items()}
