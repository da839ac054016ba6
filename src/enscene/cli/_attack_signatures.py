"""Threats about signed messages: used again, old, bent, by somebody else, at both ways in."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey

from enscene.cli._attack_arena import Arena
from enscene.cli._attack_channel import digest_of, sign_message
from enscene.cli._attack_judge import Judged
from enscene.simulator.client import App
from enscene.tenants.apps import ActsFor

_PATH = "/v1/travel/actions/pay_card"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_BEIJING = timezone(timedelta(hours=8))


class _Message:
    """A payment of one yuan, signed; each part can be bent before or after that is done."""

    def __init__(self, app: App, token: str, url: str) -> None:
        self._app = app
        self._token = token
        self._url = url
        self.body = json.dumps({"amount": "1.00"}).encode()

    def made(self, *, leave: str = "", key: ECKey | None = None, **bent: Any) -> dict[str, str]:
        known = self._app.credentials
        headers = {
            "authorization": f"Bearer {self._token}", "content-digest": digest_of(self.body),
            "idempotency-key": uuid4().hex, "acting-party": "signed-one", "acting-role": "traveller",
        }  # fmt: skip
        headers |= sign_message(
            key or known.key, known.kid, "POST", self._url, headers, leave=leave, **bent
        )
        return headers | {"content-type": "application/json"}


async def messages(arena: Arena, judged: Judged) -> None:
    """RFC 9421: whatever is wrong with a signature, the request is not done."""
    app = await arena.register(
        "signing", party="bank", scopes=["scene:travel:*"], signing="message",
        acts_for=[ActsFor("travel", "traveller")],
    )  # fmt: skip
    await arena.new_traveller("signed-one")
    one = _Message(app, await app.log_in(), f"{arena.box.url}{_PATH}")

    async def ask(headers: Mapping[str, str], body: bytes = one.body) -> int:
        return (await arena.wire.send("POST", _PATH, dict(headers), body)).status

    good, now = one.made(), int(time.time())
    judged.check("a signed request is done", holds=await ask(good) == 200)
    judged.check("the same again is not", holds=await ask(good) == 401)
    stripped = {name: value for name, value in one.made().items() if "signature" not in name}
    bad: dict[str, tuple[dict[str, str], bytes]] = {
        "unsigned": (stripped, one.body),
        "another body": (one.made(), b'{"amount": "1000000.00"}'),
        "another's party": (one.made() | {"acting-party": "traveller-1"}, one.body),
        "another key in the header": (one.made() | {"idempotency-key": uuid4().hex}, one.body),
        "a stranger's": (one.made(key=ECKey.generate_key("P-256")), one.body),
    }
    for name in ("@method", "@target-uri", "authorization", "content-digest", "idempotency-key",
                 "acting-party", "acting-role"):  # fmt: skip
        bad[f"{name} not covered"] = (one.made(leave=name), one.body)
    for bent in (
        {"created": now - 900}, {"created": now + 900}, {"created": None}, {"expires": now - 1},
        {"keyid": "nobody"}, {"keyid": None}, {"alg": "rsa-v1_5-sha256"}, {"alg": "hmac-sha256"},
        {"alg": None}, {"tag": None}, {"tag": "other"},
    ):  # fmt: skip
        bad[str(bent)] = (one.made(**bent), one.body)
    for said, (headers, body) in bad.items():
        judged.check(said, holds=await ask(headers, body) == 401)
    balance = await arena.balance("signed-one")
    judged.check("only what was signed was done", holds=balance == "1.00")


async def gateway(arena: Arena, judged: Judged) -> None:
    """The gateway: the same, by `sign`, `timestamp` and `msg_id`."""
    key, other = (RSAKey.generate_key(2048, {"kid": "gate-1"}) for _ in range(2))
    await arena.register(
        "gate", party="bank", scopes=["scene:travel:*"], signing="gateway",
        jwks=[key.as_dict(private=False)],
    )  # fmt: skip

    def made(by: RSAKey = key, **bent: str) -> dict[str, str]:
        given = {
            "app_id": f"{arena.tenant.ref}.gate", "method": "travel.no_such_action",
            "timestamp": datetime.now(_BEIJING).strftime("%Y-%m-%d %H:%M:%S"), "charset": "utf-8",
            "msg_id": uuid4().hex, "sign_type": "RSA2", "biz_content": "{}",
        } | bent  # fmt: skip
        text = "&".join([f"{name}={given[name]}" for name in sorted(given) if given[name]])
        private = by.private_key
        assert private is not None, "it was made here"
        signature = private.sign(text.encode(), PKCS1v15(), SHA256())
        return given | {"sign": base64.b64encode(signature).decode()}

    async def ask(given: Mapping[str, str]) -> str:
        reply = await arena.wire.send("POST", "/gateway", _FORM, urlencode(given).encode())
        told: dict[str, str] = json.loads(reply.content)
        return told.get("sub_code", told["code"]) if reply.status == 200 else str(reply.status)

    good, then = made(), datetime.now(_BEIJING) - timedelta(seconds=120)
    judged.check("who has signed is heard", holds=await ask(good) == "scene.no_action")
    judged.check("the same again is not", holds=await ask(good) == "gateway.replayed")
    for said, given, code in (
        ("old", made(timestamp=then.strftime("%Y-%m-%d %H:%M:%S")), "gateway.timestamp"),
        ("of the future", made(timestamp="2099-01-01 00:00:00"), "gateway.timestamp"),
        ("a stranger's", made(other), "gateway.sign"),
        ("bent", made() | {"biz_content": '{"amount":"1.00"}'}, "gateway.sign"),
        ("another message", made() | {"msg_id": uuid4().hex}, "gateway.sign"),
        ("another kind", made() | {"sign_type": "SM2"}, "gateway.sign"),
        ("unknown kind", made(sign_type="NONE"), "gateway.sign"),
        ("no base64", made() | {"sign": "%%%"}, "gateway.sign"),
        ("unsigned", made() | {"sign": ""}, "gateway.missing_parameter"),
        ("another application", made(app_id=f"{arena.tenant.ref}.till"), "gateway.profile"),
        ("nobody", made(app_id="nobody.nowhere"), "gateway.unknown_app"),
        (
            "news inside",
            made(method="travel.pay_card", notify_url="https://169.254.169.254/"),
            "webhook.bad_url",
        ),
    ):
        judged.check(said, holds=await ask(given) == code)
