"""The run over real HTTP: a good partner passes, a careless one is found, each for its own fault."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from careless import Careless
from receiver import Receiver, receiver_of

from api.partners.conftest import Applicant, Joining
from enscene.api import serving
from enscene.partners.conformance import CHECKS, RAILS
from enscene.partners.rails import ACCOUNTS


@asynccontextmanager
async def trying(
    joining: Joining, kind: type[Receiver], secret: str | None = None, **order: Any
) -> AsyncIterator[tuple[Applicant, Receiver]]:
    """A partner in the sandbox, with its receiver on loopback."""
    applicant = await joining.sign_up(**order)
    await applicant.be_admitted()
    told = await applicant.open()
    async with serving(joining.gateway, port=0) as base:
        config = {**told, "base": base, "webhook_secret": secret or told["webhook_secret"]}
        receiver = await asyncio.to_thread(receiver_of, config, 0, kind)
        receiver.start()
        try:
            url = f"http://127.0.0.1:{receiver.port}/hook"
            answer = await applicant.ask("PATCH", "", {"webhook_url": url, "software": "1.0"})
            assert answer.status_code == 200, answer.text
            yield applicant, receiver
        finally:
            await asyncio.to_thread(receiver.stop)


async def run(joining: Joining, applicant: Applicant, **more: Any) -> dict[str, Any]:
    """One run, to its end."""
    asked = await applicant.http.post("/v1/conformance-runs")
    assert asked.status_code == 200, asked.text
    async with joining.working(**more) as worker:
        done = await worker.step()
    assert done is not None
    answer = await applicant.http.get(f"/v1/conformance-runs/{asked.json()['id']}")
    return answer.json()


def failed(told: dict[str, Any]) -> dict[str, str]:
    return {each["check"]: each["reason"] for each in told["checks"] if not each["passed"]}


async def test_a_good_partner_passes_and_is_proven(joining):
    async with trying(joining, Receiver) as (applicant, _):
        told = await run(joining, applicant)
        assert failed(told) == {}
        assert told["state"] == "passed"
        assert [each["check"] for each in told["checks"]] == list(CHECKS)
        assert (await applicant.told())["stage"] == "proven"


async def test_a_careless_partner_is_found_with_reason_and_way_out(joining):
    async with trying(joining, Careless) as (applicant, _):
        told = await run(joining, applicant)
    assert told["state"] == "failed"
    assert failed(told) == {
        "twice": "effect_again", "at_once": "effect_again", "order": "wrong_state",
        "stale": "wrong_state", "act": "new_key", "act_twice": "new_key",
    }  # fmt: skip
    twice = next(each for each in told["checks"] if each["check"] == "twice")
    assert "took effect 3 times" in twice["why"]
    assert "unique constraint" in twice["way_out"]
    assert (await applicant.told())["stage"] == "sandbox"


class Believer(Receiver):
    """Checks no signature."""

    def verified(self, headers, body):
        return {name.lower(): value for name, value in headers.items()}.get("webhook-id")


class Silent(Receiver):
    """Never calls."""

    def act(self, event, message):
        pass


class Tired(Receiver):
    """Gives up at the first 503."""

    def act(self, event, message):
        from receiver import ask

        path = f"/v1/conformance-runs/{message['data']['run']}/acts"
        headers = {"Authorization": f"Bearer {self.api.token()}", "Idempotency-Key": event}
        body = {"event": event, "amount": "1.00"}
        ask("POST", f"{self.api.base}{path}", body=body, headers=headers)


class Strict(Receiver):
    """Refuses what it does not know."""

    def post(self, headers, body):
        return (400, {}) if b"brand_new" in body else super().post(headers, body)


class Mute(Receiver):
    """Tells nothing of its effects."""

    def effects(self, headers, run):
        return 404, {}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Believer, {"forged": "believed", "old": "believed"}),
        (Silent, {"act": "never_called", "act_twice": "never_called"}),
        (Tired, {"act": "gave_up"}),
        (Strict, {"unknown": "not_taken"}),
        (Mute, dict.fromkeys(CHECKS, "effects_unreadable")),
    ],
)
async def test_each_fault_is_found_alone(joining, kind, found):
    async with trying(joining, kind) as (applicant, _):
        told = await run(joining, applicant, act_s=2.0)
    assert failed(told) == found


async def test_a_partner_that_never_looks_at_the_time_is_found(joining, monkeypatch):
    import receiver as module

    monkeypatch.setattr(module, "TOLERANCE_S", 10**9)
    async with trying(joining, Receiver) as (applicant, _):
        told = await run(joining, applicant)
    assert failed(told) == {"old": "believed"}


async def test_an_address_that_may_not_be_called_is_told(joining):
    applicant = await joining.sign_up()
    await applicant.be_admitted()
    await applicant.open()
    for url in ("http://169.254.169.254/", "https://10.0.0.1/", "ftp://x.example/"):
        answer = await applicant.ask("PATCH", "", {"webhook_url": url})
        assert (answer.status_code, answer.json()["param"]) == (400, "webhook_url"), url
    asked = await applicant.http.post("/v1/conformance-runs")
    assert asked.json()["code"] == "partner.no_webhook"


async def test_one_run_at_a_time_and_a_delivery_with_a_fault(joining):
    async with trying(joining, Receiver) as (applicant, _):
        answer = await applicant.ask("POST", "/deliveries", {"fault": "bad_signature"})
        assert answer.json()["state"] == "asked"
        again = await applicant.ask("POST", "/deliveries", {"fault": "twice"})
        assert again.json()["code"] == "partner.run_under_way"
        async with joining.working() as worker:
            await worker.step()
            [told] = (await applicant.ask("GET", "/deliveries")).json()["data"]
            assert told["checks"][0]["answers"][0]["answer"] == "401"
            for fault, sent in (("twice", 2), ("out_of_order", 2), ("stale_state", 3)):
                await applicant.ask("POST", "/deliveries", {"fault": fault})
                done = await worker.step()
                assert done.state == "passed"
                assert len(done.checks[0]["answers"]) == sent
        assert (await applicant.told())["stage"] == "sandbox"


async def test_two_keys_sign_while_the_secret_is_changed(joining):
    async with trying(joining, Receiver) as (applicant, _):
        answer = await applicant.ask("POST", "/webhook-secret")
        assert answer.json()["webhook_secret"].startswith("whsec_")
        told = await run(joining, applicant)  # the receiver has the old secret still
        assert failed(told) == {}


class ByType(Receiver):
    """Believes of a payment what an event is called, whatever it says that the payment is."""

    def post(self, headers, body):
        event, message = self.verified(headers, body), json.loads(body)
        if event is None or not message["type"].startswith("rail.payment."):
            return super().post(headers, body)
        message["data"]["state"] = message["type"].rpartition(".")[2]
        self.book.take(event, message)
        return 200, {}


@pytest.mark.parametrize(
    ("kind", "found"),
    [(Receiver, None), (Careless, "effect_again"), (ByType, "wrong_state")],
)
async def test_who_pays_over_the_rails_is_tried_with_what_rails_do(joining, kind, found):
    async with trying(joining, kind, level="A2") as (applicant, receiver):
        order = {"kind": "pay_out", "amount": "1.00", "currency": "CNY", "reference": "r-1",
                 "counter_account": ACCOUNTS[0].number}  # fmt: skip
        status, told = await asyncio.to_thread(
            receiver.api.do, "/v1/rails/payments", order, "pay-1"
        )
        assert status == 200, told
        told = await run(joining, applicant)
    assert [each["check"] for each in told["checks"]] == [*CHECKS, RAILS]
    assert failed(told).get(RAILS) == found
    assert told["checks"][-1]["title"]
