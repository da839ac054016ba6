"""Both clients check notices as the bank signs them, and refuse all others."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from enscene.api.webhooks.sign import Scheme, SigningKey, headers_of
from enscene_client import BadSignature, verify_webhook
from sdk.conftest import ROOT

NOW, BODY = 1_795_000_000, '{"type": "buy_cover", "data": {"id": 7, "key": "保单"}}'.encode()
KEYS: dict[Scheme, SigningKey] = {scheme: SigningKey.generate(scheme) for scheme in ("v1", "v1a")}
SECRETS: dict[Scheme, str] = {
    scheme: key.secret or key.public or "" for scheme, key in KEYS.items()
}
# The example that the libraries of Standard Webhooks share.
EXAMPLE: dict[str, Any] = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "now": 1_614_265_330,
    "body": '{"test": 2432232314}', "takes": True,
    "headers": {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
}  # fmt: skip


def cases() -> list[dict[str, Any]]:
    """A secret, a notice, and whether it is to be taken."""
    found = [EXAMPLE]
    for scheme, key in KEYS.items():
        good = dict(headers_of([key], "msg_1", NOW, BODY))
        both = dict(headers_of(list(KEYS.values()), "msg_1", NOW, BODY))
        other = dict(headers_of([SigningKey.generate(scheme)], "msg_1", NOW, BODY))
        rotated = good | {
            "webhook-signature": f"{other['webhook-signature']} {good['webhook-signature']}"
        }
        wrong_scheme = good["webhook-signature"].replace(
            f"{scheme},", "v1a," if scheme == "v1" else "v1,"
        )
        text = BODY.decode()
        for headers, body, now, takes in (
            (good, text, NOW, True),
            (good, text, NOW + 299, True),
            (both, text, NOW, True),
            (rotated, text, NOW, True),
            (good, text, NOW + 301, False),
            (good, text, NOW - 301, False),
            (good, text + " ", NOW, False),
            (other, text, NOW, False),
            (good | {"webhook-id": "msg_2"}, text, NOW, False),
            (good | {"webhook-timestamp": str(NOW + 1)}, text, NOW, False),
            (good | {"webhook-timestamp": "now"}, text, NOW, False),
            (good | {"webhook-signature": wrong_scheme}, text, NOW, False),
            (good | {"webhook-signature": f"{scheme},!"}, text, NOW, False),
            (good | {"webhook-signature": ""}, text, NOW, False),
            ({}, text, NOW, False),
        ):
            found.append(
                {"secret": SECRETS[scheme], "headers": headers, "body": body, "now": now,
                 "takes": takes}
            )  # fmt: skip
    return found


@pytest.mark.parametrize("case", cases())
def test_python_takes_what_is_genuine_alone(case: dict[str, Any]) -> None:
    given = (case["secret"], case["headers"], case["body"].encode())
    if case["takes"]:
        assert verify_webhook(*given, now=case["now"]) == case["headers"]["webhook-id"]
    else:
        with pytest.raises(BadSignature):
            verify_webhook(*given, now=case["now"])


def test_a_secret_that_is_none_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook("secret", EXAMPLE["headers"], b"", now=EXAMPLE["now"])


async def test_javascript_takes_the_same(node: str) -> None:
    process = await asyncio.create_subprocess_exec(
        node, str(ROOT / "tests" / "sdk" / "webhooks.mjs"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(json.dumps(cases()).encode())
    assert process.returncode == 0, err.decode()
    wanted = [
        each["headers"]["webhook-id"] if each["takes"] else "BadSignature" for each in cases()
    ]
    assert [line.split(":")[0] for line in json.loads(out)] == wanted
