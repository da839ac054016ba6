"""Requests that schemathesis makes up from a document, for every operation of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

PATIENCE_S = 60
"""A machine that does much else at the same time is slow, and not wrong."""
CHECKS = [
    checks.not_a_server_error,
    checks.response_schema_conformance,
    checks.content_type_conformance,
    checks.status_code_conformance,
]

Keys = Callable[[str | None], tuple[str, Mapping[str, str]]]
"""For the name of a credential: what to send, and which of the path's parameters it opens."""


def play_document(document: Mapping[str, Any], address: str, keys: Keys, examples: int) -> int:
    """Send `examples` valid requests for each operation and check every answer; their number.

    Raises: schemathesis' own failures, which name the request and what was wrong.
    """
    done = 0
    schema = schemathesis.openapi.from_dict(dict(document))

    def check(case: Any) -> None:
        nonlocal done
        named = case.operation.definition.raw.get("security", document.get("security"))
        credential = next((name for way in named or () for name in way), None)
        token, opened = keys(credential)
        for name in opened.keys() & (case.path_parameters or {}).keys():
            case.path_parameters[name] = opened[name]
        headers = {} if credential is None else {"Authorization": f"Bearer {token}"}
        response = case.call(base_url=address, headers=headers, timeout=PATIENCE_S)
        case.validate_response(response, checks=CHECKS)
        done += 1

    limits: Any = settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    found: Any = schema.get_all_operations()
    for result in found:
        play: Any = given(result.ok().as_strategy())
        limits(play(check))()
    return done
