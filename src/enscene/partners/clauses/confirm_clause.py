"""Confirm that a clause was kept, with evidence: a person's word where figures do not say it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.partners import store
from enscene.partners.clauses import store as clauses_sql
from enscene.partners.clauses.clause import Clause
from enscene.partners.clauses.find_clauses import read_clause, today_of
from enscene.partners.clauses.watch_clauses import clear_alarm
from enscene.partners.incidents import Side
from enscene.partners.incidents.incident import check_words

EVIDENCE_LEAST, EVIDENCE_MOST = 5, 500


async def confirm_clause(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    clause: UUID,
    due: date,
    *,
    evidence: str,
    side: Side,
    who: str,
    approver: bool = False,
    today: date | None = None,
) -> Clause:
    """The check of that due day is done: whoever owes it says so. A return is told by its figures;
    an approver of the bank may accept what came of a day as it is. What is met stays as it is.

    Raises: Invalid, Forbidden("clause.not_own"), Conflict("clause.ended"), NotFound.
    """
    evidence = check_words(evidence, "evidence", EVIDENCE_LEAST, EVIDENCE_MOST)
    day = today or await today_of(pool, tenant)
    async with store.admitted(pool, tenant) as connection:
        known = await read_clause(connection, tenant, partner, clause, lock=True)
        check_confirms(known, side, approver=approver)
        check_due(known, due, day)
        await clauses_sql.confirm(connection, tenant, clause, due, who, evidence)
        await clear_alarm(connection, tenant, known, day)
        return known


@control("clause_side")
def check_confirms(known: Clause, side: Side, *, approver: bool) -> None:
    """Raises: Forbidden("clause.not_own")."""
    own = side == known.side if known.kind == "check" else side == "bank" and approver
    if not own:
        raise Forbidden(
            "this is for others to confirm",
            code="clause.not_own",
            facts={"kind": known.kind, "side": known.side},
        )


def check_due(known: Clause, due: date, today: date) -> None:
    """Raises: Conflict("clause.ended"), Invalid("clause.period")."""
    if known.ended_on is not None:
        raise Conflict("the clause has ended", code="clause.ended")
    if not known.owes(due, today):
        raise Invalid(
            "a period is named by its due day, up to the one that runs",
            code="clause.period",
            param="period",
            facts={"running": known.running(today).isoformat()},
        )
