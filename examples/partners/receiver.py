"""A partner's receiver as it should be: takes the bank's events, each once, and calls back.

    python receiver.py --port 9400 --config partner.json

partner.json holds what the portal told: {"base", "client_id", "private_jwk", "webhook_secret"}.
Needs Python and `cryptography`. Written from docs/partners.md alone.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOLERANCE_S = 300
TRIES = 5


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_b64(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Api:
    """The bank's API as one application: gets tokens, and does each thing once."""

    def __init__(self, base: str, client_id: str, private_jwk: dict[str, str]) -> None:
        self.base, self.client_id, self.kid = base, client_id, private_jwk["kid"]
        number = int.from_bytes(from_b64(private_jwk["d"]), "big")
        self._key: EllipticCurvePrivateKey = derive_private_key(number, SECP256R1())
        self._token, self._ends = "", 0.0
        self._lock = threading.Lock()
        self._issuer = ask("GET", f"{base}/.well-known/oauth-authorization-server")[1]["issuer"]

    def token(self) -> str:
        """A token that is good for a while yet."""
        with self._lock:
            if time.time() > self._ends - 30:
                form = {
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION,
                    "client_assertion": self._assertion(),
                }
                status, told = ask("POST", f"{self.base}/oauth/token", form=form)
                if status != 200:
                    raise RuntimeError(f"no token: {told}")
                self._token = told["access_token"]
                self._ends = time.time() + told["expires_in"]
            return self._token

    def do(self, path: str, body: dict[str, Any], key: str) -> tuple[int, Any]:
        """Send it until it is answered: the same body, under the same key."""
        status, told = 0, None
        for attempt in range(TRIES):
            headers = {"Authorization": f"Bearer {self.token()}", "Idempotency-Key": key}
            status, told = ask("POST", f"{self.base}{path}", body=body, headers=headers)
            if status not in (0, 429, 503):
                break
            time.sleep(min(2**attempt, 4) * 0.25)
        return status, told

    def _assertion(self) -> str:
        now = int(time.time())
        head = {"alg": "ES256", "kid": self.kid}
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": self._issuer, "iat": now,
            "exp": now + 60, "jti": secrets.token_hex(16),
        }  # fmt: skip
        text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._key.sign(text.encode(), ECDSA(SHA256())))
        return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def ask(
    method: str,
    url: str,
    *,
    body: Any = None,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """Status and JSON of an answer; status 0 when there was none."""
    sent = dict(headers or {})
    data = None
    if form is not None:
        data = urlencode(form).encode()
    elif body is not None:
        data = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")
    except OSError:
        return 0, None


class Book:
    """What was done, in a database: an event is in it once, whoever brings it how often."""

    def __init__(self, path: str = ":memory:") -> None:
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._lock = threading.Lock()
        self._db.executescript(
            """
            create table if not exists event (id text primary key, run text);
            create table if not exists thing (
              run text, key text, seq integer, state text, primary key (run, key));
            """
        )

    def take(self, event: str, message: dict[str, Any]) -> bool:
        """The event and what follows from it, in one transaction. False: it was here before."""
        data = message["data"]
        with self._lock, self._db:
            added = self._db.execute(
                "insert or ignore into event (id, run) values (?, ?)", (event, data.get("run"))
            )
            if added.rowcount == 0:
                return False
            # Of two news of one thing the one with the greater number is the newer one.
            self._db.execute(
                """insert into thing (run, key, seq, state) values (?, ?, ?, ?)
                   on conflict (run, key) do update set seq = excluded.seq, state = excluded.state
                   where excluded.seq > thing.seq""",
                (data.get("run"), data["key"], data["id"], data["state"]),
            )
        return True

    def effects(self, run: str) -> dict[str, Any]:
        """What the bank asks for at /effects."""
        with self._lock:
            events = self._db.execute("select id from event where run = ?", (run,)).fetchall()
            things = self._db.execute("select key, state from thing where run = ?", (run,))
            return {"effects": {row[0]: 1 for row in events}, "states": dict(things.fetchall())}

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._db.close()


class Receiver:
    """The server. `handle` is what differs between a good and a careless one."""

    def __init__(self, port: int, secret: str, api: Api | None) -> None:
        self._secret = base64.b64decode(secret.removeprefix("whsec_"))
        self.api = api
        self.book = Book()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                self._answer(*receiver.post(dict(self.headers.items()), body))

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if not parts.path.endswith("/effects"):
                    self._answer(404, {})
                    return
                run = parse_qs(parts.query).get("run", [""])[0]
                self._answer(*receiver.effects(dict(self.headers.items()), run))

            def _answer(self, status: int, told: Any) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._work: list[threading.Thread] = []

    def start(self) -> None:
        """Serve in the background."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        """End, when what was begun has ended."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for work in self._work:
            work.join()
        self.book.close()

    def verified(self, headers: dict[str, str], body: bytes) -> str | None:
        """The webhook-id of a genuine message that is not old; else None."""
        lower = {name.lower(): value for name, value in headers.items()}
        event, at = lower.get("webhook-id", ""), lower.get("webhook-timestamp", "")
        if not event or not at.isdigit() or abs(time.time() - int(at)) > TOLERANCE_S:
            return None
        wanted = hmac.digest(self._secret, f"{event}.{at}.".encode() + body, hashlib.sha256)
        for each in lower.get("webhook-signature", "").split(" "):
            scheme, _, text = each.partition(",")
            if scheme == "v1" and hmac.compare_digest(text.encode(), base64.b64encode(wanted)):
                return event
        return None

    def post(self, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """An event: checked, stored, answered; what takes longer comes afterwards."""
        event = self.verified(headers, body)
        if event is None:
            return 401, {"error": "signature"}
        message = json.loads(body)
        if self.book.take(event, message) and message["type"] == "conformance.act":
            self.later(event, message)
        return 200, {}

    def later(self, event: str, message: dict[str, Any]) -> None:
        """Call the bank, in a thread of its own."""
        work = threading.Thread(target=self.act, args=(event, message))
        self._work.append(work)
        work.start()

    def act(self, event: str, message: dict[str, Any]) -> None:
        """The key is made of the event: whatever happens in between, it stays the same."""
        if self.api is not None:
            path = f"/v1/conformance-runs/{message['data']['run']}/acts"
            self.api.do(path, {"event": event, "amount": "1.00"}, key=f"act-{event}")

    def effects(self, headers: dict[str, str], run: str) -> tuple[int, Any]:
        """What was done in a run, for the bank alone."""
        if self.verified(headers, b"") is None:
            return 401, {"error": "signature"}
        return 200, self.book.effects(run)


def receiver_of(config: dict[str, Any], port: int, kind: type[Receiver] = Receiver) -> Receiver:
    """A receiver with what the portal told."""
    api = Api(config["base"], config["client_id"], config["private_jwk"])
    return kind(port, config["webhook_secret"], api)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9400)
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    receiver = receiver_of(json.loads(arguments.config.read_text()), arguments.port)
    receiver.start()
    print(f"http://127.0.0.1:{receiver.port}/hook", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        receiver.stop()


if __name__ == "__main__":
    main()
