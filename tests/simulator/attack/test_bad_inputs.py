"""Bad inputs are made of what a document says, and a weak answer to them is seen."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from enscene.simulator.attack import Attempt, bad_inputs, raid, read_operations
from enscene.simulator.attack.operations import example
from enscene.simulator.attack.raid import fault_of
from enscene.simulator.wire import Broken, Reply

DOCUMENT: dict[str, Any] = {
    "security": [{"token": []}],
    "paths": {
        "/v1/pay/{who}": {
            "parameters": [{"name": "who", "in": "path", "schema": {"type": "string"}}],
            "post": {
                "operationId": "pay",
                "parameters": [{"$ref": "#/components/parameters/Key"}],
                "requestBody": {"content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Pay"}}}},
            },
            "get": {
                "operationId": "look",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
            },
        },
        "/join": {"post": {"operationId": "join", "security": [{"access_key": []}]}},
        "/health": {"get": {"operationId": "live", "security": []}},
    },
    "components": {
        "parameters": {"Key": {"name": "Idempotency-Key", "in": "header", "required": True,
                               "schema": {"type": "string"}}},
        "schemas": {"Pay": {
            "type": "object", "required": ["amount"], "additionalProperties": False,
            "properties": {"amount": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,2})?$"},
                           "note": {"type": "string"}, "times": {"type": "integer"}},
        }},
    },
}  # fmt: skip
PROBLEM = {"content-type": "application/problem+json"}


def attempts() -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for operation in read_operations(DOCUMENT):
        found[operation.name] = list(bad_inputs(operation))
    return found


def test_every_operation_and_every_part_of_it_is_attacked() -> None:
    found = attempts()
    assert set(found) == {"pay", "look", "live", "join"}
    kinds = " ".join(each.kind for each in found["pay"])
    for part in ("no token", "who ", "body ", "without amount", "more no_such_field", "amount=",
                 "note ", "times=", "key ", "method PATCH"):  # fmt: skip
        assert part in kinds, part
    assert any("?limit=-1" in each.path for each in found["look"])
    assert not any("token" in each.kind for each in found["live"])
    assert {each.credential for each in found["join"]} == {None, "access_key"}
    assert len(found["pay"]) > 150


def test_money_that_is_none_has_to_be_refused_and_any_note_may_be_kept() -> None:
    must = Counter((each.kind.split("=")[0].split(" ")[0], each.must) for each in attempts()["pay"])
    assert must["amount", "unbroken"] == 0
    assert must["amount", "refused"] > 15
    assert must["note", "unbroken"] > 15
    bodies = [json.loads(a.body) for a in attempts()["pay"] if a.kind.startswith("amount=")]
    assert "1e400" in [body["amount"] for body in bodies]


def test_references_are_followed_and_examples_fit() -> None:
    (pay,) = [each for each in read_operations(DOCUMENT) if each.name == "pay"]
    assert pay.needs_key
    assert pay.body is not None
    assert example(pay.body) == {"amount": "12.30"}
    assert pay.filled(who="x y") == "/v1/pay/x y"


@pytest.mark.parametrize(
    ("must", "reply", "fault"),
    [
        ("refused", Reply(400, PROBLEM, b'{"code": "json.malformed"}'), None),
        ("refused", Reply(200, {}, b"{}"), "a refusal"),
        ("refused", Reply(400, {"content-type": "text/html"}, b"<h1>no</h1>"),
         "a problem that says why"),
        ("refused", Reply(400, {}, b'{"error": "invalid_request"}'), None),
        ("unbroken", Reply(200, {}, b"{}"), None),
        ("unbroken", Reply(500, PROBLEM, b'{"code": "internal"}'), "no fault of the server"),
        ("unbroken", Reply(200, {}, b"Traceback (most recent call last)"), "nothing of the inside"),
    ],
)  # fmt: skip
def test_what_an_answer_has_to_be(must: str, reply: Reply, fault: str | None) -> None:
    attempt = Attempt("pay", "x", must, "POST", "/v1/pay/a", {})
    assert fault_of(attempt, reply) == fault


class Weak:
    """A server with three faults, and one who hangs up."""

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> Reply:
        if path.startswith("/join"):
            return Reply(401, PROBLEM, b'{"code": "auth.no_token"}')
        if method == "TRACE":
            raise Broken("hung up")
        if b"1e400" in body:
            return Reply(500, PROBLEM, b'{"code": "internal"}')
        if b"no_such_field" in body:
            return Reply(200, {}, b"{}")
        if "etc" in path:
            return Reply(404, {"content-type": "text/plain"}, b"not here")
        return Reply(400, PROBLEM, b'{"code": "refused"}')


async def test_a_weak_server_is_found_out() -> None:
    async def dress(attempt: Attempt) -> tuple[str, dict[str, str]]:
        return attempt.path, {"authorization": "Bearer t"}

    everything = [each for several in attempts().values() for each in several]
    found = await raid(Weak(), iter(everything), dress)  # type: ignore[arg-type]
    assert found.sent == len(everything)
    assert found.server_errors >= 1
    assert found.hit == {"pay", "look", "live"}  # nobody came past the door of "join"
    assert {"no fault of the server", "a refusal", "a problem that says why"} == {
        each.expected for each in found.failed
    }


async def test_a_door_that_asks_for_something_else_first_is_not_the_operation() -> None:
    class Door:
        """Knows no such thing, whatever the body is; says so at a route for one of them."""

        async def send(
            self, method: str, path: str, headers: dict[str, str], body: bytes = b""
        ) -> Reply:
            code = "http.no_route" if path.startswith("/join") else "thing.not_found"
            return Reply(404, PROBLEM, json.dumps({"code": code}).encode())

    async def dress(attempt: Attempt) -> tuple[str, dict[str, str]]:
        return attempt.path, {}

    everything = [each for several in attempts().values() for each in several]
    found = await raid(Door(), iter(everything), dress)  # type: ignore[arg-type]
    assert found.hit == {"pay", "look", "live"}
    assert found.read == set()
    weak = await raid(Weak(), iter(everything), dress)  # type: ignore[arg-type]
    assert weak.read == {"pay"}


def test_a_name_that_can_be_one_stands_where_the_example_stood_and_a_bad_one_stays() -> None:
    (pay,) = [each for each in read_operations(DOCUMENT) if each.name == "pay"]
    assert pay.renamed(f"{pay.filled()}?a=1", who="ann", pay="x") == "/v1/pay/ann?a=1"
    assert pay.renamed(pay.filled(who="%00"), who="ann") == "/v1/pay/%00"
    assert pay.renamed("/v1/pay", who="ann") == "/v1/pay"
