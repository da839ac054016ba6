"""Take what a core system says of what it was asked, from an ISO 20022 file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from enscene.commit import admit
from enscene.kernel.ids import new_uuid
from enscene.shelf.contracts import Contracts
from enscene.shelf.providers import store
from enscene.shelf.providers.messages import Answered, read_answers

CASE = "core.rejected"


@dataclass(slots=True)
class Taken:
    """What became of the orders of a file. `unknown` are ids that were never sent."""

    settled: int = 0
    rejected: int = 0
    again: int = 0
    unknown: list[str] = field(default_factory=list)


async def take_answers(
    pool: Any, contracts: Contracts, tenant: int, text: bytes, file: str = ""
) -> Taken:
    """Settle what is settled, take back what is rejected; read again, a file changes nothing.

    A collected sum comes to the customer's own account, and what is due is debited from it. What
    could not be paid out comes back there, and a case is opened; one is too for what could not be
    collected. Raises: Invalid (no such message).
    """
    answers = {each.id: each for each in read_answers(text, file)}
    taken = Taken()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        rows = await store.read_orders(connection, tenant, list(answers))
        known = {row["id"] for row in rows}
        taken.unknown = sorted(answers.keys() - known)
        for row in rows:
            if row["state"] != "sent":
                taken.again += 1
                continue
            await _answer(connection, contracts, tenant, row, answers[row["id"]], taken)
    await contracts.debit_due(tenant, [row["contract"] for row in rows if row["contract"]])
    return taken


async def _answer(
    connection: store.Connection,
    contracts: Contracts,
    tenant: int,
    row: store.Row,
    answer: Answered,
    taken: Taken,
) -> None:
    settled = answer.outcome == "settled"
    # Money that was collected, or that could not be paid out, stands on the own account again.
    if settled == (row["way"] == "in"):
        await contracts.settle(
            tenant, row["customer"], row["amount"], row["currency"], out=False,
            key=f"{row['id']}:{row['way']}:back",
        )  # fmt: skip
    await store.answer_order(connection, tenant, row["id"], answer.outcome, answer.reason)
    if settled:
        taken.settled += 1
    else:
        taken.rejected += 1
        await store.open_case(connection, tenant, new_uuid(), row["customer"], CASE)
