"""Which tenants an operator sees: the installation's all, anybody else's those below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enscene.kernel.errors import NotFound
from enscene.kernel.ids import REHEARSALS_FROM
from enscene.tenants.store import Pool
from enscene.tenants.tenant import Tenant, list_below, list_tenants


@dataclass(frozen=True, slots=True)
class Sight:
    """`tenants` in the order of the tree, each before its children; `whole`: all of the
    installation, by the operator's own people."""

    tenants: Sequence[Tenant]
    whole: bool

    def find(self, ref: str) -> Tenant:
        """The tenant of that ref. Raises: NotFound, also for one that is not in sight."""
        for tenant in self.tenants:
            if tenant.ref == ref:
                return tenant
        raise NotFound("there is no such tenant", code="tenant.not_found", param="tenant")


async def sight_of(pool: Pool, tenant: int, operator: str | None) -> Sight:
    """What a person of `tenant` sees. `operator` is the ref of the tenant that runs the
    installation (None: nobody does); it is no customer of its own and not among those it sees."""
    own = await list_below(pool, tenant)
    if not own or operator is None or own[0].ref != operator:
        return Sight(own, whole=False)
    everybody = await list_tenants(pool)
    children: dict[int | None, list[Tenant]] = {}
    for each in everybody:
        children.setdefault(each.parent, []).append(each)
    ordered: list[Tenant] = []
    waiting = [
        each
        for each in reversed(children.get(None, []))
        if each.id != tenant and each.id < REHEARSALS_FROM
    ]
    while waiting:
        each = waiting.pop()
        ordered.append(each)
        waiting += reversed(children.get(each.id, []))
    return Sight(ordered, whole=True)
