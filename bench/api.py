"""Authenticated canteen payments over HTTP, one a request, load on the same machine.

Against the same application that commits one unit a transaction (the best of 8, 16 and 32
connections to the database), and against the same server with an empty endpoint.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.canteen import SCENE, TILLS, Canteen, open_canteen
from bench.load import Load
from bench.measure import median, ratio
from enscene.ledger import verify_ledger
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool
from enscene.tenants.apps import register_app

ROOT = Path(__file__).parents[1]
CONNECTIONS = (64, 256)
BASE_CONNECTIONS = (8, 16, 32)
WARM_S = 2.0
RAMP_S = 0.5


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Client:
    """A partner's application with an Ed25519 key."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self._key = Ed25519PrivateKey.generate()

    @property
    def jwk(self) -> dict[str, str]:
        public = self._key.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": _b64(public)}

    def sign(self, message: bytes) -> bytes:
        """By its key."""
        return self._key.sign(message)

    def assertion(self, address: str) -> str:
        """Who it is, for the server at that address."""
        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": address, "iat": now,
            "exp": now + 60, "jti": uuid4().hex,
        }  # fmt: skip
        head = _b64(json.dumps({"alg": "EdDSA", "kid": "one"}).encode())
        signed = f"{head}.{_b64(json.dumps(claims).encode())}"
        return f"{signed}.{_b64(self._key.sign(signed.encode()))}"

    def token(self, address: str) -> str:
        """A bearer token."""
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": kind,
            "client_assertion": self.assertion(address),
        }
        request = Request(f"{address}/oauth/token", data=urlencode(form).encode())
        with urlopen(request, timeout=10) as answer:
            token: str = json.load(answer)["access_token"]
        return token


@contextmanager
def _server(mode: str, url: str, connections: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bench.api_server", mode, str(port), url, str(connections)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        time.sleep(1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _request(canteen: Canteen, tokens: list[str], number: int) -> bytes:
    _, given = canteen.payment(number)
    body = json.dumps(given)
    return (
        f"POST /v1/{SCENE}/actions/pay_by_code HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {tokens[number % TILLS]}\r\nIdempotency-Key: k{number}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures; every answer that is not 2xx counts as an error. A short run (half-second loops)
    tries one base alone and warms for as long as it measures."""
    short = seconds < 1
    warm_s = min(WARM_S, seconds) if short else WARM_S
    bases = BASE_CONNECTIONS[:1] if short else BASE_CONNECTIONS
    pool = await open_pool(server.url_app, size_min=2, size_max=8)
    host = SceneHost(pool)
    canteen = await open_canteen(pool, host)
    await host.close()
    clients = []
    for till in range(TILLS):
        client = Client(f"{canteen.tenant.ref}.till{till}")
        await register_app(
            pool, canteen.tenant, f"till{till}", title="till", scopes=[f"scene:{SCENE}:*"],
            jwks=[client.jwk], party=f"t{till}", level="A2", rate=10**6, burst=10**6,
        )  # fmt: skip
        clients.append(client)
    number = 0
    loops: dict[str, list[Any]] = {}

    async def measure(name: str, mode: str, base: int, connections: int) -> None:
        nonlocal number
        with _server(mode, server.url_app, base) as port:
            tokens = ["none"] * TILLS
            if mode != "empty":
                address = f"http://127.0.0.1:{port}"
                tokens = [await asyncio.to_thread(client.token, address) for client in clients]
                # Every diner's first call reads who they are: not what is measured here.
                warm = Load(lambda n: _request(canteen, tokens, n), 64, warm_s, number)
                await warm.run("127.0.0.1", port)
                number = warm.number
            load = Load(
                lambda n: _request(canteen, tokens, n), connections, seconds, number, ramp_s=RAMP_S
            )
            loop = await load.run("127.0.0.1", port)
            number = load.number
            if load.first_error:
                print(load.first_error.decode(errors="replace"), file=sys.stderr)
            loops.setdefault(name, []).append(loop)

    for _ in range(rounds):
        for connections in CONNECTIONS:
            await measure(f"group_{connections}", "group", 6, connections)
            await measure(f"empty_{connections}", "empty", 1, connections)
        for base in bases:
            await measure(f"single_{base}", "single", base, 64)
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, canteen.tenant.id)
    await pool.close()
    single = [max(loops[f"single_{base}"][n].per_s for base in bases) for n in range(rounds)]
    result: dict[str, Any] = {
        name: {
            "per_s": median([loop.per_s for loop in measured]),
            "p50_ms": median([loop.p50_ms for loop in measured]),
            "p99_ms": median([loop.p99_ms for loop in measured]),
            "errors": sum(loop.errors for loop in measured),
        }
        for name, measured in loops.items()
    }
    group = [max(loops[f"group_{c}"][n].per_s for c in CONNECTIONS) for n in range(rounds)]
    result["ratio_single"] = ratio(group, single)
    result["share_of_empty"] = ratio(
        [loop.per_s for loop in loops["group_256"]], [loop.per_s for loop in loops["empty_256"]]
    )
    result["verified"] = verdict.verified
    return result


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    errors = sum(part["errors"] for part in result.values() if isinstance(part, dict))
    return [
        ("group commit / one unit a transaction", result["ratio_single"], 3.0),
        ("share of an empty endpoint at 256", result["share_of_empty"], 0.08),
        ("p99 ms at 256 connections", result["group_256"]["p99_ms"], -100.0),
        ("errors", errors, -0.0),
        ("ledger verified", float(result["verified"]), 1.0),
    ]
