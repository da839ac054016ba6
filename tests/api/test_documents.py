"""The documents: valid OpenAPI 3.1, true to what the API does."""

from __future__ import annotations

import asyncio
import json
import re

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import CheckContext  # noqa: F401 - its presence is part of the contract

from api.partner import ISSUER
from enscene.api.documents.platform import platform_document
from enscene.api.documents.scene import scene_document


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
    pack = world.pack
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
    from jsonschema_rs import validator_for

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
    from jsonschema_rs import validator_for

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


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.specs.openapi.checks.response_schema_conformance,
    schemathesis.specs.openapi.checks.content_type_conformance,
    schemathesis.specs.openapi.checks.status_code_conformance,
]


class Bridge:
    """Sends cases that schemathesis makes, in a thread, to the application in its loop."""

    def __init__(self, partner, loop):
        self._partner = partner
        self._loop = loop

    def send(self, case):
        arguments = case.as_transport_kwargs(base_url=ISSUER)
        headers = dict(arguments.get("headers") or {})
        headers["authorization"] = f"Bearer {self._partner.token}"
        request = httpx.Request(
            arguments["method"],
            arguments["url"],
            params=arguments.get("params"),
            headers={k: v.encode("utf-8", "ignore") for k, v in headers.items()},
            json=arguments.get("json"),
            content=arguments.get("data") if isinstance(arguments.get("data"), bytes) else None,
        )
        future = asyncio.run_coroutine_threadsafe(self._partner.http.send(request), self._loop)
        return future.result(30)


def run_cases(schema, bridge, names, examples):
    """Generate cases for operations and check every answer."""
    done = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if names is not None and operation.label.split("/")[-1] not in names:
            continue
        strategy = operation.as_strategy()

        def check(case):
            nonlocal done
            response = bridge.send(case)
            case.validate_response(response, checks=CHECKS)
            done += 1

        from hypothesis import given

        limits = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        limits(given(strategy)(check))()
    return done


async def test_generated_requests_get_what_the_document_promises(world):
    await world.top_up("ann", "50.00")
    loop = asyncio.get_running_loop()
    scene = await world.host.scene(world.tenant.id, "canteen")
    for document in (scene_document(scene, ISSUER), platform_document(ISSUER)):
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document)))
        done = await asyncio.to_thread(run_cases, schema, Bridge(world.bank, loop), None, 8)
        assert done >= 40
