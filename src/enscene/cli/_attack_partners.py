"""Partners of the attacked bank: what opens the operations that an access key opens."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import asyncpg

from enscene.partners.decide_admission import decide_admission
from enscene.partners.fill_in import fill_in, submit
from enscene.partners.judge_evidence import judge_evidence
from enscene.partners.partner import Partner
from enscene.partners.sign_up import sign_up
from enscene.partners.standard import read_standard
from enscene.simulator.attack import Attempt, Operation
from enscene.simulator.wire import Wire
from enscene.tenants import Tenant

COUNT = 48
"""One may ask some ten times a second, and an attack asks oftener."""
WHY = "tried by the attack"


class Partners:
    """Some that are only signed up, and as many that have a sandbox; each takes its turn."""

    def __init__(self, known: list[tuple[str, str]]) -> None:
        self.known = known
        self._turn = cycle(known)

    def next(self) -> tuple[str, str]:
        """The number and the key of whose turn it is."""
        return next(self._turn)

    def dress(self, attempt: Attempt, operation: Operation) -> tuple[str, str]:
        """The path with a partner's own number where the number stood, and its key."""
        number, key = self.next()
        return operation.renamed(attempt.path, partner=number), key


async def open_partners(pool: asyncpg.Pool[Any], bank: Tenant, wire: Wire, scene: str) -> Partners:
    """Sign them up, admit every other one and open its sandbox."""
    known = []
    for n in range(COUNT):
        partner, key = await sign_up(
            pool, bank, name=f"attacker {n}", contact="Li", email="li@attack.example",
            purpose="to be attacked as a partner", level="A1", scopes=[f"scene:{scene}:*"],
        )  # fmt: skip
        known.append((partner.number, key))
        if n % 2:
            await _admit(pool, bank, partner)
            head = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            path = f"/v1/partner-applications/{partner.number}/sandbox"
            opened = await wire.send("POST", path, head, b"{}")
            assert opened.status == 200, opened
    return Partners(known)


async def _admit(pool: asyncpg.Pool[Any], bank: Tenant, partner: Partner) -> None:
    asked = read_standard().asked(partner.level)
    answers = {each.id: {"answer": "yes", "evidence": "a report"} for each in asked}
    await fill_in(pool, bank.id, partner.id, {}, answers)
    await submit(pool, bank.id, partner.id)
    for question in asked:
        await judge_evidence(
            pool, bank.id, partner.id, question.id, accepted=True, note="", who="maker@attack"
        )
    for who, approver in (("maker@attack", False), ("checker@attack", True)):
        await decide_admission(
            pool, bank.id, partner.id, admit=True, why=WHY, who=who, approver=approver
        )
