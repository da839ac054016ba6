"""The part of the platform's document that is about contracts and customers' own accounts."""

from __future__ import annotations

from enscene.api.contracts.factors import METHODS
from enscene.api.contracts.orders import BANKS, CUSTOMERS
from enscene.api.contracts.serve import MANAGE, READ, WRITE
from enscene.api.documents.parts import (
    TEXT,
    Schema,
    json_body,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.api.documents.signed import DOCUMENT, LANGUAGE, document_schema

_MONEY: Schema = {"type": "string", "example": "1200.00"}
_AMR = (
    "渠道核实客户的方式（RFC 8176），须付款的产品要两类要素 · how the channel made sure of the customer; "
    "what binds to pay wants two kinds of factor"
)
_CODE: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
_CONTRACT = path_parameter("contract", {"type": "string", "format": "uuid"}, "合约 · the contract")
_CUSTOMER = path_parameter("customer", TEXT, "客户 · the customer's ref")

SUMMARIES = {
    "repay": "还款，先还到期部分 · pay back, what is due first",
    "draw": "在额度内用款 · draw on a line",
    "take_out": "支取存款 · take money out",
    "pay_in": "存入 · put money in",
    "claim": "报案 · claim for an event, once",
    "use": "使用一次 · use it",
    "subscribe": "申购 · subscribe",
    "redeem": "赎回 · redeem",
    "close": "一键关闭 · close it with one key",
    "restructure": "重组 · begin anew over other months",
    "write_off": "核销 · write off",
    "recover": "核销后收回 · recover after a write-off",
    "grant": "发放权益 · grant",
    "value": "更新净值 · a new net value",
    "pay_claim": "赔付 · pay a claim",
    "decline_claim": "拒赔 · decline a claim",
    "give_back": "退货冲减 · lower the loan by what went back",
}
TAKES: dict[str, tuple[str, ...]] = {
    "repay": ("amount", "about", "keep"), "draw": ("amount", "about", "months"),
    "take_out": ("amount",), "pay_in": ("amount",), "claim": ("event", "amount"),
    "use": ("amount", "about"), "subscribe": ("amount",), "redeem": ("amount",), "close": (),
    "restructure": ("months", "rate", "about"), "write_off": (), "recover": ("amount",),
    "grant": ("amount",), "value": ("net_value", "on"), "pay_claim": ("event",),
    "decline_claim": ("event",), "give_back": ("amount", "about"),
}  # fmt: skip
_FIELDS: dict[str, Schema] = {
    "amount": _MONEY,
    "about": {**TEXT, "minLength": 1, "maxLength": 128},
    "event": {**TEXT, "minLength": 1, "maxLength": 128},
    "months": {"type": "integer", "minimum": 1, "maximum": 480},
    "rate": {**TEXT, "example": "4.35%"},
    "keep": {"enum": ["instalment", "months"]},
    "net_value": {**TEXT, "example": "1.0234"},
    "on": {**TEXT, "format": "date"},
}


def contract_schemas() -> dict[str, Schema]:
    """What the answers are made of."""
    closing: Schema = {
        "type": "object",
        "properties": {
            "pays": _MONEY, "gets": _MONEY,
            "loses": {"type": "array", "items": {"type": "object", "properties": {
                "what": TEXT, "amount": _MONEY}, "required": ["what", "amount"]}},
            "blocked": {"type": ["string", "null"]},
        },
        "required": ["pays", "gets", "loses", "blocked"],
    }  # fmt: skip
    nullable: Schema = {"type": ["string", "null"]}
    card: Schema = {
        "type": "object",
        "properties": {
            "id": TEXT, "product": TEXT, "kind": TEXT, "names": {"type": "object"},
            "state": {"enum": ["open", "closed"]}, "scene": nullable, "customer": nullable,
            "amount": nullable, "currency": TEXT, "about": TEXT, "opened_at": TEXT,
            "ended_at": nullable, "stands": {"type": "object"},
            "documents": {"type": "array", "items": TEXT},
        },
        "required": ["id", "product", "kind", "state", "scene", "amount", "currency", "stands"],
    }  # fmt: skip
    step: Schema = {
        "type": "object",
        "properties": {"day": TEXT, "what": TEXT, "principal": _MONEY, "interest": _MONEY,
                       "penalty": _MONEY, "fee": _MONEY, "about": TEXT},
        "required": ["day", "what"],
    }  # fmt: skip
    return {
        "Contract": card,
        "ContractInFull": {
            **card,
            "properties": {
                **card["properties"], "terms": {"type": "object"}, "facts": {"type": "object"},
                "plan": {"type": "array", "items": {"type": "object"}},
                "history": {"type": "array", "items": step},
                "closing": {"anyOf": [ref("schemas", "ContractClosing"), {"type": "null"}]},
            },
        },
        "ContractClosing": closing,
        "SignedDocument": document_schema(
            signed={**nullable, "description": "签署时的版本 · the version that was signed"},
            changed={"type": ["boolean", "null"],
                     "description": "签署后正文是否改过 · whether the text is another one since"},
        ),
        "ContractDone": {
            "type": "object",
            "properties": {"seq": {"type": "integer"}, "at": TEXT, "contract": TEXT,
                           "product": TEXT, "state": TEXT,
                           "steps": {"type": "array", "items": step}},
            "required": ["seq", "at", "contract", "state", "steps"],
        },
        "ExchangeQuote": {
            "type": "object",
            "properties": {"quote": TEXT, "sell": _CODE, "buy": _CODE, "rate": TEXT,
                           "amount": _MONEY, "bought": _MONEY, "until": TEXT},
            "required": ["quote", "sell", "buy", "rate", "amount", "bought", "until"],
        },
        "OwnAccount": {
            "type": "object",
            "properties": {"customer": TEXT, "currency": TEXT, "available": _MONEY},
            "required": ["customer", "currency", "available"],
        },
    }  # fmt: skip


def contract_paths() -> dict[str, Schema]:
    """The paths."""
    return {**_customer_paths(), **_money_paths(), **_each_contract_paths()}


def _customer_paths() -> dict[str, Schema]:
    """What a customer holds, and who may see it."""
    many: Schema = {
        "type": "object",
        "properties": {
            "customer": TEXT,
            "data": {"type": "array", "items": ref("schemas", "Contract")},
        },
        "required": ["customer", "data"],
    }
    of: Schema = {"name": "of", "in": "query", "schema": {"enum": ["household"]}}
    state: Schema = {"name": "state", "in": "query", "schema": {"enum": ["open", "closed"]}}
    done = ref("schemas", "ContractDone")
    return {
        "/v1/customers/{customer}/contracts": {
            "parameters": [_CUSTOMER],
            "get": _reading("list_contracts", "我的场景：全部产品 · everything a customer holds",
                            many, [state, of]),
            "post": _asking("open_contract", "开通非信贷产品 · open a product that is not lent", done,
                            {"product": TEXT, "amount": _MONEY, "months": _FIELDS["months"],
                             "at_maturity": {"enum": ["pay_out", "roll_principal", "roll_all"]},
                             "quote": TEXT, "about": {**TEXT, "maxLength": 128},
                             "amr": {"type": "array", "items": {"enum": sorted(METHODS)},
                                     "description": _AMR}}, ["product"])
            | {"parameters": parameters("IdempotencyKey")},
        },
        "/v1/customers/{customer}/household/{viewer}": {
            "parameters": [
                _CUSTOMER, path_parameter("viewer", TEXT, "可查看的家人 · who may see it"),
            ],
            "put": _asking(
                "share_with_household", "允许家人查看我的产品 · let the household see what one holds",
                {"type": "object"}, {"granted": {"type": "boolean"}}, ["granted"],
            ) | {"parameters": parameters("IdempotencyKey")},
        },
        "/v1/customers/{customer}/suitability": {
            "parameters": [_CUSTOMER],
            "get": _reading(
                "get_suitability_questions", "风险测评问卷 · the questions of the suitability check",
                {"type": "object"},
            ),
            "put": _asking(
                "assess_suitability", "风险测评，一年有效 · what the customer can bear, for a year",
                {"type": "object"},
                {
                    "answers": {
                        "type": "object",
                        "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 5},
                    }
                },
                ["answers"],
            )
            | {"parameters": parameters("IdempotencyKey")},
        },
        "/v1/customers/{customer}/journey": {
            "parameters": [_CUSTOMER],
            "get": _reading("get_journey", "客户跨场景的旅程 · a customer's way over all scenes",
                            {"type": "object"}),
        },
    }  # fmt: skip


def _money_paths() -> dict[str, Schema]:
    """Customers' own accounts, other currencies, what was sold across scenes."""
    currency: Schema = {"name": "currency", "in": "query", "schema": _CODE}
    return {
        "/v1/cross_sales": {
            "get": _reading("list_cross_sales", "跨场景销售与归因 · sold here for what is held there",
                            {"type": "object"}),
        },
        "/v1/customers/{customer}/exchange_quotes": {
            "parameters": [_CUSTOMER],
            "post": _asking("quote_exchange", "外币报价，一分钟内有效 · what one gets, for a minute",
                            ref("schemas", "ExchangeQuote"),
                            {"amount": _MONEY, "buy": _CODE, "sell": _CODE, "product": TEXT},
                            ["amount", "buy"]),
        },
        "/v1/exchange_rates/{sell}/{buy}": {
            "parameters": [path_parameter("sell", _CODE, "卖出币种 · what the customer gives"),
                           path_parameter("buy", _CODE, "买入币种 · what the customer gets")],
            "put": _asking("set_exchange_rate", "设定汇率 · what the bank sells at", {"type": "object"},
                           {"rate": {**TEXT, "example": "7.1036"}}, ["rate"], MANAGE)
            | {"parameters": parameters("IdempotencyKey")},
        },
        "/v1/customers/{customer}/account": {
            "parameters": [_CUSTOMER],
            "get": _reading("get_own_account", "客户自己的账户 · the customer's own account",
                            ref("schemas", "OwnAccount"), [currency]),
        },
        "/v1/sandbox/customers/{customer}/account": {
            "parameters": [_CUSTOMER],
            "post": _writing("pay_in_own_account", "沙箱入账 · put money there (sandbox)", MANAGE,
                             {"type": "object"}, ("amount", "currency"), ("amount",)),
        },
    }  # fmt: skip


def _each_contract_paths() -> dict[str, Schema]:
    """One contract, and what may be done to it."""
    done = ref("schemas", "ContractDone")
    return {
        "/v1/contracts/{contract}": {
            "parameters": [_CONTRACT],
            "get": _reading("get_contract", "合约详情 · a contract in full",
                            ref("schemas", "ContractInFull")),
        },
        "/v1/contracts/{contract}/closing": {
            "parameters": [_CONTRACT],
            "get": _reading("get_closing", "关闭的后果 · what closing it would mean",
                            ref("schemas", "ContractClosing")),
        },
        "/v1/contracts/{contract}/documents/{document}": {
            "parameters": [_CONTRACT, DOCUMENT],
            "get": _reading(
                "get_contract_document",
                "已签署文件的全文，并说明正文之后是否改过 · what was signed, and if its text changed",
                ref("schemas", "SignedDocument"), [LANGUAGE],
            ),
        },
        **{
            f"/v1/contracts/{{contract}}/{verb}": {
                "parameters": [_CONTRACT],
                "post": _writing(f"{verb}_contract", SUMMARIES[verb],
                                 WRITE if verb in CUSTOMERS else MANAGE, done, TAKES[verb]),
            }
            for verb in sorted(CUSTOMERS | BANKS)
        },
    }  # fmt: skip


def _asking(
    name: str,
    summary: str,
    answer: Schema,
    fields: dict[str, Schema],
    required: list[str],
    scope: str = WRITE,
) -> Schema:
    body: Schema = {"type": "object", "properties": fields, "required": required,
                    "additionalProperties": False}  # fmt: skip
    return {
        "operationId": name, "summary": summary, "x-scope": scope, "requestBody": json_body(body),
        "responses": responses(answer, 404, 409, 413, 415, 422),
    }  # fmt: skip


def _reading(name: str, summary: str, answer: Schema, also: list[Schema] | None = None) -> Schema:
    told: Schema = {
        "operationId": name, "summary": summary, "x-scope": READ,
        "responses": responses(answer, 404),
    }  # fmt: skip
    return told | ({"parameters": also} if also else {})


def _writing(
    name: str,
    summary: str,
    scope: str,
    answer: Schema,
    takes: tuple[str, ...],
    required: tuple[str, ...] = (),
) -> Schema:
    fields = {**_FIELDS, "currency": {**TEXT, "pattern": "^[A-Z]{3}$"}}
    body: Schema = {
        "type": "object",
        "properties": {field: fields[field] for field in takes},
        "additionalProperties": False,
    }
    if required:
        body["required"] = list(required)
    return {
        "operationId": name, "summary": summary, "x-scope": scope,
        "parameters": parameters("IdempotencyKey"),
        "requestBody": json_body(body),
        "responses": responses(answer, 404, 409, 413, 415, 422),
    }  # fmt: skip
