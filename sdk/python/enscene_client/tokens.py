"""Access tokens: got when they are needed, kept until shortly before they end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from enscene_client.errors import json_of, problem_of
from enscene_client.keys import Key
from enscene_client.retry import Policy, until_answered
from enscene_client.transport import Reply, Transport

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY_S = 30.0


@dataclass
class Application:
    """Who asks: its key proves it, `holder` is the key that its tokens are bound to (DPoP)."""

    transport: Transport
    issuer: str
    client_id: str
    key: Key
    holder: Key | None
    policy: Policy
    nonce: str | None = None

    def form(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        """What an endpoint of the authorization server answers. Raises: Problem, Unreachable."""
        # A code or a refresh token that comes twice withdraws all that came of it.
        if form.get("grant_type") in ("authorization_code", "refresh_token"):
            return self._form(path, form)
        return until_answered(self.policy, None, lambda: self._form(path, form))

    def _form(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        reply = self._posted(path, form)
        if reply.status >= 400 and self.take_nonce(reply):
            reply = self._posted(path, form)
        if reply.status >= 400:
            raise problem_of(reply.status, reply.headers, reply.body)
        told: dict[str, Any] = json_of(reply.body)
        return told

    def _posted(self, path: str, form: dict[str, str]) -> Reply:
        assertion = self.key.assertion(self.client_id, self.issuer)
        who = {"client_assertion_type": _TYPE, "client_assertion": assertion}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if self.holder is not None:
            headers["dpop"] = self.holder.proof("POST", self.issuer + path, nonce=self.nonce)
        return self.transport.send("POST", path, headers, urlencode(form | who).encode())

    def take_nonce(self, reply: Reply) -> bool:
        """Whether the bank has told a nonce that it wants in proofs from now on."""
        told = reply.headers.get("dpop-nonce")
        if self.holder is None or told is None or told == self.nonce:
            return False
        self.nonce = told
        return True


class Tokens:
    """The tokens of one who acts: the application, or a customer who has allowed it (`refresh`)."""

    def __init__(self, application: Application, told: dict[str, Any] | None = None) -> None:
        self._application = application
        self._gate = threading.Lock()
        self._access, self._ends = "", 0.0
        self.refresh: str | None = None
        self.details: list[dict[str, Any]] = []
        if told is not None:
            self._take(told)

    @classmethod
    def resumed(cls, application: Application, refresh: str) -> Tokens:
        """Of a customer, by a refresh token that was kept."""
        tokens = cls(application)
        tokens.refresh = refresh
        return tokens

    def access(self) -> str:
        """A token that is good for a while yet. Raises: Problem, Unreachable."""
        with self._gate:
            if time.monotonic() > self._ends:
                form = {"grant_type": "client_credentials"}
                if self.refresh is not None:
                    form = {"grant_type": "refresh_token", "refresh_token": self.refresh}
                self._take(self._application.form("/oauth/token", form))
            return self._access

    def forget(self, access: str) -> None:
        """The bank does not take this one any more."""
        with self._gate:
            if access == self._access:
                self._ends = 0.0

    def _take(self, told: dict[str, Any]) -> None:
        self._access = told["access_token"]
        life_s = float(told["expires_in"])
        self._ends = time.monotonic() + life_s - min(_EARLY_S, life_s / 4)
        self.refresh = told.get("refresh_token", self.refresh)
        self.details = told.get("authorization_details", self.details)
