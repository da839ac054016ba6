"""What an operator asks for, and what is wished of a new tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from enscene.kernel.errors import NotFound
from enscene.kernel.ids import find_uuid, public_id
from enscene.tenants import Level

PREFIX = "ask"
Act: TypeAlias = Literal["open", "plan", "close", "admit", "password", "admin"]


class TenantOrder(msgspec.Struct, kw_only=True, frozen=True):
    """A tenant as it is wished. `level` None: next below its parent. `pack` is the template of its
    first scene, "" for none."""

    ref: str
    name: str
    plan: str
    level: Level | None = None
    manager: str = ""
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """`tenant` is whom it is about; of a new tenant its parent, of a new bank the operator's own.
    `about` is the ref of a new tenant or the login of a person; `wanted` holds the rest of it:
    an order of a tenant, a plan and manager, or a name."""

    tenant: int
    id: UUID
    act: Act
    about: str
    wanted: Mapping[str, Any]
    state: Literal["asked", "done", "refused"]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @property
    def ref(self) -> str:
        """As it is written outside."""
        return public_id(PREFIX, self.id)

    @property
    def order(self) -> TenantOrder:
        """What is wished of a new tenant."""
        return msgspec.convert(self.wanted, TenantOrder)


def ask_of(row: asyncpg.Record) -> Ask:
    """An ask from its row."""
    return Ask(*row)


def ask_id(text: str) -> UUID:
    """The number inside `ask_…`. Raises: NotFound."""
    found = find_uuid(text, PREFIX)
    if found is None:
        raise no_ask()
    return found


def no_ask() -> NotFound:
    """Nothing of that number waits in sight."""
    return NotFound("nothing waits to be decided", code="tenancy.no_ask")
