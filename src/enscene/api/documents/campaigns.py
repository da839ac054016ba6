"""The part of the documents that is about campaigns, rules of contact and offers."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.api.campaigns.benefits import NewPoolOrder
from enscene.api.campaigns.orders import ChannelOrder, OfferAnswer, Trial, Verdict
from enscene.api.campaigns.serve import CAMPAIGNS, OFFERS
from enscene.api.documents.campaign_cycle import cycle_schema, one_cycle_schema, results_schema
from enscene.api.documents.campaign_effect import EXAMPLE, effect_schema
from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import (
    Schema,
    asks,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
    writes,
)
from enscene.engagement.campaigns import CampaignBody, ContactRules
from enscene.engagement.delivery import FAULTS
from enscene.engagement.delivery.channels import TO_PHONES

PREFIX = "campaigns."
_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_TIME: Schema = {"type": "string", "format": "date-time"}
_COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_KEPT: dict[str, Schema] = {
    "version": {"type": "integer", "minimum": 1},
    "state": {"enum": ["proposed", "approved", "rejected", "stopped"]},
    "made_by": _TEXT, "made_at": _TIME, "decided_by": _MAYBE, "decided_at": _MAYBE,
    "stopped_by": _MAYBE, "stopped_at": _MAYBE,
}  # fmt: skip
_READ = " | ".join(CAMPAIGNS)


def campaigns_schemas() -> dict[str, Schema]:
    """What paths refer to; bodies as they are read."""
    _, found = msgspec.json.schema_components(
        [CampaignBody, ContactRules, Trial, Verdict, OfferAnswer, ChannelOrder, NewPoolOrder],
        ref_template=f"#/components/schemas/{PREFIX}{{name}}",
    )
    own: dict[str, Schema] = {f"{PREFIX}{name}": _plain(each) for name, each in found.items()}
    own[f"{PREFIX}kept"] = object_of(_KEPT)
    own[f"{PREFIX}told"] = object_of(
        {"ref": _TEXT, **_KEPT, "campaign": ref("schemas", f"{PREFIX}CampaignBody")}
    )
    own[f"{PREFIX}rules_told"] = object_of(
        {**_KEPT, "rules": ref("schemas", f"{PREFIX}ContactRules")}
    )
    own[f"{PREFIX}preview"] = object_of({
        "days": _WHOLE, "events": _WHOLE, "whole": {"type": "boolean"}, "customers": _WHOLE,
        "errors": _WHOLE, "fired": _COUNTS, "said": _COUNTS, "not_said": _COUNTS,
    })  # fmt: skip
    own[f"{PREFIX}cycle"], own[f"{PREFIX}one_cycle"] = cycle_schema(), one_cycle_schema()
    own[f"{PREFIX}results"] = results_schema()
    own[f"{PREFIX}effect"] = {**effect_schema(), "example": EXAMPLE}
    own[f"{PREFIX}subsidies"] = object_of({
        "pools": {"type": "array", "items": object_of(
            {"currency": _TEXT, "filled": _TEXT, "left": _TEXT})},
        "lines": {"type": "array", "items": object_of(
            {"campaign": _TEXT, "line": _MAYBE, "currency": _TEXT, "left": _TEXT, "aside": _TEXT,
             "spent": _TEXT})},
        "sums": {"type": "boolean"},
    })  # fmt: skip
    own[f"{PREFIX}pool_order"] = object_of({
        "id": _TEXT, "currency": _TEXT, "amount": _TEXT, "reason": _TEXT,
        "state": {"enum": ["proposed", "approved", "rejected", "withdrawn"]},
        "proposed_by": _TEXT, "proposed_at": _TIME, "decided_by": _MAYBE, "decided_at": _MAYBE,
    })  # fmt: skip
    own[f"{PREFIX}offer"] = object_of({
        "id": _TEXT, "at": _TIME, "customer": _TEXT, "scene": _TEXT, "moment": _TEXT,
        "product": _MAYBE, "state": {"enum": ["offered", "seen", "taken", "dismissed", "none"]},
        "title": {"type": ["object", "null"]}, "reason": {}, "channel": _MAYBE,
        "propensity": {"type": ["number", "null"]}, "eligible": {"type": "array", "items": _TEXT},
        "suppressed": {"type": "object", "additionalProperties": _TEXT},
        "data": {"type": "array", "items": _TEXT}, "delivery": {"type": ["object", "null"]},
    })  # fmt: skip
    return own


def _plain(schema: Any) -> Schema:
    """Without what the language of the program says of it."""
    if isinstance(schema, dict):
        return {
            key: _plain(value) if isinstance(value, (dict, list)) else value
            for key, value in schema.items()
            if not (key == "description" and isinstance(value, str))
        }
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema  # type: ignore[return-value]


def campaigns_paths() -> dict[str, Schema]:
    """The paths."""
    kept, told = ref("schemas", f"{PREFIX}kept"), ref("schemas", f"{PREFIX}told")
    name = path_parameter("ref", _TEXT, "活动代号 · the campaign")
    version = path_parameter("version", {"type": "integer", "minimum": 1}, "版本 · the version")
    verdict = ref("schemas", f"{PREFIX}Verdict")
    return {
        "/v1/campaigns": {
            "get": asks("list_campaigns", "营销活动的全部版本 · all versions of all campaigns", _READ,
                         page_of(told)),
        },
        "/v1/campaigns/results": {
            "get": asks("list_campaign_results", "获客、留客、活客三类活动的结果，放在一处 · what campaigns "
                         "to acquire, to keep and to activate came to, in one place", _READ,
                         page_of(ref("schemas", f"{PREFIX}results"))),
        },
        "/v1/campaigns/preview": {
            "post": {
                **asks("preview_campaign", "用近期真实流量试算，不写入、不触达 · what it would have said "
                        "over the last days; nothing is written or sent", _READ,
                        ref("schemas", f"{PREFIX}preview"), 413, 415, 422),
                "requestBody": json_body(ref("schemas", f"{PREFIX}Trial")),
            },
        },
        "/v1/campaigns/{ref}/effect": {
            "parameters": [name],
            "get": asks("get_campaign_effect", "补贴结束后留下了什么：与对照客户相比 · what a subsidy "
                         "left behind, against customers held out", _READ,
                         ref("schemas", f"{PREFIX}effect"), 404),
        },
        "/v1/campaigns/{ref}/cycles": {
            "parameters": [name],
            "get": asks("list_campaign_cycles", "活动的各期闭环，最新的在前 · the cycles of a campaign, the "
                         "newest first", _READ, page_of(ref("schemas", f"{PREFIX}cycle")), 404),
        },
        "/v1/campaigns/{ref}/cycles/{number}": {
            "parameters": [
                name, path_parameter("number", {"type": "integer", "minimum": 1}, "期数 · the cycle"),
            ],
            "get": asks("get_campaign_cycle", "一期闭环：七步、与对照之差、策略比较 · one cycle: its steps, "
                         "the difference against control, and what became of the policy", _READ,
                         ref("schemas", f"{PREFIX}one_cycle"), 404, 422),
        },
        "/v1/campaigns/{ref}/versions": {
            "parameters": [name],
            "post": writes("propose_campaign", "提出新版本，由另一人决定 · a new version, for somebody "
                            "else to decide", CAMPAIGNS[1], ref("schemas", f"{PREFIX}CampaignBody"),
                            told, 409, 422),
        },
        "/v1/campaigns/{ref}/versions/{version}/decide": {
            "parameters": [name, version],
            "post": writes("decide_campaign", "批准或驳回 · approve or reject", CAMPAIGNS[2], verdict,
                            kept, 404, 409, 422),
        },
        "/v1/campaigns/{ref}/versions/{version}/stop": {
            "parameters": [name, version],
            "post": {
                "operationId": "stop_campaign", "x-scope": CAMPAIGNS[1],
                "summary": "立即停止 · from now on it says nothing more",
                "parameters": parameters("IdempotencyKey"),
                "responses": responses(kept, 404, 409, 422),
            },
        },
        **_contact_rules(version, verdict, kept),
        **_benefits(),
        **_offers(),
    }  # fmt: skip


def _contact_rules(version: Schema, verdict: Schema, kept: Schema) -> dict[str, Schema]:
    """How often and when customers are spoken to."""
    return {
        "/v1/contact_rules": {
            "get": asks("get_contact_rules", "触达规则 · how often and when customers are spoken to",
                         _READ, object_of({
                             "rules": ref("schemas", f"{PREFIX}ContactRules"),
                             "versions": {"type": "array",
                                          "items": ref("schemas", f"{PREFIX}rules_told")},
                         })),
        },
        "/v1/contact_rules/versions": {
            "post": writes("propose_contact_rules", "提出新的触达规则 · other rules, for somebody else "
                            "to decide", CAMPAIGNS[1], ref("schemas", f"{PREFIX}ContactRules"),
                            ref("schemas", f"{PREFIX}rules_told"), 409, 422),
        },
        "/v1/contact_rules/versions/{version}/decide": {
            "parameters": [version],
            "post": writes("decide_contact_rules", "批准或驳回 · approve or reject", CAMPAIGNS[2],
                            verdict, kept, 404, 409, 422),
        },
    }  # fmt: skip


def _benefits() -> dict[str, Schema]:
    """The pool of all lines, and who has paid for what."""
    ledger, order = ref("schemas", f"{PREFIX}subsidies"), ref("schemas", f"{PREFIX}pool_order")
    which = path_parameter("order", {"type": "string", "format": "uuid"}, "申请 · the order")
    return {
        "/v1/benefits": {
            "get": asks("get_benefits", "权益资金池与补贴账 · the pool of benefits, and who paid for what",
                         f"{CAMPAIGNS[0]} | {CAMPAIGNS[2]}", ledger),
        },
        "/v1/benefits/pool/orders": {
            "get": {
                **asks("list_pool_orders", "拨入、取回资金池的申请 · orders to put money into the pool, "
                        "or take it out", _READ, page_of(order)),
                "parameters": parameters("Limit"),
            },
            "post": writes("propose_pool_order", "申请向资金池拨款，负数为取回，由另一人决定 · ask for "
                            "money for the pool, for somebody else to decide; below nothing takes it "
                            "out", CAMPAIGNS[1], ref("schemas", f"{PREFIX}NewPoolOrder"), order, 409,
                            422),
        },
        "/v1/benefits/pool/orders/{order}/decide": {
            "parameters": [which],
            "post": writes("decide_pool_order", "批准即拨款，或驳回 · approve, which moves the money, or "
                            "reject", CAMPAIGNS[2], ref("schemas", f"{PREFIX}Verdict"), order, 404,
                            409, 422),
        },
        "/v1/benefits/pool/orders/{order}/withdraw": {
            "parameters": [which],
            "post": {
                "operationId": "withdraw_pool_order", "x-scope": CAMPAIGNS[1],
                "summary": "提出人撤回 · who proposed it withdraws it",
                "parameters": parameters("IdempotencyKey"),
                "responses": responses(order, 404, 409, 422),
            },
        },
    }  # fmt: skip


def _offers() -> dict[str, Schema]:
    customer: Schema = {"name": "customer", "in": "query", "required": True,
                        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}}  # fmt: skip
    limit: Schema = {"name": "limit", "in": "query",
                     "schema": {"type": "integer", "minimum": 1, "maximum": 200}}  # fmt: skip
    return {
        "/v1/offers": {
            "get": {
                **asks("list_offers", "对一位客户的决策及理由 · what was decided for a customer, and why",
                        " | ".join(OFFERS), page_of(ref("schemas", f"{PREFIX}offer")), 422),
                "parameters": [customer, limit],
            },
        },
        "/v1/offers/{offer}/answers": {
            "parameters": [path_parameter("offer", _TEXT, "决策编号 · the offer")],
            "post": writes("answer_offer", "客户的回应 · what the customer did with it", OFFERS[1],
                            ref("schemas", f"{PREFIX}OfferAnswer"),
                            object_of({"changed": {"type": "boolean"}}), 404, 409, 422),
        },
        "/v1/sandbox/channels": {
            "post": writes("set_channel", "让沙箱的渠道故障或恢复 · make a sandbox's channel fail, or "
                            "whole again", OFFERS[1], ref("schemas", f"{PREFIX}ChannelOrder"),
                            object_of({"channel": {"enum": sorted(TO_PHONES)},
                                       "fault": {"enum": [*FAULTS, None]}}), 422),
        },
    }  # fmt: skip
