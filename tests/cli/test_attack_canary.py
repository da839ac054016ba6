"""The canary is found wherever it got out: a logger that leaks, an answer that repeats."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from urllib.parse import quote

from enscene.cli._attack_canary import leaks, new_canary, repeats, sown
from enscene.simulator.attack import read_operations

DOCUMENT = {
    "paths": {
        "/v1/parties/{party}": {
            "put": {
                "operationId": "put_party",
                "parameters": [
                    {"name": "party", "in": "path", "schema": {"type": "string"}},
                    {"name": "note", "in": "query", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "required": ["name"],
                    "properties": {"name": {"type": "string"}},
                }}}},
            }
        }
    }
}  # fmt: skip


def test_a_logger_that_leaks_is_caught_and_one_that_does_not_is_not(tmp_path: Path) -> None:
    canary = new_canary()
    logger = logging.Logger("leaking")
    handler = logging.FileHandler(tmp_path / "server.log")
    logger.addHandler(handler)
    [operation] = read_operations(DOCUMENT)
    attempts = list(sown(operation, canary))
    for attempt in attempts:
        logger.info("%s %d bytes", attempt.operation, len(attempt.body))
    assert leaks(tmp_path, canary) == []
    for attempt in attempts:
        logger.info("%s %s %r", attempt.method, attempt.path, attempt.body.decode())
    handler.close()
    assert {each.partition(": ")[2] for each in leaks(tmp_path, canary)} == {
        canary.ref, *canary.secrets,
    }  # fmt: skip


def test_every_place_of_an_operation_carries_a_mark() -> None:
    canary = new_canary()
    [operation] = read_operations(DOCUMENT)
    attempts = list(sown(operation, canary))
    assert any(canary.ref in each.path for each in attempts)
    assert any("note=" in each.path for each in attempts)
    assert all(canary.ref in each.headers["acting-party"] for each in attempts)
    assert any(json.loads(each.body)["name"] == canary.said for each in attempts[:1])
    assert any(not each.body.endswith(b"}") for each in attempts), "one is no JSON"


def test_an_answer_repeats_what_was_sent_and_nothing_else_that_is_known() -> None:
    canary = new_canary()
    problem = json.dumps({"detail": f"there is no party {canary.ref}"}).encode()
    assert repeats(problem, canary, "/v1/parties/x") == []
    for secret in canary.secrets:
        for text in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
            assert repeats(text.encode(), canary, "/v1/parties/x") == [secret]
            assert repeats(text.encode(), canary, f"/v1/parties/{quote(secret)}") == []
            sent = json.dumps({"name": secret}).encode()
            assert repeats(text.encode(), canary, "/v1/parties/x", sent) == []
