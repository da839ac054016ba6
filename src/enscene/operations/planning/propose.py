"""What must hold before a candidate becomes a project, and before that project's money is released."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.operations import store as operations_store
from enscene.operations.planning import store
from enscene.operations.planning.entry import Content
from enscene.operations.planning.rules import RulesVersion, rules_in_force
from enscene.operations.planning.score import Score, as_score, screened_by

COMPARED_BY = ("pack", "name", "region", "customer")
"""With another value of one of these, an earlier comparison says nothing any more."""


async def begin_from_entry(
    connection: operations_store.Connection, tenant: int, project: UUID, ref: str
) -> None:
    """A project begins from a candidate that the bank's rules let through; what they were is kept
    with it. Raises: Invalid("planning.no_entry"), Conflict("planning.no_candidate"),
    Refused("planning.unscored", "planning.screened")."""
    await store.lock_entry(connection, tenant, ref)
    rows = await store.read_entries(connection, tenant, ref)
    if not rows:
        raise Invalid("there is no such entry", code="planning.no_entry", param="entry")
    row = rows[0]
    if row["scene"] is not None or row["dropped_at"] is not None or row["project"] is not None:
        raise Conflict("it is no open candidate", code="planning.no_candidate")
    screened = await _screen(connection, tenant, row["id"], row["content"])
    await store.add_project(connection, tenant, project, row["id"], screened)


async def approve_from_entry(
    connection: operations_store.Connection, tenant: int, entry: UUID
) -> None:
    """The plan of its project is approved: by the rules that hold now, and with likely duplicates
    shown. Raises: Refused("planning.unscored", "planning.screened", "planning.not_compared")."""
    versions = await store.read_versions(connection, tenant, entry)
    content = versions[-1]["content"]
    await _screen(connection, tenant, entry, content)
    if not content.get("pack"):
        return
    found = await store.read_comparison(connection, tenant, entry)
    compared = None if found is None else versions[found["version"] - 1]["content"]
    check_compared(compared, content)


async def _screen(
    connection: operations_store.Connection, tenant: int, entry: UUID, content: Any
) -> dict[str, Any]:
    rules = await rules_in_force(connection, tenant)
    rows = await store.read_scores(connection, tenant, entry)
    score = as_score(rows[0]) if rows else None
    check_screened(msgspec.convert(content, Content), score, rules)
    assert score is not None
    return {"rules": rules.version, "score": score.number, "total": score.total(rules.rules)}


@control("planning_screened")
def check_screened(content: Content, score: Score | None, rules: RulesVersion) -> None:
    """Raises: Refused("planning.unscored", "planning.screened")."""
    if score is None:
        raise Refused(
            "the candidate was not scored", code="planning.unscored",
            hint="score its customers, market, traffic, control, advantage and endowment",
        )  # fmt: skip
    reasons = screened_by(content, score, rules.rules)
    if reasons:
        raise Refused(
            "the bank's rules let it not through", code="planning.screened",
            facts={"reasons": list(reasons), "rules": rules.version},
        )  # fmt: skip


@control("planning_compared")
def check_compared(compared: Any, content: Any) -> None:
    """Raises: Refused("planning.not_compared")."""
    if compared is None or any(
        compared.get(each, "") != content.get(each, "") for each in COMPARED_BY
    ):
        raise Refused(
            "the candidate was not compared with what runs", code="planning.not_compared",
            hint="compare it, and look at the likely duplicates",
        )  # fmt: skip
