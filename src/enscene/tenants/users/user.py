"""A person of the console."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from enscene.tenants.store import Pool, admitted
from enscene.tenants.users import store

RANKS = {
    "partner": 0, "manager": 1, "scene_team": 1, "auditor": 1, "approver": 2, "admin": 2,
    "operator": 3,
}  # fmt: skip
"""How high each role stands: nobody gives or takes a role that stands above their own."""
ROLES = frozenset(RANKS)
APPROVING = frozenset({"approver", "admin", "operator"})
"""Roles that approve money, partners, people or limits: given by one and approved by another."""


@dataclass(frozen=True, slots=True)
class User:
    """`login` is the part before the @; `party` is the ref of the party a partner belongs to.
    `must_change`: the password was chosen by another, and opens nothing but its own change."""

    tenant: int
    tenant_ref: str
    id: int
    login: str
    name: str
    roles: frozenset[str]
    party: str | None
    status: Literal["active", "blocked"]
    must_change: bool = False

    @property
    def login_name(self) -> str:
        """What the person types."""
        return f"{self.login}@{self.tenant_ref}"


def rank_of(roles: Collection[str]) -> int:
    """How high the highest of these roles stands."""
    return max((RANKS[role] for role in roles), default=-1)


async def list_users(pool: Pool, tenant: int) -> list[User]:
    """The people of a tenant's console, oldest first."""
    async with admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_users(connection, tenant)
    return [user_of(row) for row in rows]


def user_of(row: store.Row) -> User:
    tenant, ref, key, login, name, roles, party, status, must_change = row[:9]
    return User(tenant, ref, key, login, name, frozenset(roles), party, status, must_change)
