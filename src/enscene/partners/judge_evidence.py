"""Judge the evidence of an answer: a person of the bank accepts it, or says why not."""

from __future__ import annotations

from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.partner import Partner
from enscene.partners.standard import read_standard

NOTE_MOST = 500


async def judge_evidence(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    question: str,
    *,
    accepted: bool,
    note: str,
    who: str,
) -> Partner:
    """Write down what the bank found. What is not accepted counts as no, and needs a note.

    Raises: Invalid, Conflict("partner.not_applied"), NotFound.
    """
    if question not in {each.id for each in read_standard().questions}:
        raise Invalid("there is no such question", code="partner.question", param="question")
    if len(note) > NOTE_MOST or (not accepted and len(note.strip()) < 2):
        raise Invalid("say what is missing", code="partner.why", param="note")
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage != "applied" and not known.renewing:
            raise Conflict(
                "there is no application to judge",
                code="partner.not_applied",
                facts={"stage": known.stage},
            )
        finding = {"accepted": accepted, "note": note.strip(), "who": who}
        findings = {**known.findings, question: finding}
        await store.update(connection, tenant, partner, {"findings": findings})
        return await read_partner(connection, tenant, partner)
