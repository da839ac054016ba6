"""The dated changes of answers, newest first, and how an answer looked before each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from enscene.api.http import Response
from enscene.partners.apis import VERSIONS

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Change:
    """`version` is the first with the new shape; `before` turns an answer of that shape into the
    one that callers of an older version know."""

    version: str
    api: str
    before: Callable[[dict[str, Any]], dict[str, Any]]
    zh: str
    en: str


def _limit_alone(answer: dict[str, Any]) -> dict[str, Any]:
    for use in answer["data"]:
        use["limit"] = use["limit"]["id"]
    return answer


CHANGES: tuple[Change, ...] = (
    Change(
        "2026-11-23",
        "platform.list_forbidden_uses",
        _limit_alone,
        "limit 由编号改为对象，附上所依据的法律",
        "limit is no longer the number alone but an object that names the law too",
    ),
)


def _by_api() -> Mapping[str, Mapping[str, tuple[Change, ...]]]:
    """For callers of a version: the changes to undo, by interface."""
    found: dict[str, dict[str, list[Change]]] = {version: {} for version in VERSIONS}
    for change in sorted(CHANGES, key=lambda each: each.version, reverse=True):
        for version in VERSIONS:
            if version < change.version:
                found[version].setdefault(change.api, []).append(change)
    return {
        version: {api: tuple(changes) for api, changes in apis.items()}
        for version, apis in found.items()
    }


UNDONE = _by_api()


def as_of(response: Response, version: str, api: str) -> None:
    """Give a good answer the shape that it had in a version."""
    changes = UNDONE[version].get(api)
    if changes is None or response.status >= 300:
        return
    answer = json.loads(response.body)
    for change in changes:
        answer = change.before(answer)
    response.body = _encode(answer)
