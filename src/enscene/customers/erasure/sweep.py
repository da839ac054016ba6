"""Go through every text of a tenant, and leave nothing in it that tells who a person was.

Sums, dates, currencies, numbers of accounts and of units stay: the ledger is proved as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from enscene.customers.erasure import store
from enscene.customers.erasure.marks import GONE, Marks, needles
from enscene.customers.erasure.tables import EMPTIED, FREE, SWEPT
from enscene.customers.identity import forget_identity

_ARRAYS = ("text[]", "text[][]")


async def sweep_person(
    connection: store.Connection,
    tenant: int,
    party: int,
    opaque: str,
    names: Mapping[int, frozenset[str]],
) -> list[int]:
    """Unlink a person from everything of the tenant, within the caller's transaction, which holds
    the shard. `names` are, by scene, the fields of texts that may identify a person. The numbers of
    the events that tell something else now, for whoever has copies of the log. Done again, or for
    a party that is not there, it changes nothing."""
    row = await store.read_party(connection, tenant, party)
    if row is None:
        return []
    ref = str(row["ref"])
    values = {row["name"], *_texts(row["profile"])}
    for thing in await store.read_own_things(connection, tenant, ref):
        wanted = names.get(thing["scene"], frozenset())
        values |= {text for name in wanted for text in _texts(thing["fields"].get(name))}
    for said in await store.read_said(connection, tenant, party):
        values |= set(_texts(said))
    values -= {ref, opaque, GONE}
    others = await store.read_others(connection, tenant, ref)
    marks = Marks(ref, opaque, frozenset(others), frozenset(values), names)
    await store.blank_said(connection, tenant, party)
    await forget_identity(connection, tenant, party)
    await store.delete_rows(connection, sorted(EMPTIED), tenant, party)
    if ref != opaque:
        await store.rename_party(connection, tenant, party, opaque)
    columns = await store.read_columns(connection, list(SWEPT))
    changed: list[int] = []
    for table, where in SWEPT.items():
        if table in columns:
            seqs = await _sweep(connection, tenant, party, table, columns[table], where, marks)
            changed += seqs if table == "event" else []
    return changed


async def _sweep(
    connection: store.Connection, tenant: int, party: int, table: str, columns: dict[str, str],
    where: str, marks: Marks,
) -> list[int]:  # fmt: skip
    changed = []
    rows = await store.find_rows(connection, table, columns, where, tenant, party, needles(marks))
    for row in rows:
        texts = {name: row[name] for name in columns if row[name]}
        own = row["·own"] or any(_names(text, marks) for text in texts.values())
        values = marks.own if own or table in FREE else marks.wide
        names = marks.names.get(row["·scene"], frozenset()) if own else frozenset()
        fresh = {
            name: text
            for name, before in texts.items()
            if (text := _rewritten(before, columns[name], marks, values, names)) != before
        }
        if fresh:
            await store.write_row(connection, table, columns, row["·at"], fresh)
            changed.append(row["·seq"])
    return changed


def _rewritten(text: str, kind: str, marks: Marks, values: list[str], names: frozenset[str]) -> str:
    if kind in _ARRAYS:  # `{a,"b c"}`: words and quoted texts
        return marks.in_text(text, values)
    return marks.in_any(text, values, names)


def _names(text: str, marks: Marks) -> bool:
    """Whether a text holds the reference as one."""
    return marks.ref in text and marks.in_any(text, [], frozenset()) != text


def _texts(value: Any) -> Iterable[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
