"""A person of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from enscene.tenants.store import Pool, admitted
from enscene.tenants.users import store

ROLES = frozenset({"scene_team", "approver", "partner", "auditor", "manager", "operator"})


@dataclass(frozen=True, slots=True)
class User:
    """`login` is the part before the @; `party` is the ref of the party a partner belongs to."""

    tenant: int
    tenant_ref: str
    id: int
    login: str
    name: str
    roles: frozenset[str]
    party: str | None
    status: Literal["active", "blocked"]

    @property
    def login_name(self) -> str:
        """What the person types."""
        return f"{self.login}@{self.tenant_ref}"


async def list_users(pool: Pool, tenant: int) -> list[User]:
    """The people of a tenant's console, oldest first."""
    async with admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_users(connection, tenant)
    return [user_of(row) for row in rows]


def user_of(row: store.Row) -> User:
    tenant, ref, key, login, name, roles, party, status = row[:8]
    return User(tenant, ref, key, login, name, frozenset(roles), party, status)
