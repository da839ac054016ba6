"""State relations, and end them; what was stays readable with its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, get_args

from enscene.customers.relations import store
from enscene.kernel.errors import Invalid, NotFound

Kind: TypeAlias = Literal["owns", "represents", "works_for", "supplies", "guarantees", "household"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Relation:
    """`source` owns, represents, works for, supplies, guarantees or lives with `target`; both by
    reference, from a day on."""

    source: str
    kind: Kind
    target: str
    since: date


async def state_relations(
    connection: store.Connection, tenant: int, relations: Sequence[Relation], who: str
) -> int:
    """Keep them; how many were new. One that stands stays as it was said first.

    Raises: Invalid (too many, of oneself), NotFound (nobody of that name), with `param`.
    """
    if len(relations) > MOST:
        raise Invalid(f"at most {MOST} at once", code="relation.too_many", param="relations")
    refs = {ref for each in relations for ref in (each.source, each.target)}
    ids = await store.find_ids(connection, tenant, refs)
    rows = []
    for place, each in enumerate(relations):
        if each.source == each.target:
            raise Invalid(
                "nobody is bound to itself", code="relation.self",
                param=f"relations[{place}].target",
            )  # fmt: skip
        for name, ref in (("source", each.source), ("target", each.target)):
            if ref not in ids:
                raise NotFound(
                    f"there is no party {ref}", code="party.not_found",
                    param=f"relations[{place}].{name}",
                )  # fmt: skip
        rows.append((ids[each.source], ids[each.target], each.kind, each.since))
    return await store.insert_relations(connection, tenant, rows, who)


async def end_relation(
    connection: store.Connection, tenant: int, relation: Relation, until: date
) -> None:
    """It stood until that day. Raises: Invalid (it began later), NotFound."""
    if until < relation.since:
        raise Invalid("it began later", code="relation.days", param="until")
    ids = await store.find_ids(connection, tenant, {relation.source, relation.target})
    pair = ids.get(relation.source), ids.get(relation.target)
    if not await store.end_one(connection, tenant, *pair, relation.kind, relation.since, until):
        raise NotFound("there is no such relation that stands", code="relation.not_found")
