"""The ledger by scene and class of account: every posting once, and nothing that is not one.

A posting is of the scene of the account that gives, or else of the one that gets, or else of the
event that moved it, or of the decision whose benefit it pays. What the close of a day does to the
contracts of many scenes at once is of no event's scene: there each contract's history says what of it
was whose. The rest is of no scene."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
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
UNIT = ("tenant", "seq")
"""A tenant is of one shard."""
SPILL_MONTHS = 3
"""What is opened elsewhere counts for a scene in the month of the first use and the two after it."""


def classed(reading: Reading) -> Any:
    """Accounts with their class (empty: of none); `of`: whether the bank or others have them."""
    account, party = reading.table("account"), reading.table("party")
    banks = party.filter(party.kind == "bank").select("tenant", bank="id")
    met = account.left_join(banks, (account.tenant == banks.tenant) & (account.owner == banks.bank))
    return met.select(
        account.tenant, account.id, account.scene, account.owner, account.currency,
        of=ibis.cases(((account.owner <= 0) | banks.bank.notnull(), "bank"), else_="others"),
        **{"class": class_column(account.role, account.kind, account.name)},
    )  # fmt: skip


def unclassified(reading: Reading) -> Any:
    """tenant, role, kind, name of accounts of no class."""
    account = reading.table("account")
    unknown = account.filter(class_column(account.role, account.kind, account.name) == "")
    return unknown.select("tenant", "role", "kind", "name").distinct()


def _real(reading: Reading) -> Any:
    """Postings that move money, with the day."""
    posting = reading.until_end(reading.table("posting"))
    real = posting.filter(posting.kind.isin(("post", "capture")))
    return real.select(
        "tenant", "seq", "debit", "credit", "currency",
        minor="amount", day=reading.local(real["at"]),
    )  # fmt: skip


def _by_accounts(reading: Reading) -> Any:
    """The same with giver and getter (classes), `of` the giver, and `at`: the scene of an account, 0
    where neither has one."""
    real, accounts = _real(reading), reading.kept("classed")
    gives, gets = accounts, accounts.view()
    met = real.inner_join(gives, (real.tenant == gives.tenant) & (real.debit == gives.id))
    given = met.select(
        *(real[name] for name in real.columns),
        giver=gives["class"], of=gives.of, at_giver=gives.scene,
    )  # fmt: skip
    both = given.inner_join(gets, (given.tenant == gets.tenant) & (given.credit == gets.id))
    return both.select(
        *(given[name] for name in given.columns if name != "at_giver"), getter=gets["class"],
        at=ibis.cases((given.at_giver > 0, given.at_giver), else_=gets.scene),
    )  # fmt: skip


def unit_scene(reading: Reading) -> Any:
    """tenant, seq, scene: of units with postings whose accounts have no scene, that of the event, or
    that of the decision whose benefit was paid. They are few: so the log is looked through for them,
    and not they for the log."""
    rows, event, benefit = _by_accounts(reading), reading.table("event"), reading.table("benefit")
    units = rows.filter(rows["at"] <= 0).select(*UNIT).distinct()
    met = event.inner_join(units, [event[name] == units[name] for name in UNIT])
    found = met.select(*(event[name] for name in (*UNIT, "scene")))
    met = found.left_join(benefit, [found[name] == benefit[name] for name in UNIT])
    return met.select(
        *(found[name] for name in UNIT),
        scene=ibis.cases((found.scene > 0, found.scene), else_=benefit.scene.fill_null(0)),
    )


def posted(reading: Reading) -> Any:
    """tenant, scene, day, currency, giver and getter (classes), `of` the giver, debit and credit
    (accounts), minor. It is as long as the ledger: asked anew each time, and not kept."""
    rows, event = _by_accounts(reading), reading.kept("unit_scene")
    found = rows.left_join(event, [rows[name] == event[name] for name in UNIT])
    return found.select(
        *(rows[name] for name in rows.columns if name not in ("at", "seq")),
        scene=ibis.cases((rows["at"] > 0, rows["at"]), else_=event.scene.fill_null(0)),
    )


def pairs(reading: Reading) -> Any:
    """tenant, scene, day, currency, giver, of, getter, minor: what went from class to class."""
    rows = posted(reading)
    key = ["tenant", "scene", "day", "currency", "giver", "of", "getter"]
    return rows.group_by(key).agg(minor=rows.minor.sum().cast("int64"))


def had(reading: Reading) -> Any:
    """tenant, account, currency, before and after: what every account had when the month two before
    began, and has when this one ends."""
    rows = _real(reading)
    ends, begins = reading.window.span("month")[1], begins_of(reading)
    legs = ibis.union(
        rows.select("tenant", "currency", "minor", "day", account="credit"),
        rows.select("tenant", "currency", "day", minor=-rows.minor, account="debit"),
    )
    legs = legs.filter(legs.day <= ibis.literal(ends))
    earlier = ibis.cases((legs.day < ibis.literal(begins), legs.minor), else_=0)
    return legs.group_by(["tenant", "account", "currency"]).agg(
        before=earlier.sum().cast("int64"), after=legs.minor.sum().cast("int64")
    )


def begins_of(reading: Reading) -> date:
    """The first day of the month two before."""
    first = reading.window.span("month")[0]
    for _ in range(SPILL_MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


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
            each = classes_of(part, side)
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


def classes_of(part: str, side: int) -> list[tuple[str, Class]]:
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
    rows = ibis.union(_legs(reading.kept("pairs")), closings(reading))
    return rows.group_by(list(KEY)).agg(minor=rows.minor.sum().cast("int64"))


def last_day(reading: Reading) -> Any:
    """tenant, last: the last day of the month that something happened on, or the run's if that is
    later."""
    event = reading.until_end(reading.since_first(reading.table("event")))
    end = reading.window.begin_of(reading.window.span("month")[1] + timedelta(days=1))
    event = event.filter(event["at"] < ibis.literal(end))
    told = event.group_by("tenant").agg(at=event["at"].max())
    told = told.select("tenant", told=reading.local(told["at"]))
    run = ibis.literal(reading.window.day)
    tenant = reading.kept("by_class").select("tenant").distinct()
    met = tenant.left_join(told, tenant.tenant == told.tenant)
    return met.select(
        tenant.tenant, last=ibis.cases((told.told.fill_null(run) > run, told.told), else_=run)
    )


_STAGES: tuple[Callable[[Reading], Any], ...] = (
    classed,
    unit_scene,
    pairs,
    had,
    by_class,
    last_day,
)
STAGES.update({each.__name__: each for each in _STAGES})
