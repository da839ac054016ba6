"""Tenants, the applications of their partners, and the people of their console.

A tenant's data are isolated by row-level security; every function here admits exactly the tenant
that it is told. Applications: `enscene.tenants.apps`; people: `enscene.tenants.users`; what a
tenant may have: `enscene.tenants.quotas`; what it has chosen: `enscene.tenants.plans`; what the
operator sees of it: `enscene.tenants.figures`.
"""

from enscene.tenants.tenant import (
    LEVELS,
    Level,
    Tenant,
    close_tenant,
    create_tenant,
    find_tenant,
    get_tenant,
    line_of,
    list_below,
    list_tenants,
)

__all__ = [
    "LEVELS",
    "Level",
    "Tenant",
    "close_tenant",
    "create_tenant",
    "find_tenant",
    "get_tenant",
    "line_of",
    "list_below",
    "list_tenants",
]
