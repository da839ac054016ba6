"""Who is calling: client assertions, access tokens, applications and the parties they act for."""

from enscene.api.auth.authorization_server import AuthorizationServer
from enscene.api.auth.caller import REMEMBERED_S, Access, Caller
from enscene.api.auth.certificate import Certificates
from enscene.api.auth.dpop import Proofs
from enscene.api.auth.keyring import Keyring
from enscene.api.auth.store import drop_foreign_keys
from enscene.api.auth.token import Binding, Mandate, Tokens
from enscene.api.auth.used_proofs import UsedProofs

__all__ = [
    "REMEMBERED_S",
    "Access",
    "AuthorizationServer",
    "Binding",
    "Caller",
    "Certificates",
    "Keyring",
    "Mandate",
    "Proofs",
    "Tokens",
    "UsedProofs",
    "drop_foreign_keys",
]
