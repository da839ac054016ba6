"""The OpenAPI document of the platform: tokens, scenes, launching, the clock, health."""

from __future__ import annotations

from enscene.api.documents.authorization import authorization_paths
from enscene.api.documents.bank_channel import channel_paths, channel_schemas
from enscene.api.documents.baselines import baseline_paths, baseline_schemas
from enscene.api.documents.billing import billing_paths, billing_schemas
from enscene.api.documents.board import board_paths, board_schemas
from enscene.api.documents.bring_in import bring_in_paths, bring_in_schemas
from enscene.api.documents.campaigns import campaigns_paths, campaigns_schemas
from enscene.api.documents.capabilities import capability_paths, capability_schemas
from enscene.api.documents.catalogue import catalogue_paths, catalogue_schemas
from enscene.api.documents.contracts import contract_paths, contract_schemas
from enscene.api.documents.cooperation import cooperation_paths, cooperation_schemas
from enscene.api.documents.copies import copy_paths, copy_schemas
from enscene.api.documents.data import data_paths
from enscene.api.documents.gateway import gateway_paths
from enscene.api.documents.governance import governance_paths, governance_schemas
from enscene.api.documents.identity import identity_paths, identity_schemas
from enscene.api.documents.incentives import incentive_paths, incentive_schemas
from enscene.api.documents.knowledge import knowledge_paths, knowledge_schemas
from enscene.api.documents.launch import launch_paths, launch_schemas
from enscene.api.documents.marks import marked
from enscene.api.documents.outside_events import outside_paths, outside_schemas
from enscene.api.documents.partners import partner_paths, partner_schemas
from enscene.api.documents.parts import (
    OPENAPI,
    VERSION,
    Schema,
    components,
    json_body,
    page_of,
    parameters,
    responses,
)
from enscene.api.documents.planning import planning_paths, planning_schemas
from enscene.api.documents.projects import project_paths, project_schemas
from enscene.api.documents.rails import rail_paths, rail_schemas
from enscene.api.documents.screening import screening_paths
from enscene.api.documents.shelf import shelf_paths, shelf_schemas
from enscene.api.documents.staff import staff_paths, staff_schemas
from enscene.api.documents.teamwork import teamwork_paths, teamwork_schemas
from enscene.api.documents.tenancy import tenancy_paths, tenancy_schemas
from enscene.api.documents.voices import voice_paths, voice_schemas
from enscene.api.documents.webhooks import webhook_paths, webhook_schemas, webhooks_sent
from enscene.tenants.service import STATES

_OBJECT: Schema = {"type": "object"}


def platform_document(issuer: str) -> Schema:
    """The document that needs no token to read."""
    document: Schema = {
        "openapi": OPENAPI,
        "info": {
            "title": "Enscene 入景 开放接口 · open API",
            "version": VERSION,
            "description": "各场景的接口见 /v1/{scene}/openapi.json · each scene has a document "
            "of its own at /v1/{scene}/openapi.json",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": issuer}],
        "security": [{"token": []}],
        "paths": {
            "/oauth/jwks": _public("get_jwks", "令牌公钥 · keys of tokens"),
            "/.well-known/oauth-authorization-server": _public(
                "get_metadata", "授权服务器元数据 · metadata (RFC 8414)"
            ),
            "/health/live": _public("is_live", "存活 · liveness"),
            "/health/ready": _public("is_ready", "就绪 · readiness", 503),
            "/status": {"get": _status()},
            "/v1/scenes": {"get": _scenes()},
            "/v1/sandbox/clock": {"get": _clock("get_clock"), "put": _move()},
            **authorization_paths(),
            **gateway_paths(),
            **launch_paths(),
            **planning_paths(),
            **teamwork_paths(),
            **knowledge_paths(),
            **voice_paths(),
            **incentive_paths(),
            **baseline_paths(),
            **staff_paths(),
            **project_paths(),
            **copy_paths(),
            **board_paths(),
            **contract_paths(),
            **channel_paths(),
            **shelf_paths(),
            **screening_paths(),
            **webhook_paths(),
            **billing_paths(),
            **partner_paths(),
            **capability_paths(),
            **cooperation_paths(),
            **governance_paths(),
            **bring_in_paths(),
            **rail_paths(),
            **catalogue_paths(),
            **tenancy_paths(),
            **campaigns_paths(),
            **outside_paths(),
            **identity_paths(),
            **data_paths(),
        },
        "webhooks": webhooks_sent(),
        "components": components(
            launch_schemas()
            | planning_schemas()
            | teamwork_schemas()
            | knowledge_schemas()
            | voice_schemas()
            | incentive_schemas()
            | baseline_schemas()
            | staff_schemas()
            | project_schemas()
            | copy_schemas()
            | board_schemas()
            | contract_schemas()
            | channel_schemas()
            | shelf_schemas()
            | webhook_schemas()
            | billing_schemas()
            | partner_schemas()
            | capability_schemas()
            | cooperation_schemas()
            | governance_schemas()
            | bring_in_schemas()
            | rail_schemas()
            | catalogue_schemas()
            | tenancy_schemas()
            | campaigns_schemas()
            | outside_schemas()
            | identity_schemas()
        ),
    }
    marked(document["paths"])
    return document


def _public(name: str, summary: str, *statuses: int) -> Schema:
    told = {
        status: response
        for status, response in responses(_OBJECT, *statuses).items()
        if status == "200" or int(status) in statuses
    }
    return {"get": {"operationId": name, "summary": summary, "security": [], "responses": told}}


def _status() -> Schema:
    state: Schema = {"enum": [*STATES]}
    cause: Schema = {"enum": ["person", "database", "queue"]}
    text: Schema = {"type": ["string", "null"]}
    entry: Schema = {
        "type": "object",
        "properties": {
            "state": state, "cause": cause, "reason": text,
            "since": {"type": "string", "format": "date-time"}, "ended_at": text,
        },
        "required": ["state", "cause", "reason", "since", "ended_at"],
    }  # fmt: skip
    told: Schema = {
        "type": "object",
        "properties": {
            "state": state,
            "cause": {"enum": [*cause["enum"], None]},
            "reason": text, "since": text, "until": text,
            "database": {"enum": ["answers", "read_only", "away"]},
            "served": {
                "type": "object",
                "description": "按 x-service-class · by x-service-class",
                "additionalProperties": {"type": "boolean"},
            },
            "history": {"type": "array", "items": entry},
        },
        "required": ["state", "cause", "reason", "since", "until", "database", "served",
                     "history"],
    }  # fmt: skip
    return {
        "operationId": "get_status",
        "summary": "服务状态 · the state of service, and those of lately",
        "security": [],
        "parameters": [
            {
                "name": "bank", "in": "query", "schema": {"type": "string", "maxLength": 64},
                "description": "银行代号；缺省为整个平台 · a bank; without it the installation",
            }
        ],
        "responses": {
            status: response for status, response in responses(told).items()
            if status in ("200", "400", "503")
        },
    }  # fmt: skip


def _scenes() -> Schema:
    scene: Schema = {
        "type": "object",
        "properties": {
            "ref": {"type": "string"},
            "name": {"type": "string"},
            "pack": {"type": "string"},
            "state": {"type": "string"},
            "openapi": {"type": "string", "format": "uri-reference"},
        },
        "required": ["ref", "name", "pack", "state", "openapi"],
    }
    return {
        "operationId": "list_scenes",
        "summary": "可用的场景 · the scenes that the token opens",
        "responses": responses(page_of(scene)),
    }


_CLOCK: Schema = {
    "type": "object",
    "properties": {
        "now": {"type": "string", "format": "date-time"},
        "sandbox": {"type": "boolean"},
        "ahead_s": {"type": "integer"},
    },
    "required": ["now", "sandbox", "ahead_s"],
}


def _clock(name: str) -> Schema:
    return {
        "operationId": name,
        "summary": "租户的时间 · the tenant's time",
        "x-scope": "platform:clock",
        "responses": responses(_CLOCK),
    }


def _move() -> Schema:
    order: Schema = {
        "type": "object",
        "properties": {"now": {"type": "string", "format": "date-time", "maxLength": 40}},
        "required": ["now"],
        "additionalProperties": False,
    }
    return {
        "operationId": "move_clock",
        "summary": "沙箱拨快时钟 · move a sandbox's clock forward",
        "x-scope": "platform:clock",
        "parameters": parameters("IdempotencyKey"),
        "requestBody": json_body(order),
        "responses": responses(_CLOCK, 409, 413, 415, 422),
    }
