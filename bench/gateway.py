"""What guarding the open API costs: the same payments over HTTP, guarded one way and another.

`bearer`: with a plain bearer token. `dpop`: with a token that is bound to a key, and a proof of its own
in each request (ES256), which the server checks and notes. `signed`: as `dpop`, and the whole request
is signed by RFC 9421 (Ed25519) with a digest of its body, as is the answer. Requests are made before a
loop begins: what a client pays for them is not the server's. `per_s` and the times are medians of the
rounds each; `dpop_share` and `signed_share` are the median of the shares round by round, whose loops
follow each other, and so need not be the quotient of the two medians.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys
import time
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench.api import RAMP_S, WARM_S, Client, _b64, _request, _server
from bench.canteen import SCENE, TILLS, Canteen, open_canteen
from bench.load import Load
from bench.measure import median, ratio
from enscene.ledger import verify_ledger
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool
from enscene.tenants.apps import register_app

CONNECTIONS = 128
POOL = 6
MOST_PER_S = 12_000
"""So many requests are made for each second of a loop. A server that is faster needs more: those are
made within it."""
KINDS = ("bearer", "dpop", "signed")
WANTED = {"dpop": 0.6, "signed": 0.35}


class Holder:
    """A key, and the proofs that it signs."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())
        numbers = self._key.public_key().public_numbers()
        jwk = {
            "crv": "P-256", "kty": "EC", "x": _b64(numbers.x.to_bytes(32, "big")),
            "y": _b64(numbers.y.to_bytes(32, "big")),
        }  # fmt: skip
        self._head = _b64(json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}).encode())

    def proof(self, url: str, token: str | None = None) -> str:
        """For one POST to that address."""
        claims = {"jti": uuid4().hex, "htm": "POST", "htu": url, "iat": int(time.time())}
        if token is not None:
            claims["ath"] = _b64(hashlib.sha256(token.encode()).digest())
        message = f"{self._head}.{_b64(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._key.sign(message.encode(), ECDSA(SHA256())))
        return f"{message}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _bound_token(client: Client, holder: Holder, address: str) -> str:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {
        "grant_type": "client_credentials", "client_assertion_type": kind,
        "client_assertion": client.assertion(address),
    }  # fmt: skip
    url = f"{address}/oauth/token"
    request = Request(url, data=urlencode(form).encode(), headers={"DPoP": holder.proof(url)})
    with urlopen(request, timeout=10) as answer:
        token: str = json.load(answer)["access_token"]
    return token


class Guarded:
    """Payments with a proof each, and with a signature where `signers` are given; made beforehand,
    by their number."""

    def __init__(
        self, canteen: Canteen, holder: Holder, tokens: list[str], address: str,
        signers: list[Client] | None,
    ) -> None:  # fmt: skip
        self._canteen = canteen
        self._holder = holder
        self._tokens = tokens
        self._path = f"/v1/{SCENE}/actions/pay_by_code"
        self._url = f"{address}{self._path}"
        self._signers = signers
        self._made: dict[int, bytes] = {}

    def prepare(self, first: int, count: int) -> None:
        """Make so many."""
        self._made = {number: self._make(number) for number in range(first, first + count)}

    def request(self, number: int) -> bytes:
        return self._made.pop(number, None) or self._make(number)

    def _make(self, number: int) -> bytes:
        till = number % TILLS
        token = self._tokens[till]
        _, given = self._canteen.payment(number)
        body = json.dumps(given)
        headers = {
            "authorization": f"DPoP {token}", "dpop": self._holder.proof(self._url, token),
            "idempotency-key": f"k{number}",
        }  # fmt: skip
        if self._signers is not None:
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            headers["content-digest"] = f"sha-256=:{digest}:"
            headers |= _signed(self._signers[till], self._url, headers)
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def _signed(signer: Client, url: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers of a signature over method, address and these headers."""
    names = " ".join([f'"{name}"' for name in ("@method", "@target-uri", *headers)])
    given = f'({names});created={int(time.time())};keyid="one";alg="ed25519";tag="fapi-2-request"'
    lines = ['"@method": POST', f'"@target-uri": {url}']
    lines += [f'"{name}": {value}' for name, value in headers.items()]
    base = "\n".join([*lines, f'"@signature-params": {given}'])
    signature = base64.b64encode(signer.sign(base.encode())).decode()
    return {"signature-input": f"sig={given}", "signature": f"sig=:{signature}:"}


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures; every answer that is not 2xx counts as an error."""
    pool = await open_pool(server.url_app, size_min=2, size_max=8)
    host = SceneHost(pool)
    canteen = await open_canteen(pool, host)
    await host.close()
    clients: dict[str, list[Client]] = {kind: [] for kind in KINDS}
    for kind, made in clients.items():
        for till in range(TILLS):
            name = f"{kind}{till}"
            client = Client(f"{canteen.tenant.ref}.{name}")
            await register_app(
                pool, canteen.tenant, name, title=name, scopes=[f"scene:{SCENE}:*"],
                jwks=[client.jwk], party=f"t{till}", level="A2", rate=10**6, burst=10**6,
                token_binding="none" if kind == "bearer" else "dpop",
                signing="message" if kind == "signed" else "none",
            )  # fmt: skip
            made.append(client)
    holder, number = Holder(), 0
    loops: dict[str, list[Any]] = {kind: [] for kind in KINDS}

    async def measure(kind: str) -> None:
        nonlocal number
        with _server("group", server.url_app, POOL) as port:
            address = f"http://127.0.0.1:{port}"
            if kind == "bearer":
                tokens = [await asyncio.to_thread(c.token, address) for c in clients[kind]]
                guarded = None
            else:
                tokens = [
                    await asyncio.to_thread(_bound_token, client, holder, address)
                    for client in clients[kind]
                ]
                signers = clients[kind] if kind == "signed" else None
                guarded = Guarded(canteen, holder, tokens, address, signers)
            for length, ramp in ((min(WARM_S, 4 * seconds), 0.0), (seconds, RAMP_S)):
                if guarded is not None:
                    guarded.prepare(number, int(MOST_PER_S * (length + ramp)))
                make = guarded.request if guarded else lambda n: _request(canteen, tokens, n)
                load = Load(make, CONNECTIONS, length, number, ramp_s=ramp)
                loop = await load.run("127.0.0.1", port)
                number = load.number
            if load.first_error:
                print(load.first_error.decode(errors="replace"), file=sys.stderr)
            loops[kind].append(loop)

    for turn in range(rounds):
        for kind in KINDS[::-1] if turn % 2 else KINDS:
            await measure(kind)
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, canteen.tenant.id)
    await pool.close()
    result: dict[str, Any] = {
        kind: {
            "per_s": median([loop.per_s for loop in measured]),
            "p50_ms": median([loop.p50_ms for loop in measured]),
            "p99_ms": median([loop.p99_ms for loop in measured]),
            "errors": sum(loop.errors for loop in measured),
        }
        for kind, measured in loops.items()
    }
    for kind in WANTED:
        result[f"{kind}_share"] = ratio(
            [loop.per_s for loop in loops[kind]], [loop.per_s for loop in loops["bearer"]]
        )
    result["verified"] = verdict.verified
    return result


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    errors = sum(part["errors"] for part in result.values() if isinstance(part, dict))
    return [
        ("payments with a bound token / with a bearer token", result["dpop_share"], WANTED["dpop"]),
        (
            "signed payments with a bound token / with a bearer token",
            result["signed_share"],
            WANTED["signed"],
        ),
        ("errors", errors, -0.0),
        ("ledger verified", float(result["verified"]), 1.0),
    ]
