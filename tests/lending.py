"""A travel scene whose people the bank knows, with applications of its partners, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from api.partner import ISSUER, Partner, make_partner
from enscene.api import ApiSettings, Gateway, create_app
from enscene.commit import admit
from enscene.engagement.applications import (
    application_id,
    confirm_application,
    read_application,
    send_code_in,
    writing,
)
from enscene.tenants.apps import ActsFor
from enscene.tenants.users import create_user
from trip import Trip, open_trip

SCOPES = ["scene:travel:*", "platform:clock"]
KNOWN = {"born": "1990-05-01", "customer_since": "2020-01-01"}


@dataclass
class Lending:
    """`app` is the bank's (acts for any traveller), `site` the travel site's own."""

    trip: Trip
    gateway: Gateway
    app: Partner
    site: Partner
    bank: Partner

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        """Straight from the tables, as the tenant."""
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            return await connection.fetch(statement, *arguments)

    async def know(self, who: str, **profile: str) -> None:
        """What the bank knows of somebody."""
        await self.sql("update party set profile = $2 where ref = $1", who, profile)

    async def post(self, path: str, body: Any = None, who: str = "ann", **more: Any) -> Any:
        return await self.app.post(f"/v1/travel/applications{path}", body or {}, party=who, **more)

    async def get(self, path: str = "", who: str = "ann") -> httpx.Response:
        return await self.app.get(f"/v1/travel/applications{path}", party=who)

    async def begin(self, key: str, who: str = "ann", **more: Any) -> dict[str, Any]:
        """Instalments for a booking, from the API."""
        body = {"product": "instalment", "about": {"thing": "booking", "key": key},
                "fields": {"income": "9000.00"}, **more}  # fmt: skip
        answer = await self.post("", body, who)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def decide(self, key: str, who: str = "ann", **more: Any) -> dict[str, Any]:
        """Begun and decided; refused at once where it can only be refused."""
        begun = await self.begin(key, who, **more)
        if begun["state"] != "begun":
            return begun
        answer = await self.post(f"/{begun['id']}/decide", who=who)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def code(self, application: str, who: str = "ann") -> str:
        """A code that was sent by the mobile bank, as the telephone shows it."""
        trip = self.trip
        async with writing(trip.pool, trip.tenant.id) as connection:
            found = await read_application(connection, trip.tenant.id, application_id(application))
            await send_code_in(connection, trip.tenant.id, found, "bank_app")
        return await self.last_code(who)

    async def sign(self, application: str, who: str = "ann") -> str:
        """Signed in the mobile bank: the id of the contract."""
        code = await self.code(application, who)
        rows = await self.sql("select id from party where ref = $1", who)
        done = await confirm_application(
            self.trip.pool, self.trip.host, self.trip.tenant.id, application_id(application),
            customer=rows[0][0], code=code, channel="bank_app", actor=who,
        )  # fmt: skip
        assert done.contract is not None
        return done.contract

    async def last_code(self, who: str = "ann") -> str:
        rows = await self.sql(
            "select m.zh from phone_message m join party p on p.tenant = m.tenant "
            "and p.id = m.customer where p.ref = $1 order by m.at desc, m.id desc limit 1", who,
        )  # fmt: skip
        return str(rows[0][0]).partition("验证码 ")[2][:6]


@asynccontextmanager
async def open_lending(pool: Any) -> AsyncIterator[Lending]:
    """Ann and Bob are known to the bank, and may be anybody's to serve."""
    async with open_trip(pool) as trip:
        gateway = create_app(trip.host, pool, ApiSettings(issuer=ISSUER))
        acts = [ActsFor("travel", "traveller")]

        async def partner(name: str, **more: Any) -> Partner:
            order: dict[str, Any] = {"scopes": SCOPES, "level": "A2"} | more
            return await make_partner(pool, gateway, trip.tenant, name, **order)

        lending = Lending(
            trip,
            gateway,
            app=await partner("h5", party="bank", acts_for=acts),
            site=await partner("site", party="site"),
            bank=await partner("core", party="bank"),
        )
        for who in ("ann", "bob"):
            await lending.know(who, **KNOWN)
        await create_user(
            pool, trip.tenant, "sun", name="孙悦", password="a-long-password", roles=["manager"]
        )
        yield lending
        await gateway.close()
