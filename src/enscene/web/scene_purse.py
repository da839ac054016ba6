"""Money that a customer has in a scene, and the way by which the scene lets it out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from enscene.kernel.errors import Refused
from enscene.kernel.money import format_money
from enscene.operations import store as operations_store
from enscene.scenes.language.model import Pack
from enscene.scenes.runtime import Actor, Call, RunningScene, SceneHost

ROLE = "stored_value"


@dataclass(frozen=True, slots=True)
class Purse:
    """`minor` is what is there; `way_out` (action, its field of the sum), None where the scene has
    no way that the customer may go alone."""

    account: str
    role: str
    minor: int
    way_out: tuple[str, str] | None


async def read_purses(
    connection: Any, scene: RunningScene, party: str, roles: Sequence[str]
) -> list[Purse]:
    """The purses of a party that are not empty."""
    names = {
        account.name: account.of
        for account in scene.pack.accounts.values()
        if account.role == ROLE and account.of in roles
    }
    if not names:
        return []
    rows = await operations_store.read(
        connection, "balances_of", scene.tenant, scene.id, party, list(names)
    )
    return [
        Purse(row["name"], names[row["name"]], row["available"],
              way_out(scene.pack, row["name"], names[row["name"]]))
        for row in rows if row["available"] > 0
    ]  # fmt: skip


def way_out(pack: Pack, account: str, role: str) -> tuple[str, str] | None:
    """The action by which who owns an account takes money out of the scene: nothing but one move
    of a sum that is asked for, from this account to the world outside."""
    for action in pack.actions.values():
        if role not in action.by or action.on or action.creates or action.reads or action.query:
            continue
        if [step.block for step in action.steps] != ["move"] or len(action.input) != 1:
            continue
        (field,) = action.input.values()
        (flow,) = action.flows.values()
        if field.type.name != "money" or flow.send.source != f"input.{field.name}":
            continue
        outside = all(pack.accounts[target.account].outside for target in flow.targets)
        if [source.account for source in flow.sources] == [account] and outside:
            return action.name, field.name
    return None


async def empty_purse(
    host: SceneHost, scene: RunningScene, party: str, purse: Purse, key: str
) -> None:
    """Take all of it out, once for the key. Raises: Refused, Conflict."""
    assert purse.way_out is not None
    action, field = purse.way_out
    amount = format_money(purse.minor, scene.pack.currency)
    call = Call(scene.tenant, scene.ref, action, Actor(party, purse.role, "bank"),
                {field: amount}, key or uuid4().hex)  # fmt: skip
    reply = await host.perform(call)
    if reply.refused:
        told = msgspec.json.decode(reply.body)
        raise Refused(str(told.get("detail", "")), code=str(told.get("code", "scene.refused")))
