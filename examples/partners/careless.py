"""The same receiver, careless: it checks signatures, and does everything as often as it comes.

It shows what a conformance run finds. Do not copy it.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter
from typing import Any

from receiver import Receiver, ask


class Careless(Receiver):
    """Counts every delivery as another event, believes the last one, makes a key each time."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._times: Counter[str] = Counter()
        self._states: dict[str, str] = {}
        self._guard = threading.Lock()

    def post(self, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        event = self.verified(headers, body)
        if event is None:
            return 401, {"error": "signature"}
        message = json.loads(body)
        with self._guard:
            self._times[event] += 1
            self._states[message["data"]["key"]] = message["data"]["state"]
        if message["type"] == "conformance.act":
            self.later(event, message)
        return 200, {}

    def act(self, event: str, message: dict[str, Any]) -> None:
        assert self.api is not None
        path = f"/v1/conformance-runs/{message['data']['run']}/acts"
        for _ in range(2):
            key = secrets.token_hex(8)  # another one each time it is tried
            body = {"event": event, "amount": "1.00"}
            headers = {"Authorization": f"Bearer {self.api.token()}", "Idempotency-Key": key}
            if ask("POST", f"{self.api.base}{path}", body=body, headers=headers)[0] == 200:
                return

    def effects(self, headers: dict[str, str], run: str) -> tuple[int, Any]:
        with self._guard:
            return 200, {"effects": dict(self._times), "states": dict(self._states)}
