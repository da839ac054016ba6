"""The gateway profile: one address, parameters signed by RSA2 (or SM2), answers signed alike."""

from __future__ import annotations

import base64
import itertools
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from enscene_client.client import Answer
from enscene_client.errors import BadSignature, Problem, json_of, problem_of
from enscene_client.retry import Policy, until_answered
from enscene_client.transport import Transport

BEIJING = timezone(timedelta(hours=8))
_STATUSES = {"20000": 503, "20001": 401, "40001": 400, "40002": 400, "40004": 422, "40006": 403}


class SignType(Protocol):
    """How one kind of key signs."""

    name: str

    def sign(self, text: bytes) -> bytes: ...

    def is_signed(self, pem: bytes, text: bytes, signature: bytes) -> bool: ...


class Rsa2:
    """SHA256withRSA, PKCS #1 v1.5."""

    name = "RSA2"

    def __init__(self, pem: bytes, password: bytes | None = None) -> None:
        key = load_pem_private_key(pem, password)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("RSA2 needs an RSA key")
        self._key = key

    def sign(self, text: bytes) -> bytes:
        """The signature of the text."""
        return self._key.sign(text, PKCS1v15(), SHA256())

    def is_signed(self, pem: bytes, text: bytes, signature: bytes) -> bool:
        """Whether the bank's key has signed the text."""
        public = load_pem_public_key(pem)
        assert isinstance(public, RSAPublicKey)
        try:
            public.verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


def text_to_sign(parameters: Mapping[str, str]) -> bytes:
    """Every parameter but `sign` that is not empty, sorted by name, joined."""
    names = sorted(name for name, value in parameters.items() if value and name != "sign")
    return "&".join(f"{name}={parameters[name]}" for name in names).encode()


class GatewayClient:
    """The client of one bank, for an application that is registered for the gateway."""

    def __init__(
        self, base: str, app_id: str, key: SignType, *, policy: Policy | None = None,
        timeout_s: float = 30.0,
    ) -> None:  # fmt: skip
        self._transport = Transport(base.rstrip("/"), timeout_s=timeout_s)
        self._app_id = app_id
        self._key = key
        self._policy = policy or Policy()
        self._bank_keys: dict[str, bytes] = {}

    def act(
        self, method: str, content: Mapping[str, Any], *, msg_id: str | None = None,
        party: str | None = None, notify_url: str | None = None,
    ) -> Answer:  # fmt: skip
        """Call `<scene>.<action or query>` once, however often it is sent.

        Raises: Problem with the bank's `sub_code` as code, Unreachable, BadSignature.
        """
        msg_id = msg_id or uuid.uuid4().hex
        given = {
            "app_id": self._app_id, "method": method, "msg_id": msg_id, "charset": "utf-8",
            "sign_type": self._key.name, "biz_content": json.dumps(content, ensure_ascii=False),
            "acting_party": party or "", "notify_url": notify_url or "",
        }  # fmt: skip
        attempts = itertools.count()
        return until_answered(self._policy, msg_id, lambda: self._once(given, next(attempts)))

    def close(self) -> None:
        """Close the connections that wait for a next request."""
        self._transport.close()

    def checked(self, answer: Mapping[str, str]) -> Mapping[str, str]:
        """An answer or a notice, if the bank has signed it. Raises: BadSignature."""
        key_id = answer.get("key_id", "")
        if key_id not in self._bank_keys:
            reply = self._transport.send("GET", "/gateway/keys", {}, None)
            if reply.status != 200:
                raise problem_of(reply.status, reply.headers, reply.body)
            keys = json_of(reply.body)["keys"]
            self._bank_keys = {
                each["key_id"]: each["pem"].encode()
                for each in keys
                if each["sign_type"] == self._key.name
            }
        pem, text = self._bank_keys.get(key_id), text_to_sign(answer)
        try:
            signature = base64.b64decode(answer.get("sign", ""), validate=True)
        except ValueError:
            signature = b""
        if pem is None or not self._key.is_signed(pem, text, signature):
            raise BadSignature("the bank did not sign this")
        return answer

    def _once(self, given: dict[str, str], attempt: int) -> Answer:
        # What is the same to the second was "sent before": each attempt is dated a second later.
        now = (datetime.now(BEIJING) + timedelta(seconds=attempt)).strftime("%Y-%m-%d %H:%M:%S")
        sent = {name: value for name, value in given.items() if value} | {"timestamp": now}
        sent["sign"] = base64.b64encode(self._key.sign(text_to_sign(sent))).decode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = self._transport.send("POST", "/gateway", headers, urlencode(sent).encode())
        if reply.status != 200:
            raise problem_of(reply.status, reply.headers, reply.body)
        told = json_of(reply.body)
        # Only a caller who was not recognised gets an answer without a signature.
        if told.get("code") != "20001" or "sign" in told:
            self.checked(told)
            if any(told.get(name) != sent[name] for name in ("app_id", "method", "msg_id")):
                raise BadSignature("the answer is to another call")
        if told["code"] == "10000":
            replayed = told.get("replayed") == "true"
            return Answer(json.loads(told["biz_content"]), sent["msg_id"], replayed, None)
        raise _problem(told)


def _problem(told: Mapping[str, str]) -> Problem:
    facts = json.loads(told["facts"]) if told.get("facts") else {}
    status = _STATUSES.get(told["code"], 500)
    problem = Problem(status, {
        "code": told.get("sub_code", told["code"]), "detail": told.get("sub_msg", told.get("msg")),
        "param": told.get("param"), "facts": facts, "request_id": told.get("request_id"),
    })  # fmt: skip
    problem.retry_after_s = facts.get("retry_after_s")
    return problem
