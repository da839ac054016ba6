"""Make a clause of the contract with a partner, and end it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.clauses import store as clauses_sql
from enscene.partners.clauses.clause import KINDS, Clause
from enscene.partners.clauses.find_clauses import clause_of, read_clause, today_of
from enscene.partners.find_partner import read_partner
from enscene.partners.incidents import LIMITS, SIDES
from enscene.partners.incidents.handle_incident import end_of_clause
from enscene.partners.incidents.incident import check_words

CLAUSES_MOST, FIELDS_MOST, EVERY_MOST, EXPECTED_MOST = 100, 40, 366, 100_000
AHEAD = timedelta(days=3 * 366)
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
SECRETS = frozenset({
    "password", "passwd", "pin", "cvv", "cvn", "cvn2", "cvv2", "track", "track_data", "otp",
    "sms_code", "verification_code", "fingerprint", "face", "iris", "voiceprint", "private_key",
})  # fmt: skip
"""What opens accounts or is part of a body (C3 of JR/T 0171) is never agreed to be returned."""


async def make_clause(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    kind: str,
    title: str,
    purpose: str,
    first_due: date,
    who: str,
    fields: Sequence[str] = (),
    every_days: int = 0,
    expected: int = 1,
    complete: int = 100,
    side: str = "partner",
    severity: str = "middle",
) -> Clause:
    """Write down what was agreed; `who` is an approver. A return has fields, and is owed by the
    partner; its first day is today or later.

    Raises: Invalid("clause.field", "clause.secret", "incident.text") by `param`, Conflict("partner.stage"), NotFound.
    """
    title = check_words(title, "title", 2, 100)
    purpose = check_words(purpose, "purpose", 2, 500)
    names = list(dict.fromkeys(fields))
    today = await today_of(pool, tenant)
    _check(kind in KINDS, "kind", "a kind is return or check")
    _check(side in SIDES, "side", "a side is bank or partner")
    _check(severity in LIMITS, "severity", "a severity is low, middle or high")
    _check(today <= first_due <= today + AHEAD, "first_due", "the first day is today or later")
    _check(0 <= every_days <= EVERY_MOST, "every_days", f"every 1 to {EVERY_MOST} days, 0 is once")
    if kind == "return":
        _check(side == "partner", "side", "what is returned is owed by the partner")
        secret = [name for name in names if name.lower() in SECRETS]
        if secret:
            raise Invalid(
                f"never returned: {', '.join(secret)}",
                code="clause.secret",
                param="fields",
                facts={"names": ", ".join(secret)},
            )
        named = len(names) <= FIELDS_MOST and all(_FIELD.fullmatch(name) for name in names)
        _check(bool(names) and named, "fields", f"1 to {FIELDS_MOST} names: a-z, 0-9 and _")
        _check(1 <= expected <= EXPECTED_MOST, "expected", f"1 to {EXPECTED_MOST} records")
        _check(0 <= complete <= 100, "complete", "0 to 100 percent")
    else:
        names, expected, complete = [], 0, 0
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage in ("draft", "left"):
            raise Conflict(
                "there is no contract with whoever has not applied or has left",
                code="partner.stage",
                facts={"stage": known.stage, "wanted": "applied"},
            )
        count = len(await clauses_sql.list_clauses(connection, tenant, partner))
        _check(count < CLAUSES_MOST, "title", f"at most {CLAUSES_MOST} clauses")
        row = await clauses_sql.insert(
            connection, tenant, new_uuid(), partner, kind, title, purpose, names, every_days,
            first_due, expected, complete, side, severity, who,
        )  # fmt: skip
    return clause_of(row)


async def end_clause(
    pool: store.Pool, tenant: int, partner: UUID, clause: UUID, who: str
) -> Clause:
    """Nothing is owed by it from today on, and no alarm stands for it; twice is once.

    Raises: NotFound.
    """
    today = await today_of(pool, tenant)
    async with store.admitted(pool, tenant) as connection:
        known = await read_clause(connection, tenant, partner, clause, lock=True)
        if known.ended_on is None:
            await clauses_sql.end(connection, tenant, clause, today, who)
            await end_of_clause(connection, tenant, partner, clause, "ended")
        return await read_clause(connection, tenant, partner, clause)


def _check(holds: bool, param: str, text: str) -> None:
    if not holds:
        raise Invalid(text, code="clause.field", param=param)
