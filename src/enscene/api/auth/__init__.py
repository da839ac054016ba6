"""Who is calling: client assertions, access tokens, applications and the parties they act for."""

from enscene.api.auth.caller import REMEMBERED_S, Access, Caller
from enscene.api.auth.keyring import Keyring
from enscene.api.auth.store import drop_foreign_keys
from enscene.api.auth.token import Tokens
from enscene.api.auth.token_endpoint import TokenEndpoint

__all__ = [
    "REMEMBERED_S",
    "Access",
    "Caller",
    "Keyring",
    "TokenEndpoint",
    "Tokens",
    "drop_foreign_keys",
]
