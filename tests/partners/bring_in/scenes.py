"""A bank in a sandbox with three live partners, whose scenes stand in its app, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from api.partner import ISSUER, Partner, make_partner
from enscene.api import ApiSettings, Gateway, create_app
from enscene.commit import admit
from enscene.partners import store
from enscene.partners.bring_in import (
    Cashier,
    decide_entry,
    decide_terms,
    open_visit,
    propose_entry,
    propose_terms,
)
from enscene.partners.clauses import today_of
from enscene.partners.sign_up import sign_up
from enscene.scenes.runtime import SceneHost
from enscene.tenants import Tenant, create_tenant

MAKER, CHECKER = "maker@bank", "checker@bank"


@dataclass
class Outside:
    """`people` are customers by their references; `cash` what the bank's core gives them."""

    pool: Any
    host: SceneHost
    gateway: Gateway
    tenant: Tenant
    cashier: Cashier
    people: dict[str, int]

    async def sql(self, statement: str, *arguments: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return await connection.fetch(statement, *arguments)

    async def partner(
        self, name: str, level: str = "A1", origin: str = "http://127.0.0.1:9"
    ) -> Live:
        """One that is live, and its application."""
        known, _ = await sign_up(
            self.pool, self.tenant, name=name, contact="Li", email="li@partner.example",
            purpose="our scene in the bank's app", level=level, scopes=[],
        )  # fmt: skip
        app = await make_partner(
            self.pool, self.gateway, self.tenant, f"partner-{known.ref}", level=level
        )
        async with store.admitted(self.pool, self.tenant.id) as connection:
            await store.update(
                connection, self.tenant.id, known.id,
                {"stage": "live", "live_app": app.app.id, "redirect_uris": [f"{origin}/back"]},
            )  # fmt: skip
        return Live(self, known.id, origin, app)

    async def balance(self, name: str, owner: int = 0) -> int:
        rows = await self.sql(
            "select posted from account where name = $1 and owner = $2", name, owner
        )
        return int(rows[0][0]) if rows else 0

    async def give(self, who: str, minor: int) -> None:
        """Put money on a customer's account, from the rest of the bank."""
        books = self.host.contracts.books
        account = await books.current(self.tenant.id, self.people[who], "CNY")
        core = await books._account(self.tenant.id, 0, "core", "CNY", None)
        await self.sql("update account set posted = posted + $2 where id = $1", account, minor)
        await self.sql("update account set posted = posted - $2 where id = $1", core, minor)


@dataclass
class Live:
    """A live partner."""

    bank: Outside
    id: UUID
    origin: str
    app: Partner

    @property
    def place(self) -> tuple[Any, int, UUID]:
        return self.bank.pool, self.bank.tenant.id, self.id

    async def agree(self, starts: date | None = None, **terms: Any) -> Any:
        """Terms of this month, made by one and agreed by another."""
        day = starts or (await today_of(self.bank.pool, self.bank.tenant.id)).replace(day=1)
        made = await propose_terms(*self.place, number="C-1", starts=day, who=MAKER, **terms)
        return await decide_terms(*self.place, made.version, agree=True, who=CHECKER)

    async def entry(self, title: str = "Takeaway", **changes: Any) -> Any:
        """An open entry."""
        values = {"title_zh": "外卖到家", "title_en": title, "class_": "takeaway", "shown": "page",
                  "url": f"{self.origin}/menu?city=hz", "who": MAKER} | changes  # fmt: skip
        made = await propose_entry(*self.place, **values)
        return await decide_entry(*self.place[:2], made, open_=True, who=CHECKER)

    async def led(self, entry: Any, who: str = "ann") -> str:
        """The code that a customer is led with."""
        led = await open_visit(*self.place[:2], entry.id, self.bank.people[who], "zh")
        return parse_qs(urlsplit(led.address).query)["visit_code"][0]

    async def exchange(self, code: str, origin: str | None = None) -> Any:
        return await self.app.post(
            "/v1/brought-in/visits", {"code": code, "origin": origin or self.origin}
        )

    async def came(self, entry: Any, who: str = "ann") -> dict[str, Any]:
        answer = await self.exchange(await self.led(entry, who))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def tell(self, number: str, came: dict[str, Any], state: str, **more: Any) -> Any:
        body = {"entry": came["entry"], "person": came["person"], "visit": came["visit"],
                "title": "牛肉面", "amount": "32.00", "currency": "CNY", "state": state}  # fmt: skip
        return await self.app.put(f"/v1/brought-in/orders/{number}", body | more)

    async def told(self, number: str, came: dict[str, Any], state: str, **more: Any) -> Any:
        answer = await self.tell(number, came, state, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def open_outside(pool: Any, name: str = "bank") -> Outside:
    tenant = await create_tenant(pool, name, "Bank", sandbox=True)
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER))
    found = Outside(pool, host, gateway, tenant, Cashier(pool), {})
    for who in ("ann", "bob"):
        rows = await found.sql(
            "insert into party (tenant, ref, kind, name) values ($1, $2, 'person', $2) "
            "returning id", tenant.id, who,
        )  # fmt: skip
        found.people[who] = rows[0][0]
    return found


async def close_outside(found: Outside) -> None:
    await found.cashier.close()
    await found.gateway.close()
    await found.host.close()


def month_before(day: date) -> date:
    """The first of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
