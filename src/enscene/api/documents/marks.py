"""The marks that every operation of a document has: its id, its level, what it is to the states of service,
and its dated shape."""

from __future__ import annotations

from typing import Any

from enscene.api.auth.caller import FUNDS
from enscene.api.service_class import service_class
from enscene.partners.apis import VERSIONS

METHODS = frozenset({"get", "post", "put", "patch", "delete"})
CHANGED = {"platform.list_forbidden_uses": "2026-11-23"}
"""Interfaces whose shape has changed since the first version, and when it did last."""


def platform_id(operation: str) -> str:
    """The id of an operation of the platform's document."""
    return f"platform.{operation}"


def shape_of(api: str) -> str:
    """The date of the present shape of an interface."""
    return CHANGED.get(api, VERSIONS[0])


def marked(paths: dict[str, Any], pack: str = "platform") -> dict[str, Any]:
    """The same paths with `x-api-id`, `x-level`, `x-service-class` and `x-version` at each
    operation."""
    for path, item in paths.items():
        for method in METHODS & item.keys():
            operation = item[method]
            own = f"{pack}.{operation['operationId']}"
            operation.setdefault("x-api-id", own)
            operation.setdefault("x-level", _level(operation))
            operation["x-service-class"] = service_class(method.upper(), path.split("/")[1:])
            operation["x-version"] = shape_of(operation["x-api-id"])
    return paths


def _level(operation: dict[str, Any]) -> str:
    scope = operation.get("x-scope", "")
    funds = scope.startswith(FUNDS) or scope.endswith((":accounts.read", ":events.read"))
    return "A2" if funds else "A1"
