"""Play a run: send what the plan says to the partner's address, ask what came of it, judge."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import msgspec

from enscene.api.store import Pool
from enscene.api.webhooks import Poster, WebhookSettings
from enscene.api.webhooks.sign import SigningKey, headers_of
from enscene.api.webhooks.target import Target, read_target
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid
from enscene.partners.conformance import (
    Message,
    Run,
    Seen,
    Step,
    Verdict,
    count_acts,
    judge,
    plan_delivery,
    plan_run,
)
from enscene.partners.open_sandbox import hook_name
from enscene.partners.partner import Partner
from enscene.partners.rails import has_paid
from enscene.storage import Seal

OLD_S = 600
ACT_S = 15.0
"""How long a partner may take until it has called, and called again."""
LOOK_S = 0.05
EFFECTS = "effects"


class Told(msgspec.Struct):
    """What a partner says at `/effects`; more is not looked at."""

    effects: dict[str, int]
    states: dict[str, str] = {}


class Player:
    """Plays runs over HTTP, with the same client and rules as webhooks."""

    def __init__(
        self,
        pool: Pool,
        seal: Seal,
        poster: Poster,
        settings: WebhookSettings,
        *,
        act_s: float = ACT_S,
    ) -> None:
        self._pool = pool
        self._seal = seal
        self._poster = poster
        self._settings = settings
        self._act_s = act_s

    async def play(self, partner: Partner, run: Run) -> list[tuple[Verdict, list[Any]]]:
        """The verdicts, each with the answers that it stands on."""
        at = format_time(run.asked_at)
        steps = plan_run(run.id, at, rails=await self._uses_rails(partner))
        if run.kind == "delivery":
            steps = plan_delivery(run.id, run.fault, at)
        try:
            target = read_target(partner.webhook_url or "", self._settings.rules, sandbox=True)
        except Invalid:
            return [(Verdict(steps[0].check, "address_refused"), [])]
        keys = self._keys(partner)
        found = []
        for step in steps:
            seen = await self._do(partner.tenant, run.id, target, keys, step, kind=run.kind)
            found.append((judge(step, seen), [list(each) for each in seen.answers]))
        return found

    async def _uses_rails(self, partner: Partner) -> bool:
        if partner.sandbox is None or partner.sandbox_app is None:
            return False
        return await has_paid(self._pool, partner.sandbox, partner.sandbox_app)

    async def _do(
        self,
        tenant: int,
        run: UUID,
        target: Target,
        keys: list[SigningKey],
        step: Step,
        *,
        kind: str,
    ) -> Seen:
        answers: list[tuple[str, int | str]] = []
        for group in step.groups:
            sent = [self._send(target, keys, message) for message in group]
            answers += zip([message.id for message in group], await asyncio.gather(*sent),
                           strict=True)  # fmt: skip
        if kind == "delivery":
            return Seen(answers)
        acts: list[tuple[int, int]] = []
        if step.acts is not None:
            acts = await self._acts(tenant, run, step)
        told = await self._effects(target, keys, run)
        if told is None:
            return Seen(answers, acts=acts)
        return Seen(answers, told.effects, told.states, acts)

    async def _send(self, target: Target, keys: list[SigningKey], message: Message) -> int | str:
        now = int(time.time()) - (OLD_S if message.signing == "old" else 0)
        headers = headers_of(_signers(keys, message), message.id, now, message.body)
        if message.signing == "none":
            headers = [each for each in headers if each[0] != "webhook-signature"]
        body = message.body
        if message.signing == "changed":
            body = body.replace(b'"paid"', b'"void"')
        outcome = await self._poster.post(target, headers, body)
        return outcome.status if outcome.status is not None else str(outcome.error)

    async def _acts(self, tenant: int, run: UUID, step: Step) -> list[tuple[int, int]]:
        """What the partner called; it is waited for until it has done what it should, and then a
        little for what it should not."""
        ends = time.monotonic() + self._act_s
        wanted = 2 if step.check == "act" else 1
        found: list[tuple[int, int]] = []
        while time.monotonic() < ends:
            found = await count_acts(self._pool, tenant, run, step.acts or "")
            if sum(calls for calls, _ in found) >= wanted:
                # Whoever makes another key for what came twice does so a moment later.
                await asyncio.sleep(10 * LOOK_S)
                return await count_acts(self._pool, tenant, run, step.acts or "")
            await asyncio.sleep(LOOK_S)
        return found

    async def _effects(self, target: Target, keys: list[SigningKey], run: UUID) -> Told | None:
        path, _, query = target.path.partition("?")
        asked = f"run={run.hex}" + (f"&{query}" if query else "")
        place = Target(
            target.tls, target.host, target.port, f"{path.rstrip('/')}/{EFFECTS}?{asked}",
            target.loopback, target.authority,
        )  # fmt: skip
        headers = headers_of(keys, f"effects_{run.hex}", int(time.time()), b"")
        outcome, body = await self._poster.fetch(place, headers)
        if outcome.status != 200:
            return None
        try:
            return msgspec.json.decode(body, type=Told)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _keys(self, partner: Partner) -> list[SigningKey]:
        sealed = [each for each in (partner.hook, partner.hook_before) if each is not None]
        return [SigningKey("v1", self._seal.open(hook_name(partner), each)) for each in sealed]


def _signers(keys: list[SigningKey], message: Message) -> list[SigningKey]:
    if message.signing == "other_key":
        return [SigningKey.generate("v1")]
    if message.signing == "both":
        return [SigningKey.generate("v1"), *keys]
    return keys
