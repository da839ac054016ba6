"""The part of the documents that is about who is who."""

from __future__ import annotations

from enscene.api.documents.parts import (
    FLAG,
    MAYBE,
    MAYBE_TIME,
    TEXT,
    TIME,
    Schema,
    asks,
    json_body,
    object_of,
    path_parameter,
    ref,
    responses,
    writes,
)
from enscene.api.identity import APPROVE, CUSTOMERS_MOST, KEYS_MOST, READ, WRITE
from enscene.customers.identity import KINDS

PREFIX = "identity."
_REF: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_KIND: Schema = {"enum": list(KINDS)}
_NOTE: Schema = {"type": "string", "minLength": 5, "maxLength": 500}
_CUSTOMER = path_parameter("ref", _REF, "客户编号 · the customer")
_EXAMPLE = {"customers": [{"customer": "diner-1", "keys": [
    {"kind": "bank_number", "number": "C0012345"}, {"kind": "phone", "number": "139 0000 1234"},
]}]}  # fmt: skip


def identity_schemas() -> dict[str, Schema]:
    """What is told."""
    tie = ref("schemas", f"{PREFIX}tie")
    ties: Schema = {"type": "array", "items": tie}
    key = object_of({"kind": _KIND, "tail": TEXT})
    party = object_of({"ref": TEXT, "keys": {"type": "array", "items": key}})
    return {
        f"{PREFIX}tie": object_of({
            "id": {"type": "string", "format": "uuid"},
            "customers": {"type": "array", "minItems": 2, "maxItems": 2, "items": TEXT},
            "why": {"enum": [*KINDS, "person"]},
            "state": {"enum": ["tied", "asked", "refused", "undone"]}, "note": TEXT,
            "made_by": TEXT, "made_at": TIME, "decided_by": MAYBE, "decided_at": MAYBE_TIME,
        }),
        f"{PREFIX}shown": object_of({"tied": ties, "asked": ties}),
        f"{PREFIX}parted": object_of({"undone": ties}),
        f"{PREFIX}customer": object_of({
            "customer": TEXT, "parties": {"type": "array", "items": party}, "ties": ties,
        }),
    }  # fmt: skip


def identity_paths() -> dict[str, Schema]:
    """The paths."""
    tie = ref("schemas", f"{PREFIX}tie")
    shown: Schema = {"type": "object", "additionalProperties": False}
    keys = {
        "type": "array", "minItems": 1, "maxItems": KEYS_MOST, "items": shown | object_of(
            {"kind": _KIND, "number": {"type": "string", "maxLength": 40}}
        ),
    }  # fmt: skip
    holders = {
        "type": "array", "minItems": 1, "maxItems": CUSTOMERS_MOST,
        "items": shown | object_of({"customer": _REF, "keys": keys}),
    }  # fmt: skip
    tie_path = path_parameter("tie", {"type": "string", "format": "uuid"}, "关联 · the tie")
    asked = writes(
        "ask_tie", "提出两位客户为同一人，由另一人决定 · say that two are one, for somebody else to decide",
        WRITE, shown | object_of({"customer": _REF, "other": _REF, "note": _NOTE}), tie, 409, 422,
    )  # fmt: skip
    decided = writes(
        "decide_tie", "决定是否同一客户 · decide whether they are one", APPROVE,
        shown | object_of({"approve": FLAG}), tie, 404, 409,
    )  # fmt: skip
    parted = writes(
        "part_customer", "拆分：各自的记录恢复原状 · part them again, each with its own history", WRITE,
        shown | object_of({"note": _NOTE}), ref("schemas", f"{PREFIX}parted"), 404, 409, 422,
    )  # fmt: skip
    found = asks(
        "get_customer_identity", "客户由哪些参与方组成、持有哪些号码（仅末四位）· which parties are one customer, "
        "and the last digits of what they hold", f"{READ} | {WRITE} | {APPROVE}",
        ref("schemas", f"{PREFIX}customer"), 404,
    )  # fmt: skip
    return {
        "/v1/identity/keys": {"post": {
            "operationId": "show_keys", "x-scope": WRITE, "x-level": "A2",
            "summary": "提交客户出示的号码，相同者自动归为同一客户；同样内容重送无影响 · keys that customers were "
                       "shown to hold: who holds the same is one; the same again changes nothing",
            "requestBody": json_body(
                shown | object_of({"customers": holders}), _EXAMPLE
            ),
            "responses": responses(ref("schemas", f"{PREFIX}shown"), 413, 415, 422),
        }},
        "/v1/identity/customers/{ref}": {
            "parameters": [_CUSTOMER], "get": found | {"x-level": "A2"},
        },
        "/v1/identity/customers/{ref}/part": {
            "parameters": [_CUSTOMER], "post": parted | {"x-level": "A2"},
        },
        "/v1/identity/ties": {"post": asked | {"x-level": "A2"}},
        "/v1/identity/ties/{tie}/decide": {
            "parameters": [tie_path], "post": decided | {"x-level": "A2"},
        },
    }  # fmt: skip
