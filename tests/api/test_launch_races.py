"""Launches at the same moment; what the documents promise of them; who counts as a person."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from jsonschema_rs import validator_for

from api.test_launch import NOTICE, Bank, bank, done, refused  # noqa: F401 - the fixture
from enscene.api.documents.platform import platform_document
from enscene.operations import Templates, approve_launch, begin_launch, submit_launch
from enscene.scenes.language import Pack

ZONE = "Asia/Shanghai"


def fits(name: str, value: Any) -> None:
    """The value is what the document says, and has nothing that it does not tell of."""
    schemas = platform_document("http://x")["components"]["schemas"]
    closed = {
        key: schema | {"additionalProperties": False}
        if "properties" in schema and "additionalProperties" not in schema
        else schema
        for key, schema in schemas.items()
    }
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": closed}}
    validator_for(schema).validate(value)


async def test_answers_are_what_the_document_says(bank: Bank):  # noqa: F811
    launch = await bank.begun(added=[{"action": "pay_by_code", "index": 0, "step": NOTICE}])
    path = f"/v1/launches/{launch}"
    fits("TemplateCard", (await bank.reader.get("/v1/templates")).json()["data"][0])
    fits("Template", (await bank.reader.get("/v1/templates/travel")).json())
    fits("Launch", (await bank.reader.get(path)).json())
    step = {"action": "pay_by_code", "step": {"notify": {"who": "nobody", "text": "x"}}}
    fits("TemplatePlaces", (await bank.reader.post(f"{path}/places", step)).json())
    answer = await bank.maker.send("PATCH", path, {"options": {"daily_limit": "0.01"}})
    fits("LaunchChanged", answer.json())
    broken = (await bank.reader.get(path)).json()
    assert broken["mistakes"]
    fits("Launch", broken)
    fits("Rehearsal", (await bank.reader.get(f"{path}/rehearsal")).json())
    await bank.maker.send("PATCH", path, {"options": {"daily_limit": None}})
    fits("LaunchCard", await done(bank.maker, f"{path}/submit"))
    await done(bank.checker, f"{path}/approve")
    fits("Scene", (await bank.reader.get("/v1/scenes/north")).json())
    fits("Settlement", (await bank.reader.get("/v1/scenes/north/settlement")).json())
    fits("LaunchCard", (await bank.reader.get("/v1/launches")).json()["data"][0])
    shown = (await bank.reader.get(path)).json()
    assert shown["forecast"] == []
    fits("Launch", shown)
    fits("Retired", await done(bank.maker, "/v1/scenes/north/retire"))


async def test_one_key_at_once_is_one_request(bank: Bank):  # noqa: F811
    sent = [bank.maker.post("/v1/launches", {"template": "travel"}, key="k") for _ in range(8)]
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await bank.reader.get("/v1/launches")).json()["data"]) == 1


async def test_one_key_at_two_processes_is_one_request(bank: Bank):  # noqa: F811
    from api.conftest import PACKS
    from api.partner import ISSUER, Partner
    from enscene.api import ApiSettings, create_app

    launch = await bank.begun()
    await done(bank.maker, f"/v1/launches/{launch}/submit")
    settings = ApiSettings(issuer=ISSUER, packs=PACKS)
    second = create_app(bank.host, bank.pool, settings)
    twin = Partner(second, bank.checker.app, bank.checker.token)
    path = f"/v1/launches/{launch}/approve"
    answers = await asyncio.gather(
        *(app.post(path, {}, key="k") for app in (bank.checker, twin) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
    assert len({answer.text for answer in answers}) == 1
    assert (await bank.reader.get("/v1/scenes/north")).json()["terms"] == 1


async def test_two_who_decide_at_once_decide_once(bank: Bank):  # noqa: F811
    launch = await bank.begun()
    await done(bank.maker, f"/v1/launches/{launch}/submit")
    other = await bank.app("other", "launch:approve")
    first, second = await asyncio.gather(
        bank.checker.post(f"/v1/launches/{launch}/approve", {}),
        other.post(f"/v1/launches/{launch}/return", {}),
    )
    assert sorted([first.status_code, second.status_code]) == [200, 409]


@pytest.fixture(scope="session")
def templates(canteen_pack: Pack) -> Templates:
    return Templates({canteen_pack.id: canteen_pack}, {})


async def test_a_person_and_an_application_are_two(bank: Bank, templates: Templates):  # noqa: F811
    tenant = bank.tenant.id
    pack = templates.get("smart_canteen")
    launch = await begin_launch(bank.pool, tenant, pack, "maker@bank")
    await submit_launch(bank.pool, tenant, templates, launch, "maker@bank", ZONE)
    both = await bank.app("maker2", "launch:approve")
    assert (await done(both, f"/v1/launches/{launch}/approve"))["decided_by"] == "app:maker2"
    mine = await bank.begun()
    await done(bank.maker, f"/v1/launches/{mine}/submit")
    assert await approve_launch(bank.pool, tenant, templates, mine, "maker@bank") == "north"


async def test_a_failed_write_is_not_kept_for_its_key(bank: Bank):  # noqa: F811
    launch = await bank.begun(options={"daily_limit": "9999.00"})
    answer = await bank.maker.post(f"/v1/launches/{launch}/submit", {}, key="k")
    await refused(answer, 400, "launch.mistakes", "options.daily_limit")
    await bank.maker.send("PATCH", f"/v1/launches/{launch}", {"options": {"daily_limit": None}})
    answer = await bank.maker.post(f"/v1/launches/{launch}/submit", {}, key="k")
    assert answer.json()["state"] == "submitted"
