"""Talk about an application: the customer calls somebody in, both write, and it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from enscene.engagement.applications import _contact_store, store
from enscene.engagement.applications.application import OPEN, Application, State
from enscene.engagement.applications.managers import right_managers
from enscene.engagement.applications.quote import find_product
from enscene.kernel.errors import Invalid
from enscene.kernel.ids import new_uuid
from enscene.work import Need, Task, make_task, mark_replied

SAID_MOST = 1_000
CALLS: tuple[State, ...] = (*OPEN, "refused")
"""States in which a customer may ask for a person."""
Side = Literal["customer", "staff"]
MACHINE = "assistant"
"""The author of what no person has written."""
_TEXTS = {
    "begun": (
        "申请资料已自动带入，补齐后即可得到结果。如需人工，请选择“一定要人工”。",
        (
            "What is known is filled in; complete the rest and you have an answer at once. "
            "If you want a person, say so."
        ),
    ),
    "approved": (
        (
            "您的申请已通过，无需等待：在手机银行核对金额与费用，用验证码签署即可。"
            "如需人工，请选择“一定要人工”。"
        ),
        (
            "You are approved and need not wait: check the sums in the mobile bank and sign with the "
            "code. If you want a person, say so."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Word:
    """One message."""

    side: Side
    author: str
    said: str
    at: datetime


async def call_in(
    connection: store.Connection,
    tenant: int,
    application: Application,
    *,
    kind: Literal["chat", "call_back"],
    said: str,
    insists: bool,
    channel: str,
    actor: str,
) -> Task:
    """Ask for a relationship manager, also after a refusal, which stays as it is. Who needs one
    least is answered by a machine at once, and may insist. Raises: Conflict (state), Invalid (too
    long).
    """
    application.need(*CALLS)
    now = (await store.read_clock(connection, tenant))["now"]
    texts = find_product(application.product).texts
    age = _age_of(application)
    need = Need(
        amount=application.amount or 0,
        stuck=application.state in ("referred", "refused"),
        elderly=age is not None and age >= 65,
        insists=insists or kind == "call_back",
    )
    if said:
        await say(connection, tenant, application, "customer", actor, said)
    task = await make_task(
        connection, tenant, kind, scene=application.scene, customer=application.customer,
        reason=said[:200] or texts["zh"].name, need=need, at=now, application=application.id,
        managers=await right_managers(
            connection, tenant, application.customer, application.product
        ),
    )  # fmt: skip
    assert task is not None, "only follow-ups are made once"
    await store.add_step(connection, tenant, application.id, "called_in", channel, actor, now)
    if task.state == "automatic":
        zh, en = _TEXTS["approved" if application.state == "approved" else "begun"]
        await _contact_store.insert_talk(
            connection, tenant, new_uuid(), application.id, "staff", MACHINE, f"{zh}\n{en}", now
        )
    return task


def _age_of(application: Application) -> int | None:
    value: Any = application.fields.get("born", {}).get("value")
    return value if isinstance(value, int) else None


async def say(
    connection: store.Connection, tenant: int, application: Application, side: Side,
    author: str, said: str,
) -> None:  # fmt: skip
    """Write to the other side. Raises: Invalid."""
    said = said.strip()
    if not said or len(said) > SAID_MOST or "\0" in said:
        raise Invalid(
            f"a message has 1 to {SAID_MOST} characters", code="talk.length", param="said",
            facts={"most": SAID_MOST},
        )  # fmt: skip
    now = (await store.read_clock(connection, tenant))["now"]
    await _contact_store.insert_talk(
        connection, tenant, new_uuid(), application.id, side, author, said, now
    )
    if side == "staff":
        await mark_replied(connection, tenant, application.id, now)


async def read_talk(
    connection: store.Connection, tenant: int, application: Application
) -> list[Word]:
    """Everything that was said, oldest first."""
    rows = await _contact_store.list_talk(connection, tenant, application.id)
    return [Word(row["side"], row["author"], row["said"], row["at"]) for row in rows]
