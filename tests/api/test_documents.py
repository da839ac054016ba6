"""The documents: valid OpenAPI 3.1, true to what the API does."""

from __future__ import annotations

import asyncio
import re

import pytest
from jsonschema_rs import validator_for
from openapi_spec_validator import OpenAPIV31SpecValidator

from enscene.api import serving
from enscene.api.documents.platform import platform_document
from enscene.api.documents.scene import scene_document
from enscene.cli._attack_generated import play_document

EXAMPLES = 6


@pytest.fixture
async def document(world):
    answer = await world.bank.get("/v1/canteen/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_both_documents_are_valid_openapi(world, document):
    OpenAPIV31SpecValidator(document).validate()
    platform = (await world.bank.http.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(platform).validate()
    assert document["openapi"] == platform["openapi"] == "3.1.0"


async def test_every_action_that_somebody_may_do_is_there(world, document):
    pack = (await world.host.scene(world.tenant.id, "canteen")).pack
    for action in pack.actions.values():
        kind = "queries" if action.query else "actions"
        path = document["paths"].get(f"/v1/canteen/{kind}/{action.name}")
        if set(action.by) <= {"clock", "trigger"}:
            assert path is None
            continue
        operation = path["post"]
        assert operation["x-scope"] == f"scene:canteen:{action.name}"
        assert operation["x-level"] == action.level
        needs_key = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert needs_key is not action.query
        assert re.search("[\u4e00-\u9fff].* · .*[a-z]", operation["summary"])
        told = operation["responses"]["422"].get("x-codes", [])
        assert len(told) == len(action.refusals)
    assert len({o["x-api-id"] for p in document["paths"].values() for o in p.values()
                if "x-api-id" in o}) >= 10  # fmt: skip


async def test_examples_are_what_their_schemas_say(world, document):
    checked = 0
    for path in document["paths"].values():
        for operation in path.values():
            content = (
                operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            )
            if "example" in content:
                schema = {**content["schema"], "components": document["components"]}
                validator_for(schema).validate(content["example"])
                checked += 1
    assert checked >= 10


async def test_money_has_a_pattern_and_answers_fit(world, document):
    schemas = document["components"]["schemas"]
    price = schemas["pay_by_code.input"]["properties"]["price"]
    assert price["type"] == "string"
    assert re.fullmatch(price["pattern"], "12.00")
    assert not re.fullmatch(price["pattern"], "12.001")
    await world.top_up("ann", "50.00")
    answer = (await world.meal("T1")).json()
    schema = {
        "$ref": "#/components/schemas/pay_by_code.answer",
        "components": document["components"],
    }
    validator_for(schema).validate(answer)
    meal = (await world.bank.get("/v1/canteen/things/meal/T1")).json()
    schema["$ref"] = "#/components/schemas/things.meal"
    validator_for(schema).validate(meal)
    problem = (await world.bank.get("/v1/canteen/things/meal/T2")).json()
    schema["$ref"] = "#/components/schemas/Problem"
    validator_for(schema).validate(problem)


async def test_a_document_needs_a_scope_in_its_scene(world):
    other = await world.partner("x", party="BANK", scopes=["scene:travel:*"])
    answer = await other.get("/v1/canteen/openapi.json")
    assert answer.status_code == 404
    assert (await world.bank.http.get("/v1/canteen/openapi.json")).status_code == 401


async def test_generated_requests_get_what_the_documents_promise(world):
    await world.top_up("ann", "50.00")
    scene = await world.host.scene(world.tenant.id, "canteen")

    def keys(credential):
        return world.bank.token, {}

    async with serving(world.gateway, port=0) as address:
        for document in (scene_document(scene, address), platform_document(address)):
            done = await asyncio.to_thread(play_document, document, address, keys, EXAMPLES)
            assert done >= 20
    assert (await world.bank.get("/v1/canteen/events")).status_code == 200
