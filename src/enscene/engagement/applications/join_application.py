"""What a relationship manager does to an application: join it, decide otherwise, send it to be
signed. A person decides, and says why; nothing is hidden from the auditor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from enscene.engagement.applications import store
from enscene.engagement.applications.application import LIFE, Application
from enscene.engagement.applications.read_application import read_application
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid, Refused

REASON_LEAST, REASON_MOST = 5, 500
NEVER_OVERRIDDEN = (
    "eligible", "fact_is_there", "fact_not_used", "fact_goes_on", "within_fact", "within_limit",
)  # fmt: skip
"""What no person may set aside: the bank's own conditions, the truth and the worth of the fact, and
what anybody may owe. Nor a claim that the scene's record speaks against (`claim_…`)."""


def check_rules(rules: Iterable[tuple[str, str]]) -> None:
    """Whether a person may approve in spite of these rules, each with what it says.

    Raises: Refused("override.rule").
    """
    broken = [
        rule
        for rule, says in rules
        if says != "approved" and (rule in NEVER_OVERRIDDEN or rule.startswith("claim_"))
    ]
    if broken:
        raise Refused(
            "this rule cannot be set aside", code="override.rule", facts={"rules": broken}
        )


async def join_application(
    connection: store.Connection, tenant: int, application: Application, staff: str
) -> Application:
    """From here on it is finished with a manager."""
    if application.staff == staff:
        return application
    now = (await store.read_clock(connection, tenant))["now"]
    await store.update_application(connection, tenant, application.id, staff=staff)
    await store.add_step(connection, tenant, application.id, "joined", "manager", staff, now)
    return await read_application(connection, tenant, application.id)


async def override_application(
    connection: store.Connection,
    tenant: int,
    application: Application,
    staff: str,
    outcome: Literal["approved", "refused"],
    why: str,
) -> Application:
    """Decide on what was referred to a person; the machine's decision stays beside it.

    The caller has locked the application. Raises: Conflict (state), Invalid (no reason), Refused
    (a rule that no person may set aside).
    """
    application.need("referred")
    why = why.strip()
    if not REASON_LEAST <= len(why) <= REASON_MOST or "\0" in why:
        raise Invalid(
            f"say why, in {REASON_LEAST} to {REASON_MOST} characters",
            code="override.no_reason",
            param="why",
            facts={"least": REASON_LEAST, "most": REASON_MOST},
        )
    assert application.decision is not None, "what was referred was decided on"
    row = await store.read_decision(connection, tenant, application.decision)
    assert row is not None, "a decision is kept"
    if outcome == "approved":
        check_rules((r["rule"], r["says"]) for r in row["record"]["rules"])
    now = (await store.read_clock(connection, tenant))["now"]
    override = {"by": staff, "outcome": outcome, "why": why, "at": format_time(now),
                "before": row["outcome"]}  # fmt: skip
    await store.override_decision(connection, tenant, application.decision, override)
    code = f"{outcome}_by_person"
    ended = {"ended_at": now, "ended_in": "manager"} if outcome == "refused" else {}
    await store.update_application(
        connection, tenant, application.id, state=outcome, staff=staff,
        reasons=[{"code": code, "facts": {}}], expires_at=now + LIFE, **ended,
    )  # fmt: skip
    await store.add_step(connection, tenant, application.id, "overridden", "manager", staff, now)
    if outcome == "refused":
        await store.free_fact(connection, tenant, application.id)
    return await read_application(connection, tenant, application.id)
