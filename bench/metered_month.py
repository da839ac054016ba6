"""A month of a sandbox: payments on every day, its invoice, and both read back from the API.

What the invoice has to say is reckoned here, with fractions, from what was sent; nothing of the
product's own arithmetic is used.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from bench.api import Client
from bench.canteen import OPTIONS, PACK
from enscene.api import ApiSettings, create_app
from enscene.customers import Enrolment
from enscene.metering import after_month
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal
from enscene.tenants import create_tenant
from enscene.tenants.apps import ActsFor, register_app

ISSUER = "http://127.0.0.1:8700"
SCENE = "canteen"
DAYS = 30
Ask = Callable[..., Awaitable[Any]]


async def play_month(pool: Any) -> dict[str, Any]:
    """How many payments and cents there were, and how many cents the invoice is off."""
    pack = load_pack(PACK).pack
    assert pack is not None
    tenant = await create_tenant(pool, "month", "month", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder(SCENE, SCENE, options=OPTIONS)
        scene = await create_scene(connection, tenant.id, pack, order, "bench")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, SCENE, state, "bench")
        people = [Enrolment("BANK", "bank", "bank"), Enrolment("hall", "canteen", "merchant"),
                  Enrolment("acme", "sponsor", "employer"), Enrolment("ann", "diner", "person"),
                  Enrolment("till", "terminal", "device", bound_to="hall")]  # fmt: skip
        await enrol(connection, tenant.id, scene, pack, people)
        await link(connection, tenant.id, scene, pack, "works_for", [("ann", "acme")])
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER, seal=Seal(bytes(32))))
    scopes = {
        "till": [f"scene:{SCENE}:*"],
        "bank": [f"scene:{SCENE}:*", "platform:clock", "billing:read", "billing:write"],
        "second": ["billing:approve"],
    }
    ask: dict[str, Ask] = {}
    for name, allowed in scopes.items():
        client = Client(f"{tenant.ref}.{name}")
        await register_app(
            pool, tenant, name, title=name, scopes=allowed, jwks=[client.jwk], level="A2",
            party="till" if name == "till" else "BANK", rate=10**6, burst=10**6,
            acts_for=[ActsFor(SCENE, "diner")] if name == "bank" else [],
        )  # fmt: skip
        ask[name] = await _caller(gateway, client)
    try:
        return await _play(ask)
    finally:
        await gateway.close()
        await host.close()


async def _play(ask: dict[str, Ask]) -> dict[str, Any]:
    bank, till = ask["bank"], ask["till"]
    now = datetime.fromisoformat((await bank("GET", "/v1/sandbox/clock"))["now"])
    month = after_month((now + timedelta(hours=8)).date().replace(day=1))
    await bank("PUT", "/v1/sandbox/clock", {"now": f"{month}T00:30:00+08:00"})
    await bank("POST", "/v1/plans", {"starts": month.isoformat(), "plan": {
        "title": "month", "subscription": "88.80", "shares": {"bank": "1/3", "vendor": "1/7"},
        "charges": [
            {"name": "calls", "meter": "api.writes", "per": 1000, "free": 7, "tiers": [
                {"price": "37.00", "up_to": 100}, {"price": "11.00"}]},
            {"name": "turnover", "meter": "smart_canteen.turnover", "per": 10_000,
             "tiers": [{"price": "0.60"}]}],
    }})  # fmt: skip
    await ask["second"]("POST", "/v1/plans/1/approve", {})
    calls, turnover = 0, 0
    for day in range(DAYS - 2):
        moment = f"{month + timedelta(days=day)}T12:00:00+08:00"
        await bank("PUT", "/v1/sandbox/clock", {"now": moment})
        await bank("POST", f"/v1/{SCENE}/actions/top_up", {"amount": "300.00"}, party="ann")
        calls += 1
        for meal in range(day % 7 + 1):
            minor = 1000 + 37 * day + meal
            body = {"ticket": f"T{day}-{meal}", "diner": "ann",
                    "price": f"{minor // 100}.{minor % 100:02d}"}  # fmt: skip
            await till("POST", f"/v1/{SCENE}/actions/pay_by_code", body)
            calls, turnover = calls + 1, turnover + minor
    end = f"{after_month(month)}T01:00:00+08:00"
    await bank("PUT", "/v1/sandbox/clock", {"now": end})
    name = f"{month:%Y-%m}"
    invoice = await bank("POST", "/v1/invoices", {"month": name})
    read = await bank("GET", f"/v1/invoices/{name}")
    assert read == invoice
    usage = (await bank("GET", f"/v1/usage?month={name}"))["meters"]
    counted = await _count_readings(bank, invoice)
    billable = max(calls - 7, 0)
    wanted = {
        "subscription": 8880,
        "calls": round(Fraction(3700 * min(billable, 100) + 1100 * max(billable - 100, 0), 1000)),
        "turnover": round(Fraction(60 * turnover, 10_000)),
    }
    off = sum(abs(_minor(line["amount"]) - wanted[line["name"]]) for line in invoice["lines"])
    off += abs(_minor(invoice["total"]) - sum(wanted.values()))
    off += abs(_minor(invoice["total"]) - sum(map(_minor, invoice["shares"].values())))
    off += abs(usage["api.writes"]["quantity"] - calls) + abs(counted["calls"] - calls)
    off += abs(usage["smart_canteen.turnover"]["quantity"] - turnover)
    off += abs(counted["turnover"] - turnover) + 100 * (len(invoice["lines"]) != len(wanted))
    return {"calls": calls, "turnover_minor": turnover, "total": invoice["total"], "cents_off": off}


async def _count_readings(bank: Ask, invoice: dict[str, Any]) -> dict[str, int]:
    """The readings of every line, page by page."""
    sums: dict[str, int] = {}
    for line in invoice["lines"]:
        if line["meter"] is None:
            continue
        after, more = 0, True
        while more:
            path = f"/v1/invoices/{invoice['id']}/lines/{line['n']}/readings"
            page = await bank("GET", f"{path}?limit=50&after={after}")
            for reading in page["data"]:
                sums[line["name"]] = sums.get(line["name"], 0) + reading["quantity"]
                after = reading["seq"]
            more = page["has_more"]
    return sums


def _minor(text: str) -> int:
    return int(text.replace(".", ""))


async def _caller(gateway: Any, client: Client) -> Ask:
    """Calls the API as one application, in this process, through all of the gateway."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": client.assertion(ISSUER),
    }
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    told = await _send(gateway, "POST", "/oauth/token", urlencode(form).encode(), [kind])
    head = (b"authorization", f"Bearer {told['access_token']}".encode())
    number = 0

    async def ask(method: str, path: str, body: Any = None, *, party: str = "") -> Any:
        nonlocal number
        number += 1
        headers = [head, (b"idempotency-key", f"k{number}".encode()),
                   (b"content-type", b"application/json")]  # fmt: skip
        if party:
            headers.append((b"acting-party", party.encode()))
        sent = b"" if body is None else json.dumps(body).encode()
        return await _send(gateway, method, path, sent, headers)

    return ask


async def _send(
    gateway: Any, method: str, path: str, body: bytes, headers: list[tuple[bytes, bytes]]
) -> Any:
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "client": ("127.0.0.1", 1),
        "headers": [*headers, (b"content-length", str(len(body)).encode())],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await gateway(scope, receive, send)
    assert sent[0]["status"] == 200, (path, sent[1]["body"])
    return json.loads(sent[1]["body"])
