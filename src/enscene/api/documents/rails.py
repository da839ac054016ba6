"""The part of the documents that is about the simulated rails of sandboxes."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import (
    MAYBE,
    TEXT,
    TIME,
    Schema,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.partners.rails import ACCOUNTS, KINDS, SAID, SCOPE, STATES

_AMOUNT: Schema = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$",
                   "maxLength": 24}  # fmt: skip
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
_STATE: Schema = {"enum": list(STATES)}
_SAID: Schema = {"enum": list(SAID)}
_CODES = ("rails.no_funds", "rails.not_refundable")


def rail_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    step = object_of({"at": TIME, "said": _SAID, "state": _STATE, "reason": MAYBE, "moved": TEXT})
    return {
        "rails.payment": object_of({
            "id": TEXT, "kind": {"enum": list(KINDS)}, "of": MAYBE, "amount": TEXT,
            "currency": TEXT, "counter_account": TEXT, "reference": TEXT, "state": _STATE,
            "reason": MAYBE, "refunded": TEXT, "at": TIME, "changed_at": TIME,
            "steps": {"type": "array", "items": step},
        }),
        "rails.test_account": object_of({
            "name": TEXT, "number": TEXT, "does": object_of({"zh": TEXT, "en": TEXT}),
            "answers": {"type": "array", "items": object_of({
                "said": _SAID, "days": {"type": "integer", "minimum": 0}, "reason": MAYBE,
            })},
        }),
        "rails.account": object_of({"currency": TEXT, "balance": TEXT, "clearing": TEXT}),
    }  # fmt: skip


def rail_paths() -> dict[str, Schema]:
    """The paths."""
    payment = ref("schemas", "rails.payment")
    one = path_parameter("payment", TEXT, "付款编号 · the payment")
    day = path_parameter(
        "day", {"type": "string", "format": "date"}, "已结束的一日 · a day that is over"
    )
    statement = responses(None, 404, 409)
    statement["200"] = {
        "description": "CSV：OPBD 期初，BOOK 逐笔，CLBD 期末 · opening, entries, closing",
        "headers": {"Content-Disposition": {"schema": TEXT}},
        "content": {"text/csv": {"schema": TEXT}},
    }
    return {
        "/v1/rails/payments": {
            "get": _operation("list_rail_payments", "仅沙箱：模拟清算的付款，新的在前 · sandbox only: "
                              "payments, newest first",
                              responses(page_of(payment), 404), parameters("Limit", "Cursor")),
            "post": {
                **_operation("make_rail_payment", "仅沙箱：代付、代收或退款，由测试账号决定结果 · sandbox "
                             "only: pay out, collect or refund; the test account says what becomes "
                             "of it",
                             responses(payment, 404, 409, 413, 415, 422, codes=_CODES),
                             parameters("IdempotencyKey")),
                "requestBody": json_body(_order(), {
                    "kind": "pay_out", "amount": "12.00", "currency": "CNY",
                    "reference": "order-1", "counter_account": ACCOUNTS[0].number,
                }),
            },
        },
        "/v1/rails/payments/{payment}": {
            "parameters": [one],
            "get": _operation("get_rail_payment", "仅沙箱：一笔付款和它的经过 · sandbox only: a payment "
                              "and its steps", responses(payment, 404)),
        },
        "/v1/rails/accounts": {"get": _operation(
            "list_rail_accounts", "仅沙箱：自己的账户，每币种一个 · sandbox only: one's own accounts",
            responses(page_of(ref("schemas", "rails.account"))),
        )},
        "/v1/rails/test-accounts": {"get": _operation(
            "list_rail_test_accounts", "仅沙箱：测试账号，各有何结果 · sandbox only: the test accounts, "
            "and what each does",
            responses(page_of(ref("schemas", "rails.test_account"))),
        )},
        "/v1/rails/statements/{day}": {
            "parameters": [day],
            "get": _operation(
                "get_rail_statement", "仅沙箱：一日的对账文件 · sandbox only: the file of a day",
                statement,
                [{"name": "currency", "in": "query", "required": True, "schema": _CURRENCY}],
            ),
        },
    }  # fmt: skip


def _operation(name: str, summary: str, told: Schema, given: list[Schema] | None = None) -> Schema:
    found: Schema = {
        "operationId": name, "summary": summary, "x-scope": SCOPE, "x-sandbox-only": True,
        "responses": told,
    }  # fmt: skip
    return {**found, "parameters": given} if given else found


def _order() -> Schema:
    return object_of(
        {
            "kind": {"enum": list(KINDS)}, "amount": _AMOUNT, "currency": _CURRENCY,
            "reference": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
            "counter_account": {"type": ["string", "null"], "maxLength": 40,
                                "description": "测试账号；退款不填 · a test account; not of a refund"},
            "of": {"type": ["string", "null"], "maxLength": 64,
                   "description": "仅退款：所退的代收 · refunds: what was collected"},
        },
        "counter_account", "of", closed=True,
    )  # fmt: skip
