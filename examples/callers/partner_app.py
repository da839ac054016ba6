"""The server of a partner's app, which calls the bank's gateway: parameters signed by RSA2 or SM2.

    python partner_app.py app.json P-1 ann MU5101-2026-03-02-PVG

`rsa` in the settings is a PEM file; `sm2` instead of it signs by SM2, with the openssl command. The
number of a policy is the msg_id. Needs `enscene_client` (sdk/python).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from enscene_client import GatewayClient, Problem, Rsa2
from enscene_client.gateway import SignType
from enscene_client.sm2 import Sm2


def main() -> int:
    """0 when it was bought."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    policy, traveller, flight = sys.argv[2:5]
    key: SignType
    key = (
        Sm2(Path(settings["sm2"]))
        if "sm2" in settings
        else Rsa2(Path(settings["rsa"]).read_bytes())
    )
    bank = GatewayClient(settings["base"], settings["client_id"], key)
    order = {"policy": policy, "traveller": traveller, "flight": flight}
    try:
        done = bank.act(f"{settings['scene']}.buy_cover", order, msg_id=f"app-{policy}")
    except Problem as refused:
        print(json.dumps({"policy": policy, "refused": refused.code, "hint": refused.hint}))
        return 1
    print(json.dumps({"policy": policy, "replayed": done.replayed, **done.body}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
