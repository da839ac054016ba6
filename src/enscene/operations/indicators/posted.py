"""The ledger by scene and class of account: every posting once, and nothing that is not one.

A posting is of the scene of the account that gives, or else of the one that gets, or else of the
event that moved it. What the close of a day does to the contracts of many scenes at once is of no
event's scene: there each contract's history says what of it was whose. The rest is of no scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis

from enscene.operations.indicators.classes import Class, class_column, class_of
from enscene.operations.indicators.reading import STAGES, Reading
from enscene.shelf.contracts.books import CURRENT, POSTINGS

CLOSING = "contracts.woken"
"""The event of the close of a day."""
PAY = "pay"
PARTS = ("principal", "interest", "penalty", "fee")
KEY = ("tenant", "scene", "class", "currency", "day")


def classed(reading: Reading) -> Any:
    """Accounts with their class; empty: of none."""
    account = reading.table("account")
    return account.select(
        "tenant", "id", "scene", "owner", "currency",
        **{"class": class_column(account.role, account.kind, account.name)},
    )  # fmt: skip


def unclassified(reading: Reading) -> Any:
    """tenant, role, kind, name of accounts of no class."""
    account = reading.table("account")
    unknown = account.filter(class_column(account.role, account.kind, account.name) == "")
    return unknown.select("tenant", "role", "kind", "name").distinct()


def posted(reading: Reading) -> Any:
    """tenant, scene, day, currency, giver and getter (classes), debit and credit (accounts), minor."""
    posting = reading.until_end(reading.table("posting"))
    real = posting.filter(posting.kind.isin(("post", "capture")))
    gives, gets = reading.kept("classed"), reading.kept("classed").view()
    met = real.inner_join(gives, (real.tenant == gives.tenant) & (real.debit == gives.id))
    given = met.select(
        real.tenant, real.shard, real.seq, real.debit, real.credit, real.currency,
        minor=real.amount, day=reading.local(real["at"]), giver=gives["class"],
        at_giver=gives.scene,
    )  # fmt: skip
    both = given.inner_join(gets, (given.tenant == gets.tenant) & (given.credit == gets.id))
    rows = both.select(
        *(given[name] for name in given.columns if name != "at_giver"), getter=gets["class"],
        at=ibis.cases((given.at_giver > 0, given.at_giver), else_=gets.scene),
    )  # fmt: skip
    event = reading.table("event")
    event = event.filter(event.scene > 0).select("tenant", "shard", "seq", of_event="scene")
    unit = ("tenant", "shard", "seq")
    found = rows.left_join(event, [rows[name] == event[name] for name in unit])
    return found.select(
        *(rows[name] for name in rows.columns if name not in ("at", "shard", "seq")),
        scene=ibis.cases((rows["at"] > 0, rows["at"]), else_=event.of_event.fill_null(0)),
    )


def _legs(rows: Any) -> Any:
    """Both sides of postings: tenant, scene, class, currency, day, minor."""
    some = ("tenant", "scene", "currency", "day")
    got = rows.select(*some, **{"class": rows.getter, "minor": rows.minor})
    gave = rows.select(*some, **{"class": rows.giver, "minor": -rows.minor})
    return ibis.union(got, gave)


def closings(reading: Reading) -> Any:
    """The same shape: what contracts say of the close of days. Each sum goes to a scene and from
    none, so that it changes no sum over all scenes."""
    event, entry = reading.until_end(reading.table("event")), reading.table("contract_entry")
    closed = event.filter((event.action == CLOSING) & (event.scene == 0))
    closed = closed.select("tenant", "seq", day=reading.local(closed["at"]))
    met = entry.inner_join(closed, (entry.tenant == closed.tenant) & (entry.seq == closed.seq))
    rows = met.select(
        *(entry[name] for name in ("tenant", "scene", "currency", "what", *PARTS)), closed.day
    )
    rows = rows.filter(rows.scene > 0)
    parts = []
    for part in PARTS:
        moved = rows.filter(rows[part] > 0)
        for side, sign in ((1, -1), (2, 1)):
            each = _classes_of(part, side)
            if not each:
                continue
            column = ibis.cases(*((moved.what == what, name) for what, name in each), else_="")
            leg = moved.select(
                "tenant", "scene", "currency", "day",
                **{"class": column, "minor": (moved[part] * sign).cast("int64")},
            )  # fmt: skip
            parts.append(leg.filter(leg["class"] != ""))
    to = ibis.union(*parts)
    away = to.mutate(scene=ibis.literal(0, "int32"), minor=-to.minor)
    return ibis.union(to, away.select(*to.columns))


def _classes_of(part: str, side: int) -> list[tuple[str, Class]]:
    """By step of a contract's life, the class of the account that a part of it debits or credits."""
    found = []
    for what, lines in POSTINGS.items():
        for line in lines:
            if line[0] == part:
                role = CURRENT if line[side] == PAY else line[side]
                known = class_of(role, "free", role)
                assert known is not None, role
                found.append((what, known))
    return found


def by_class(reading: Reading) -> Any:
    """tenant, scene, class, currency, day, minor: credits less debits of each day there was."""
    rows = ibis.union(_legs(reading.kept("posted")), closings(reading))
    return rows.group_by(list(KEY)).agg(minor=rows.minor.sum().cast("int64"))


def last_day(reading: Reading) -> Any:
    """tenant, last: the last day of the month that something happened on, or the run's if that is
    later."""
    event = reading.until_end(reading.since_first(reading.table("event")))
    days = event.select("tenant", day=reading.local(event["at"]))
    end = ibis.literal(reading.window.span("month")[1])
    days = days.filter(days.day <= end)
    told = days.group_by("tenant").agg(told=days.day.max())
    run = ibis.literal(reading.window.day)
    tenant = reading.kept("by_class").select("tenant").distinct()
    met = tenant.left_join(told, tenant.tenant == told.tenant)
    return met.select(
        tenant.tenant, last=ibis.cases((told.told.fill_null(run) > run, told.told), else_=run)
    )


_STAGES: tuple[Callable[[Reading], Any], ...] = (classed, posted, by_class, last_day)
STAGES.update({each.__name__: each for each in _STAGES})
