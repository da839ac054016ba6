"""The part of the documents that is about the shelf: products, quotes, prices, choices, reports."""

from __future__ import annotations

from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    TEXT,
    TEXTS,
    Schema,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.operations.gap_report import STATUSES
from enscene.shelf.choose_products import STANCES
from enscene.shelf.pricing.set_price import STATES
from enscene.shelf.product import ARTICLES, CHANNELS, EMBEDS, KINDS

READ, EDIT, APPROVE = "shelf:read", "shelf:edit", "shelf:approve"
ANY = f"{READ} | {EDIT} | {APPROVE}"
_PRICES: Schema = {
    "type": "object",
    "additionalProperties": TEXT,
    "description": '比例如 "4.35%"，金额如 "9.90" · a portion or a sum',
    "example": {"rate": "7.2%", "fee": "0%"},
}
_REF: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}


def _object(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


def _order(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_BOTH = _object({"zh": TEXT, "en": TEXT})
_WORD = _object({"name": TEXT, "zh": TEXT, "en": TEXT})
_WHY = _object({"code": TEXT, "zh": TEXT, "en": TEXT})
_CARD: dict[str, Schema] = {
    "product": TEXT, "base": MAYBE, "version": TEXT, "kind": {"enum": list(KINDS)},
    "line": _WORD, "name": _BOTH, "says": _BOTH,
    "serves": {"type": "array", "items": {"enum": ["G", "B", "C"]}}, "sectors": TEXTS,
    "articles": {"type": "array", "items": {"enum": list(ARTICLES)}},
    "channels": {"type": "array", "items": {"enum": list(CHANNELS)}},
    "embed": {"type": "array", "items": {"enum": list(EMBEDS)}},
    "pains": {"type": "array", "items": _WORD},
    "amount": {"anyOf": [{"type": "null"}, _object({"min": TEXT, "max": TEXT})]},
    "months": {"type": "array", "items": {"type": "integer"}}, "prices": _PRICES,
}  # fmt: skip
_DIFFERENCE = _object({"what": TEXT, "base": TEXT, "variant": TEXT})


def shelf_schemas() -> dict[str, Schema]:
    """The schemas that the paths below name."""
    limits = _object({"default": TEXT, "min": TEXT, "max": TEXT})
    product = _CARD | {
        "limits": {"type": "object", "additionalProperties": limits},
        "prices_today": _PRICES, "eligible": TEXTS, "data": TEXTS,
        "documents": {"type": "array", "items": _WORD}, "repay": MAYBE, "count": TEXT,
        "grace_days": COUNT, "risk_level": {"type": ["integer", "null"]},
        "annual_cost_most": TEXT, "variants": TEXTS,
        "differs": {"type": "array", "items": _DIFFERENCE},
    }  # fmt: skip
    pain = _object({**_WORD["properties"], "covered_by": TEXTS})
    return {
        "ProductCard": _object(_CARD),
        "Product": _object(product, ("differs",)),
        "Bundle": _object({
            "bundle": TEXT, "version": TEXT, "name": _BOTH, "says": _BOTH, "serves": TEXTS,
            "sectors": TEXTS, "products": TEXTS, "lines": {"type": "array", "items": _WORD},
            "pains": {"type": "array", "items": pain}, "left": TEXTS,
            "scenes": {"type": "array", "items": _object(
                {"scene": TEXT, "covered": TEXTS, "left": TEXTS})},
        }),
        "Gaps": _gaps(),
        "Article": _object({
            "article": {"enum": list(ARTICLES)}, "products": TEXTS, "scenes": TEXTS,
            "opened": COUNT, "running": COUNT, "amount": TEXT,
        }),
        "Price": _object({
            "id": TEXT, "product": TEXT, "name": TEXT, "scene": MAYBE, "segment": MAYBE,
            "value": MAYBE, "outside": {"type": "boolean"}, "since": TEXT, "until": MAYBE,
            "why": TEXT, "state": {"enum": list(STATES)}, "ends": MAYBE, "set_by": TEXT,
            "set_at": TEXT, "decided_by": MAYBE, "decided_at": MAYBE, "note": TEXT,
        }),
        "Choice": _object({
            "product": TEXT, "scene": MAYBE, "stance": {"enum": list(STANCES)},
            "place": {"type": ["integer", "null"]}, "reason": TEXT, "chosen_by": TEXT,
            "chosen_at": TEXT, "review_due": {"type": "boolean"},
        }, ("chosen_at", "review_due")),
    }  # fmt: skip


def _gaps() -> Schema:
    scene = _object({
        "scene": TEXT, "name": TEXT, "state": TEXT, "sector": TEXT, "serves": TEXTS,
    })  # fmt: skip
    pair = _object({
        "scene": TEXT, "product": TEXT, "status": {"enum": list(STATUSES)}, "reason": TEXT,
        "by": TEXTS, "could": TEXTS, "opened": COUNT,
    })  # fmt: skip
    return _object({
        "scenes": {"type": "array", "items": scene}, "products": TEXTS,
        "counts": _object(dict.fromkeys(STATUSES, COUNT)),
        "pairs": {"type": "array", "items": pair},
    })  # fmt: skip


def shelf_paths() -> dict[str, Schema]:
    """The paths below `/v1/shelf`."""
    product = path_parameter("product", TEXT, "产品 · the product")
    filters = [
        _query("kind", {"enum": list(KINDS)}), _query("line", TEXT), _query("sector", TEXT),
        _query("article", {"enum": list(ARTICLES)}), _query("serves", {"enum": ["G", "B", "C"]}),
    ]  # fmt: skip
    card, whole = ref("schemas", "ProductCard"), ref("schemas", "Product")
    return {
        "/v1/shelf": {
            "get": _reading("list_products", "货架上的产品 · the products", page_of(card), filters)
        },
        "/v1/shelf/bundles": {
            "get": _reading("list_bundles", "按客户需求的组合 · bundles, each for a need",
                            page_of(ref("schemas", "Bundle")))
        },
        "/v1/shelf/gaps": {
            "get": _reading("get_gaps", "应上未上：场景与产品 · scenes against products",
                            ref("schemas", "Gaps"))
        },
        "/v1/shelf/articles": {
            "get": _reading("get_articles", "五篇大文章 · the five big articles",
                            page_of(ref("schemas", "Article")))
        },
        **_prices(),
        "/v1/shelf/choices": {
            "get": _reading("list_choices", "本租户的货架选择 · the tenant's own shelf",
                            page_of(ref("schemas", "Choice"))),
            "post": _writing("choose_product", "上架、排序或不办 · show, order or decline", EDIT,
                             ref("schemas", "Choice"), _CHOICE,
                             {"product": "coupon", "stance": "declined", "reason": "暂无商户"}),
        },
        "/v1/shelf/{product}": {
            "parameters": [product],
            "get": _reading("get_product", "一个产品，含今日价格与变体对照 · one product", whole,
                            [_query("segment", TEXT)], 404),
        },
    }  # fmt: skip


_CHOICE = _order(
    {
        "product": {**TEXT, "maxLength": 64}, "stance": {"enum": list(STANCES)},
        "scene": {"type": ["string", "null"], "maxLength": 64},
        "place": {"type": ["integer", "null"], "minimum": 1, "maximum": 999},
        "reason": {**TEXT, "maxLength": 200},
    },
    ("product", "stance"),
)  # fmt: skip
_DATE: Schema = {"type": ["string", "null"], "format": "date"}


def _prices() -> dict[str, Schema]:
    price, one = ref("schemas", "Price"), path_parameter(
        "price", {"type": "string", "format": "uuid"}, "价格 · the price"
    )  # fmt: skip
    maybe: Schema = {"type": ["string", "null"], "maxLength": 64}
    new = _order(
        {
            "product": {**TEXT, "maxLength": 64}, "name": {**TEXT, "maxLength": 64},
            "value": {**TEXT, "minLength": 1, "maxLength": 24},
            "why": {**TEXT, "maxLength": 200}, "scene": maybe, "segment": maybe,
            "since": _DATE, "until": _DATE,
        },
        ("product", "name", "value", "why"),
    )  # fmt: skip
    example = {"product": "instalment", "name": "rate", "value": "4.8%", "segment": "family",
               "why": "开学季"}  # fmt: skip
    note = _order({"note": {**TEXT, "maxLength": 200}})
    ending = _order({"why": {**TEXT, "maxLength": 200}, "since": _DATE}, ("why",))
    filters = [_query("product", TEXT), _query("state", {"enum": list(STATES)}),
               *parameters("Limit", "Cursor")]  # fmt: skip
    return {
        "/v1/shelf/prices": {
            "get": _reading("list_prices", "价格记录，新的在前 · prices, newest first",
                            page_of(price), filters),
            "post": _writing("set_price", "定价；超出范围须第二人批准 · set a price; beyond the "
                             "limits a second person approves", EDIT, price, new, example),
        },
        "/v1/shelf/prices/{price}": {
            "parameters": [one],
            "get": _reading("get_price", "一条价格 · one price", price, None, 404),
        },
        "/v1/shelf/prices/{price}/approve": {
            "parameters": [one],
            "post": _writing("approve_price", "批准，须第二人 · approve, as somebody else",
                             APPROVE, price, note, optional=True),
        },
        "/v1/shelf/prices/{price}/refuse": {
            "parameters": [one],
            "post": _writing("refuse_price", "不予批准 · refuse", APPROVE, price, note,
                             optional=True),
        },
        "/v1/shelf/prices/{price}/end": {
            "parameters": [one],
            "post": _writing("end_price", "终止，恢复此前价格；待批的则撤回 · take it back", EDIT,
                             price, ending),
        },
    }  # fmt: skip


def quote_path(scene: str) -> Schema:
    """`/v1/{scene}/quotes` in a scene's document."""
    loan = _object({
        "first": TEXT, "last": TEXT, "interest": TEXT, "fee": TEXT, "annual_cost": TEXT,
        "annual_cost_simple": TEXT,
    })  # fmt: skip
    eligible = _object(
        {
            "product": TEXT, "version": TEXT, "kind": TEXT, "name": _BOTH, "says": _BOTH,
            "why": _WHY, "prices": _PRICES, "amount": MAYBE,
            "months": {"type": ["integer", "null"]}, "example": {"type": "boolean"},
            "figures": {"type": "object", "additionalProperties": TEXT},
            "documents": {"type": "array", "items": _WORD}, "channels": TEXTS, "embed": TEXTS,
            "data": TEXTS, "loan": loan,
        },
        ("loan",),
    )  # fmt: skip
    refused = _object({"product": TEXT, "name": _BOTH, "why": _WHY, "data": TEXTS})
    answer = _object({
        "scene": TEXT, "customer": TEXT, "day": {**TEXT, "format": "date"},
        "wish": {"type": "object"}, "best": MAYBE,
        "eligible": {"type": "array", "items": eligible},
        "refused": {"type": "array", "items": refused},
    })  # fmt: skip
    ask = _order(
        {
            "customer": {"type": ["string", "null"], "maxLength": 64},
            "amount": {
                "type": ["string", "null"], "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$",
            },
            "months": {"type": ["integer", "null"], "minimum": 1, "maximum": 480},
            "need": {"type": ["string", "null"], "maxLength": 64},
        }
    )  # fmt: skip
    return {
        "post": {
            "operationId": "quote_products",
            "tags": ["shelf"],
            "summary": "报价：哪些产品适合、价格与原因 · which products fit, at what price, and why",
            "x-scope": f"scene:{scene}:quotes.read",
            "parameters": parameters("ActingParty", "ActingRole"),
            "requestBody": json_body(
                ask, {"amount": "3000.00", "months": 12, "need": "short_of_cash"}
            ),
            "responses": responses(answer, 404, 413, 415),
        }
    }


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def _reading(
    name: str, summary: str, answer: Schema, also: list[Schema] | None = None, *statuses: int
) -> Schema:
    told: Schema = {
        "operationId": name,
        "summary": summary,
        "x-scope": ANY,
        "responses": responses(answer, *statuses),
    }
    return told | ({"parameters": also} if also else {})


def _writing(
    name: str,
    summary: str,
    scope: str,
    answer: Schema,
    body: Schema,
    example: object = None,
    *,
    optional: bool = False,
) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "x-scope": scope,
        "parameters": parameters("IdempotencyKey"),
        "requestBody": json_body(body, example) | {"required": not optional},
        "responses": responses(answer, 404, 409, 413, 415, 422),
    }
