"""Applications of partners: who they act for, what they may do, and grants by persons."""

from enscene.tenants.apps.app import (
    SIGNINGS,
    ActsFor,
    App,
    Signing,
    client_id_parts,
    platform_scopes,
    split_scope,
)
from enscene.tenants.apps.find_app import find_app, get_app
from enscene.tenants.apps.grant_app import (
    Grant,
    find_grant,
    find_grants,
    find_grants_among,
    find_grants_in_force,
    find_grants_of,
    grant_app,
    revoke_grant,
)
from enscene.tenants.apps.grant_gate import GrantGates, withdrawn
from enscene.tenants.apps.keys import check_public_keys
from enscene.tenants.apps.redirects import check_redirects
from enscene.tenants.apps.register_app import register_app
from enscene.tenants.apps.set_app import (
    bind_app_tokens,
    list_apps,
    replace_app_keys,
    resume_app,
    set_app_party,
    set_app_signing,
    suspend_app,
)

__all__ = [
    "SIGNINGS",
    "ActsFor",
    "App",
    "Grant",
    "GrantGates",
    "Signing",
    "bind_app_tokens",
    "check_public_keys",
    "check_redirects",
    "client_id_parts",
    "find_app",
    "find_grant",
    "find_grants",
    "find_grants_among",
    "find_grants_in_force",
    "find_grants_of",
    "get_app",
    "grant_app",
    "list_apps",
    "platform_scopes",
    "register_app",
    "replace_app_keys",
    "resume_app",
    "revoke_grant",
    "set_app_party",
    "set_app_signing",
    "split_scope",
    "suspend_app",
    "withdrawn",
]
