"""A bank that partners apply to, served on loopback, and its staff."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.conftest import PACKS, canteen_pack, open_scene, people_of
from api.webhooks.receiver import LOOPBACK
from enscene.api import ApiSettings, Gateway, create_app
from enscene.api.partners import ConformanceWorker
from enscene.partners.clauses import today_of
from enscene.partners.decide_admission import decide_admission
from enscene.partners.governance import put_record
from enscene.partners.inventory import put_asset
from enscene.partners.judge_evidence import judge_evidence
from enscene.partners.partner import partner_id
from enscene.partners.standard import read_standard
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost
from enscene.storage import seal_of_environment
from enscene.tenants import Tenant, create_tenant

__all__ = ["canteen_pack"]
EXAMPLES = Path(__file__).parents[3] / "examples" / "partners"
sys.path.insert(0, str(EXAMPLES))
ISSUER = "http://bank.test"
ORDER = {
    "bank": "bank", "name": "快餐到家", "contact": "Li", "email": "li@partner.example",
    "purpose": "customers pay in our app", "level": "A1",
    "scopes": ["scene:canteen:top_up", "webhooks:read"],
}  # fmt: skip


@dataclass
class Joining:
    """`bank` is no sandbox; partners try in `sandbox`."""

    pool: Any
    host: SceneHost
    gateway: Gateway
    bank: Tenant
    sandbox: Tenant
    workers: list[ConformanceWorker] = field(default_factory=list)

    def client(self, key: str = "") -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(self.gateway, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=headers)

    async def sign_up(self, **changes: Any) -> Applicant:
        answer = await self.client().post("/v1/partner-applications", json=ORDER | changes)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return Applicant(self, told["id"], self.client(told["access_key"]))

    async def accept(self, number: str, *, accepted: bool = True) -> None:
        """Somebody of the bank looks at all the evidence."""
        for question in read_standard().questions:
            await judge_evidence(
                self.pool, self.bank.id, partner_id(number), question.id, accepted=accepted,
                note="seen", who="maker@bank",
            )  # fmt: skip

    async def govern(self, number: str, *, asset: bool = True, **assessed: Any) -> None:
        """Somebody of the bank assesses the partner, and enters what it runs."""
        partner = partner_id(number)
        if asset:
            await put_asset(self.pool, self.bank.id, partner, "maker@bank", "host", "h.example")
        fields = {
            "data_class": "none", "money": "none", "customers": 0, "open_high": 0,
            "findings": "no risk found",
        }  # fmt: skip
        await put_record(
            self.pool, self.bank.id, partner, kind="assessment", about="connection",
            on_day=await today_of(self.pool, self.bank.id), fields=fields | assessed, side="bank",
            who="maker@bank",
        )  # fmt: skip

    async def vote(self, number: str, who: str, *, admit: bool, approver: bool = True) -> Any:
        return await decide_admission(
            self.pool, self.bank.id, partner_id(number), admit=admit, why="as it should be",
            who=f"{who}@bank", approver=approver,
        )  # fmt: skip

    @asynccontextmanager
    async def working(self, **more: Any) -> AsyncIterator[ConformanceWorker]:
        worker = ConformanceWorker(self.pool, seal_of_environment(), LOOPBACK, **more)
        try:
            yield worker
        finally:
            await worker.stop()


@dataclass
class Applicant:
    """Who applies, with an access key."""

    joining: Joining
    id: str
    http: httpx.AsyncClient

    @property
    def path(self) -> str:
        return f"/v1/partner-applications/{self.id}"

    async def ask(self, method: str, rest: str = "", body: Any = None) -> httpx.Response:
        return await self.http.request(method, f"{self.path}{rest}", json=body)

    async def told(self) -> Any:
        answer = await self.ask("GET")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def answer_all(self, **changes: Any) -> None:
        level = (await self.told())["level"]
        answers = {
            question.id: {"answer": "yes", "evidence": "a report"} | changes.get(question.id, {})
            for question in read_standard().asked(level)
        }
        answer = await self.ask("PATCH", "", {"answers": answers})
        assert answer.status_code == 200, answer.text

    async def apply(self) -> None:
        await self.answer_all()
        answer = await self.ask("POST", "/submit")
        assert answer.json()["stage"] == "applied", answer.text

    async def be_admitted(self) -> None:
        await self.apply()
        await self.joining.accept(self.id)
        await self.joining.vote(self.id, "maker", admit=True, approver=False)
        await self.joining.vote(self.id, "checker", admit=True)
        assert (await self.told())["stage"] == "admitted"

    async def open(self) -> Any:
        """Into the sandbox with a pair that the bank makes."""
        answer = await self.ask("POST", "/sandbox", {})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def joining(pool: Any, canteen_pack: Pack) -> AsyncIterator[Joining]:
    bank = await create_tenant(pool, "bank", "Bank")
    sandbox = await create_tenant(pool, "sandbox", "Sandbox", sandbox=True)
    for tenant in (bank, sandbox):
        scene = await open_scene(pool, tenant, canteen_pack, "canteen")
        await people_of(pool, tenant, scene, canteen_pack)
    host = SceneHost(pool)
    settings = ApiSettings(issuer=ISSUER, packs=PACKS, webhooks=LOOPBACK)
    gateway = create_app(host, pool, settings)
    yield Joining(pool, host, gateway, bank, sandbox)
    await gateway.close()
    await host.close()
