"""Runs: asked for by the partner, played by whoever is free, told to both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.conformance import store as runs_sql
from enscene.partners.conformance.judge import Verdict
from enscene.partners.find_partner import read_partner
from enscene.partners.move import enter

Fault = Literal[
    "none", "twice", "out_of_order", "stale_state", "bad_signature", "old_signature"
]  # fmt: skip
FAULTS: tuple[Fault, ...] = (
    "none", "twice", "out_of_order", "stale_state", "bad_signature", "old_signature",
)  # fmt: skip
LEASE_S = 180.0
LISTED = 50
_OPEN = ("sandbox", "proven", "live")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`checks` are as they are told: {check, passed, reason, facts, answers}. A run is worth
    something for the `settings` that it was asked with."""

    id: UUID
    partner: UUID
    kind: Literal["conformance", "delivery"]
    fault: str
    settings: int
    state: Literal["asked", "running", "passed", "failed"]
    checks: Sequence[dict[str, Any]]
    asked_by: str
    asked_at: datetime
    done_at: datetime | None


async def ask_run(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    kind: Literal["conformance", "delivery"],
    who: str,
    fault: str = "none",
) -> Run:
    """Ask for a run, or for one delivery with a fault.

    Raises: Invalid, Conflict (no sandbox, no address, one is under way), NotFound.
    """
    if fault not in FAULTS:
        raise Invalid(f"a fault is one of {', '.join(FAULTS)}", code="partner.fault", param="fault")
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage not in _OPEN:
            raise Conflict(
                "the sandbox is not open",
                code="partner.stage",
                facts={"stage": known.stage, "wanted": "sandbox"},
            )
        if known.webhook_url is None:
            raise Conflict(
                "there is no address to send to",
                code="partner.no_webhook",
                hint="set webhook_url first",
            )
        row = await runs_sql.insert_run(
            connection, tenant, new_uuid(), partner, kind, fault, known.settings, who
        )
        if row is None:
            raise Conflict("a run is under way", code="partner.run_under_way")
    return Run(**dict(row))


async def read_run(pool: store.Pool, tenant: int, partner: UUID, run: UUID) -> Run:
    """One of a partner's own. Raises: NotFound."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        row = await runs_sql.read_run(connection, tenant, run)
    if row is None or row["partner"] != partner:
        raise run_not_found()
    return Run(**dict(row))


async def list_runs(
    pool: store.Pool, tenant: int, partner: UUID, kind: str | None = None
) -> list[Run]:
    """Newest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await runs_sql.list_runs(connection, tenant, partner, kind, LISTED)
    return [Run(**dict(row)) for row in rows]


async def claim_run(
    pool: store.Pool, tenants: Sequence[int], lease_s: float = LEASE_S
) -> tuple[int, Run] | None:
    """Take a run that waits, with the bank that it is for; nobody else has it before the lease is
    over."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, tenants)
        row = await runs_sql.claim(connection, list(tenants), lease_s)
    if row is None:
        return None
    values = dict(row)
    return values.pop("tenant"), Run(**values)


async def finish_run(
    pool: store.Pool, tenant: int, run: Run, verdicts: Sequence[tuple[Verdict, list[Any]]]
) -> Run:
    """Write the verdicts, each with the answers that it stands on; a partner whose settings are
    still the same is proven by a run that passed. What somebody else has finished stays."""
    passed = bool(verdicts) and all(verdict.passed for verdict, _ in verdicts)
    checks = [
        {
            "check": verdict.check, "passed": verdict.passed, "reason": verdict.reason,
            "facts": dict(verdict.facts), "answers": answers,
        }
        for verdict, answers in verdicts
    ]  # fmt: skip
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, run.partner, lock=True)
        row = await runs_sql.finish(
            connection, tenant, run.id, "passed" if passed else "failed", checks
        )
        if row is None:
            found = await runs_sql.read_run(connection, tenant, run.id)
            assert found is not None, "runs are not deleted"
            return Run(**dict(found))
        proves = passed and run.kind == "conformance" and run.settings == known.settings
        if proves and known.stage == "sandbox":
            await enter(connection, known, "proven", "conformance", run_id(run.id))
    return Run(**dict(row))


async def count_acts(pool: store.Pool, tenant: int, run: UUID, event: str) -> list[tuple[int, int]]:
    """What the partner did for an event: of each key its calls, and those with another body."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await runs_sql.count_acts(connection, tenant, run, event)
    return [(row[0], row[1]) for row in rows]


def run_id(run: UUID) -> str:
    """What a run is called outside: 32 hexadecimal digits."""
    return run.hex


def run_not_found() -> NotFound:
    """There is no such run, or it is another's."""
    return NotFound("there is no such run", code="partner.run_not_found", param="run")
