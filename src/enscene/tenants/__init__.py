"""Tenants, the applications of their partners, and the people of their console.

A tenant's data are isolated by row-level security; every function here admits exactly the tenant
that it is told. Applications: `enscene.tenants.apps`; people: `enscene.tenants.users`.
"""

from enscene.tenants.tenant import (
    Tenant,
    create_tenant,
    find_tenant,
    get_tenant,
    list_tenants,
)

__all__ = ["Tenant", "create_tenant", "find_tenant", "get_tenant", "list_tenants"]
