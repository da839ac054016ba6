"""The client of one bank, for one application."""

from __future__ import annotations

import json
import ssl
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from enscene_client.authorization import Asked, code_of, new_verifier
from enscene_client.errors import BadSignature, Unreadable, json_of, problem_of
from enscene_client.keys import Key
from enscene_client.retry import Policy, until_answered
from enscene_client.signatures import check_answer, sign_request
from enscene_client.tokens import Application, Tokens
from enscene_client.transport import Reply, Transport


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: the object of a JSON answer; of a reading that is a file, its bytes (CSV, PDF).

    `replayed`: it had been done before, under the same `key`; this is the first answer.
    `content_type` is what the bank says of the body, as `text/csv; charset=utf-8`.
    """

    body: Any
    key: str | None
    replayed: bool
    request_id: str | None
    content_type: str = "application/json"


class Client:
    """Threads may share one.

    `base` is where the bank is reached; `issuer`, where it differs, is what the bank calls itself.
    `dpop` binds tokens to a key that never leaves this process; `signing` signs every request and
    checks every answer (RFC 9421); `tls` may carry a client certificate. Every method raises
    Problem for a refusal, Unreachable when no answer came (Unreadable: none that is the bank's),
    BadSignature.
    """

    def __init__(
        self, base: str, client_id: str, key: Key, *, dpop: bool = False, signing: bool = False,
        issuer: str | None = None, tls: ssl.SSLContext | None = None,
        policy: Policy | None = None, timeout_s: float = 30.0,
    ) -> None:  # fmt: skip
        base = base.rstrip("/")
        self._application = Application(
            Transport(base, timeout_s=timeout_s, tls=tls), (issuer or base).rstrip("/"), client_id,
            key, Key.generate() if dpop else None, policy or Policy(),
        )  # fmt: skip
        self._signing = signing
        self._tokens = Tokens(self._application)
        self._bank_keys: list[dict[str, Any]] = []

    def act(
        self, scene: str, action: str, body: Mapping[str, Any], *, key: str | None = None,
        party: str | None = None, role: str | None = None,
    ) -> Answer:  # fmt: skip
        """Do an action once, however often it has to be asked for; `key` is its Idempotency-Key.

        Give a key of your own, kept with your order, where your program may stop in between.
        """
        path = f"/v1/{_part(scene)}/actions/{_part(action)}"
        return self.call("POST", path, body, key=key or str(uuid.uuid4()), party=party, role=role)

    def ask(
        self, scene: str, query: str, body: Mapping[str, Any] | None = None, *,
        party: str | None = None,
    ) -> Answer:  # fmt: skip
        """Ask a query of a scene."""
        path = f"/v1/{_part(scene)}/queries/{_part(query)}"
        return self.call("POST", path, body or {}, party=party)

    def quote(
        self, scene: str, wish: Mapping[str, Any] | None = None, *, party: str | None = None
    ) -> Answer:
        """What the shelf has for a customer: `eligible`, best first, and `refused` with reasons."""
        return self.call("POST", f"/v1/{_part(scene)}/quotes", wish or {}, party=party)

    def get(self, path: str, *, party: str | None = None, **query: str) -> Answer:
        """One reading; where it is a file and no JSON, `body` is its bytes."""
        return self.call("GET", path + (f"?{urlencode(query)}" if query else ""), party=party)

    def things(
        self, scene: str, kind: str, *, party: str | None = None, **query: str
    ) -> Iterator[dict[str, Any]]:
        """Things of a scene, newest first, page after page."""
        path = f"/v1/{_part(scene)}/things/{_part(kind)}"
        while True:
            page = self.get(path, party=party, **query).body
            yield from page["data"]
            if not page["has_more"]:
                return
            query["cursor"] = page["next"]

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *,
        key: str | None = None, party: str | None = None, role: str | None = None,
    ) -> Answer:  # fmt: skip
        """Any request below /v1; one that writes needs a `key`."""
        headers = {"accept": "application/json, application/problem+json, */*;q=0.5"}
        named = (("idempotency-key", key), ("acting-party", party), ("acting-role", role))
        headers |= {name: value for name, value in named if value is not None}
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            headers["content-type"] = "application/json"
        return until_answered(
            self._application.policy, key, lambda: self._once(method, path, headers, content, key)
        )

    def ask_customer(
        self, redirect_uri: str, scope: str, details: Mapping[str, Any] | None = None
    ) -> Asked:
        """Push a request for a customer's consent; send the customer's browser to its `url`."""
        verifier, challenge = new_verifier()
        state, _ = new_verifier()
        form = {
            "response_type": "code", "client_id": self._application.client_id,
            "redirect_uri": redirect_uri, "scope": scope, "state": state,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        if details is not None:
            form["authorization_details"] = json.dumps([details])
        told = self._application.form("/oauth/par", form)
        who = {"client_id": form["client_id"], "request_uri": told["request_uri"]}
        url = f"{self._application.issuer}/oauth/authorize?{urlencode(who)}"
        return Asked(url, redirect_uri, state, verifier)

    def customer(self, asked: Asked, back: str) -> Client:
        """A client that acts for the customer, by the address that the browser came back to."""
        form = {
            "grant_type": "authorization_code", "redirect_uri": asked.redirect_uri,
            "code": code_of(asked, back, self._application.issuer), "code_verifier": asked.verifier,
        }  # fmt: skip
        return self._with(Tokens(self._application, self._application.form("/oauth/token", form)))

    def resume_customer(self, refresh_token: str) -> Client:
        """The same in another run of the program, by the `refresh_token` that was kept."""
        return self._with(Tokens.resumed(self._application, refresh_token))

    @property
    def customer_ref(self) -> str | None:
        """Which customer the consent is of; None where the client acts for itself."""
        return self._tokens.details[0].get("party") if self._tokens.details else None

    @property
    def refresh_token(self) -> str | None:
        """What to keep of a customer, as a secret: the last one alone is good, and once."""
        return self._tokens.refresh

    def close(self) -> None:
        """Close the connections that wait for a next request."""
        self._application.transport.close()

    def _with(self, tokens: Tokens) -> Client:
        other = object.__new__(Client)
        other.__dict__.update(self.__dict__, _tokens=tokens)
        return other

    def _once(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, key: str | None
    ) -> Answer:
        token = self._tokens.access()
        reply = self._sent(method, path, headers, body, token)
        if reply.status == 401:
            told = problem_of(401, reply.headers, reply.body)
            over = told.code in ("auth.token", "auth.expired")
            if over:
                self._tokens.forget(token)
            if self._application.take_nonce(reply) or over:
                reply = self._sent(method, path, headers, body, self._tokens.access())
        if reply.status >= 400:
            raise problem_of(reply.status, reply.headers, reply.body)
        replayed = reply.headers.get("idempotency-replayed") == "true"
        told = _body_of(method, reply)
        kind = reply.headers.get("content-type", "")
        return Answer(told, key, replayed, reply.headers.get("x-request-id"), kind)

    def _sent(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, token: str
    ) -> Reply:
        application = self._application
        url, holder = application.issuer + path, application.holder
        told = headers | {"authorization": f"{'Bearer' if holder is None else 'DPoP'} {token}"}
        if holder is not None:
            told["dpop"] = holder.proof(
                method, url.partition("?")[0], token=token, nonce=application.nonce
            )
        if not self._signing:
            return application.transport.send(method, path, told, body)
        told = sign_request(application.key, method, url, told, body)
        reply = application.transport.send(method, path, told, body)
        # That it does not know who asks, or has no time, the bank says before it signs anything, or
        # a proxy does. Every other answer is the bank's word, and has to be signed.
        silent = reply.status in (401, 403, 429) or reply.status >= 500
        if not silent or "signature" in reply.headers:
            self._check(reply, (method, url, told))
        return reply

    def _check(self, reply: Reply, request: tuple[str, str, Mapping[str, str]]) -> None:
        for _ in range(2):
            try:
                check_answer(self._bank_keys, request, reply.status, reply.headers, reply.body)
            except KeyError:
                told = self._application.transport.send("GET", "/oauth/jwks", {}, None)
                if told.status != 200:
                    raise problem_of(told.status, told.headers, told.body) from None
                self._bank_keys = json_of(told.body)["keys"]
            else:
                return
        raise BadSignature("the answer is signed by a key that the bank does not show")


def _body_of(method: str, reply: Reply) -> Any:
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return json_of(reply.body)
    # Files are read. That something was done is never told by one: that is a proxy's page.
    if method != "GET":
        raise Unreadable(f"the answer is {kind or 'of no kind'} where the bank says JSON")
    return reply.body


def _part(name: str) -> str:
    return quote(name, safe="")
