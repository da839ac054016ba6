"""Enter a stage: the one place where a partner's stage changes."""

from __future__ import annotations

from enscene.partners import store
from enscene.partners.partner import Partner, Stage, check_step


async def enter(
    connection: store.Connection, partner: Partner, stage: Stage, who: str, why: str
) -> None:
    """Let the partner, whose row is locked, go on to a stage.

    Raises: Conflict("partner.stage") where that stage does not follow.
    """
    check_step(partner, stage)
    await store.update(connection, partner.tenant, partner.id, {"stage": stage})
    if stage == "admitted":
        await store.mark_admitted(connection, partner.tenant, partner.id)
    await store.log_stage(connection, partner.tenant, partner.id, stage, who, why)
