"""Parts of the documents about partners: objects, and operations with an access key."""

from __future__ import annotations

from enscene.api.documents.parts import Schema, json_body, responses


def object_of(properties: dict[str, Schema], *optional: str, closed: bool = False) -> Schema:
    """An object with these properties; `closed` takes no others."""
    told: Schema = {
        "type": "object", "properties": properties,
        "required": [name for name in properties if name not in optional],
    }  # fmt: skip
    return {**told, "additionalProperties": False} if closed else told


EMPTY = object_of({}, closed=True)


def operation(
    name: str, summary: str, told: Schema, *statuses: int, body: Schema | None = None
) -> Schema:
    """An operation of a partner with its access key; `told` is what is answered."""
    with_body = () if body is None else (413, 415)
    found: Schema = {
        "operationId": name, "summary": summary, "security": [{"access_key": []}],
        "responses": responses(told, 404, *statuses, *with_body),
    }  # fmt: skip
    if body is not None:
        found["requestBody"] = {**json_body(body), "required": body is not EMPTY}
    return found
