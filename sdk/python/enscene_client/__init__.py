"""A client of an Enscene bank.

    from enscene_client import Client, Key

    bank = Client("https://bank.example", "bank.erp", Key.from_pem(pem, "erp-1"), dpop=True)
    done = bank.act("travel", "buy_cover", {"policy": "P1", "flight": "MU5101-2026-03-02-PVG"})

Whatever is asked for is asked again, with the same Idempotency-Key, until it is answered.
"""

from enscene_client.authorization import Asked
from enscene_client.client import Answer, Client
from enscene_client.errors import BadSignature, EnsceneError, Problem, Unreachable, Unreadable
from enscene_client.gateway import GatewayClient, Rsa2
from enscene_client.keys import Key
from enscene_client.retry import Policy
from enscene_client.webhooks import verify_webhook

__all__ = [
    "Answer",
    "Asked",
    "BadSignature",
    "Client",
    "EnsceneError",
    "GatewayClient",
    "Key",
    "Policy",
    "Problem",
    "Rsa2",
    "Unreachable",
    "Unreadable",
    "verify_webhook",
]
