"""The OpenAPI document of one scene, made from its configured pack."""

from __future__ import annotations

from typing import Any

from enscene.api.bulk import LINES_MOST
from enscene.api.documents.applications import application_paths, application_schemas
from enscene.api.documents.asking import asking_paths
from enscene.api.documents.district import district_paths
from enscene.api.documents.marks import marked
from enscene.api.documents.parts import (
    OPENAPI,
    components,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.api.documents.referrals import referral_paths
from enscene.api.documents.scene_account import scene_account_paths
from enscene.api.documents.schemas import (
    Schema,
    answer_schema,
    described,
    input_schema,
    schema_of,
    thing_schema,
)
from enscene.api.documents.shelf import quote_path
from enscene.scenes.language.model import Action, Pack, Type
from enscene.scenes.runtime import RunningScene

SYSTEM = frozenset({"clock", "trigger"})
_WRITE = (404, 409, 413, 415, 422)
_REF: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}


def scene_document(scene: RunningScene, issuer: str) -> Schema:
    """The document of a scene as it is configured now."""
    pack = scene.pack
    base = f"/v1/{scene.ref}"
    paths: Schema = {}
    schemas: dict[str, Schema] = {}
    for action in pack.actions.values():
        if SYSTEM.issuperset(action.by):
            continue  # nobody does these from outside
        schemas[f"{action.name}.input"] = input_schema(action, pack)
        schemas[f"{action.name}.answer"] = answer_schema(action, pack)
        kind = "queries" if action.query else "actions"
        paths[f"{base}/{kind}/{action.name}"] = {"post": _operation(scene, action)}
    for thing in pack.things.values():
        schemas[f"things.{thing.name}"] = thing_schema(thing, pack)
        paths |= _thing_paths(scene, base, thing.name)
    paths |= _account_paths(scene, base)
    paths |= _other_paths(scene, base)
    paths |= district_paths(scene)
    paths |= scene_account_paths(scene)
    paths |= referral_paths(scene)
    paths |= application_paths(scene.ref)
    paths |= asking_paths(scene.ref)
    schemas |= application_schemas()
    return {
        "openapi": OPENAPI,
        "info": {
            "title": f"{pack.text('title')} · {pack.text('title', 'en')}",
            "version": f"{pack.version}+terms.{scene.terms}",
            "summary": f"{scene.name}（{scene.ref}）",
            "description": f"{pack.text('summary')}\n\n{pack.text('summary', 'en')}",
            "x-pack": {"id": pack.id, "version": pack.version, "digest": pack.digest},
        },
        "servers": [{"url": issuer}],
        "security": [{"token": []}],
        "tags": [
            {"name": "actions", "description": "动作 · actions"},
            {"name": "queries", "description": "查询 · queries"},
            {"name": "things", "description": "业务对象 · things"},
            {"name": "accounts", "description": "账户 · accounts"},
            {"name": "events", "description": "事件 · events"},
            {"name": "parties", "description": "参与方 · parties"},
            {"name": "shelf", "description": "产品货架 · the shelf"},
            {"name": "applications", "description": "产品申请 · applications"},
        ],
        "paths": marked(paths, pack.id),
        "components": components(schemas),
    }


def _operation(scene: RunningScene, action: Action) -> Schema:
    pack = scene.pack
    title = described(pack, f"actions.{action.name}")
    example = example_of(pack, action)
    headers = ["ActingParty", "ActingRole"]
    if not action.query:
        headers.insert(0, "IdempotencyKey")
    return {
        "operationId": action.name,
        "tags": ["queries" if action.query else "actions"],
        "summary": title.get("description", action.name),
        "x-api-id": f"{pack.id}.{action.name}",
        "x-level": action.level,
        "x-by": [role for role in action.by if role not in SYSTEM],
        "x-scope": f"scene:{scene.ref}:{action.name}",
        "parameters": parameters(*headers),
        "requestBody": json_body(ref("schemas", f"{action.name}.input"), example),
        "responses": responses(
            ref("schemas", f"{action.name}.answer"), *_WRITE, codes=refusals_of(action)
        ),
    }


def refusals_of(action: Action) -> tuple[str, ...]:
    """The codes with which a rule may refuse the action, as problems tell them."""
    return tuple(code if "." in code else f"scene.{code}" for code in action.refusals)


def example_of(pack: Pack, action: Action) -> dict[str, Any] | None:
    """The input of the first case in which the action succeeds."""
    acts = [act for case in pack.cases for act in case.when if act.action == action.name]
    for act in sorted(acts, key=lambda act: act.refused is not None):
        if act.actor not in SYSTEM:
            return dict(act.input)
    return None


def _read(
    scene: RunningScene, name: str, tag: str, summary: str, scope: str, answer: Schema,
    more: list[Schema], *statuses: int,
) -> Schema:  # fmt: skip
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": summary,
            "x-scope": f"scene:{scene.ref}:{scope}",
            "parameters": [*more, *parameters("ActingParty", "ActingRole")],
            "responses": responses(answer, 404, *statuses),
        }
    }


def _thing_paths(scene: RunningScene, base: str, name: str) -> Schema:
    thing = scene.pack.things[name]
    title = described(scene.pack, f"things.{name}.title").get("description", name)
    item = ref("schemas", f"things.{name}")
    key = path_parameter("key", {"type": "string", "minLength": 1}, f"键 · the {thing.key}")
    state = {"name": "state", "in": "query", "schema": {"enum": list(thing.states)}}
    paths = {
        f"{base}/things/{name}": _read(
            scene, f"list_{name}", "things", title, "things.read", page_of(item),
            [state, *parameters("Limit", "Cursor")],
        ),
        f"{base}/things/{name}/{{key}}": _read(
            scene, f"get_{name}", "things", title, "things.read", item, [key]
        ),
    }  # fmt: skip
    for path in paths.values():
        path["get"]["x-level"] = thing.level
    return paths


def _account_paths(scene: RunningScene, base: str) -> Schema:
    pack = scene.pack
    money = schema_of(Type("money"), pack)
    names = [name for name, account in pack.accounts.items()]
    name = path_parameter("account", {"type": "string", "enum": names}, "账户 · the account")
    party = path_parameter("party", _REF, "参与方 · whose it is")
    balance: Schema = {
        "type": "object",
        "properties": {
            "account": {"type": "string"},
            "party": {"type": "string"},
            "currency": {"type": "string"},
            "balance": money,
            "held": money,
            "available": money,
            "at": {"type": "string", "format": "date-time"},
        },
        "required": ["account", "party", "currency", "balance", "held", "available", "at"],
    }
    entry: Schema = {
        "type": "object",
        "properties": {
            "seq": {"type": "integer"},
            "n": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "flow": {"type": "string"},
            "amount": money,
            "balance": money,
        },
        "required": ["seq", "n", "at", "flow", "amount", "balance"],
    }
    return {
        f"{base}/accounts/{{account}}/{{party}}": _read(
            scene, "get_balance", "accounts", "余额 · balance", "accounts.read", balance,
            [name, party],
        ),
        f"{base}/accounts/{{account}}/{{party}}/entries": _read(
            scene, "list_entries", "accounts", "流水 · statement", "accounts.read",
            page_of(entry), [name, party, *parameters("Limit", "Cursor")],
        ),
    }  # fmt: skip


def _other_paths(scene: RunningScene, base: str) -> Schema:
    after = {
        "name": "after",
        "in": "query",
        "description": "上次的 next · the `next` of the last answer",
        "schema": {"type": "string"},
    }
    event: Schema = {
        "type": "object",
        "properties": {
            "seq": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "action": {"type": "string"},
            "subject": {"type": "string"},
            "actor": {"type": "string"},
        },
        "required": ["seq", "at", "action", "subject", "actor"],
    }
    events = _read(
        scene, "list_events", "events", "事件 · events in order", "events.read", page_of(event),
        [after, *parameters("Limit")],
    )  # fmt: skip
    paths: Schema = {f"{base}/events": events, f"{base}/bulk": {"post": _bulk(scene)}}
    paths[f"{base}/quotes"] = quote_path(scene.ref)
    roles = list(scene.pack.parties)
    enrolment: Schema = {
        "type": "object",
        "properties": {
            "role": {"type": "string", "enum": roles},
            "name": {"type": "string", "maxLength": 200},
            "bound_to": {"type": ["string", "null"], "pattern": _REF["pattern"]},
        },
        "required": ["role"],
        "additionalProperties": False,
    }
    party = path_parameter("party", _REF, "参与方 · the party")
    paths[f"{base}/parties/{{party}}"] = _put(
        scene, "enrol_party", "登记参与方 · enrol a party", enrolment, [party]
    )
    links = list(scene.pack.links)
    if links:
        link = path_parameter("link", {"type": "string", "enum": links}, "关系 · the link")
        to: Schema = {
            "type": "object",
            "properties": {"to": _REF},
            "required": ["to"],
            "additionalProperties": False,
        }
        paths[f"{base}/links/{{link}}/{{party}}"] = _put(
            scene, "link_party", "建立关系 · link two parties", to, [link, party]
        )
    items = sorted({item for p in scene.pack.parties.values() for item in p.consent})
    if items:
        item = path_parameter("item", {"type": "string", "enum": items}, "授权项 · what for")
        granted: Schema = {
            "type": "object",
            "properties": {"granted": {"type": "boolean"}},
            "required": ["granted"],
            "additionalProperties": False,
        }
        paths[f"{base}/consents/{{party}}/{{item}}"] = _put(
            scene, "set_consent", "授权或撤回 · give or withdraw consent", granted, [party, item]
        )
    return paths


def _put(scene: RunningScene, name: str, summary: str, body: Schema, path: list[Schema]) -> Schema:
    headers = parameters("IdempotencyKey", "ActingParty", "ActingRole")
    return {
        "put": {
            "operationId": name,
            "tags": ["parties"],
            "summary": summary,
            "x-scope": f"scene:{scene.ref}:parties.write",
            "parameters": [*path, *headers],
            "requestBody": json_body(body),
            "responses": responses({"type": "object"}, *_WRITE),
        }
    }


def _bulk(scene: RunningScene) -> Schema:
    line: Schema = {
        "type": "object",
        "properties": {
            "action": {"type": "string", "maxLength": 64},
            "input": {"type": "object"},
            "party": {"type": ["string", "null"], "maxLength": 64},
            "role": {"type": ["string", "null"], "maxLength": 64},
        },
        "required": ["action", "input"],
        "additionalProperties": False,
    }
    body: Schema = {
        "type": "object",
        "properties": {
            "mode": {"type": "string", "enum": ["all_or_nothing", "line_by_line"]},
            "lines": {"type": "array", "items": line, "minItems": 1, "maxItems": LINES_MOST},
        },
        "required": ["mode", "lines"],
        "additionalProperties": False,
    }
    result: Schema = {
        "type": "object",
        "properties": {
            "line": {"type": "integer"},
            "status": {"type": "integer"},
            "body": {"type": "object"},
            "problem": ref("schemas", "Problem"),
            "replayed": {"type": "boolean"},
        },
        "required": ["line", "status"],
    }
    answer: Schema = {
        "type": "object",
        "properties": {
            "mode": {"type": "string"},
            "succeeded": {"type": "integer"},
            "failed": {"type": "integer"},
            "lines": {"type": "array", "items": result},
        },
        "required": ["mode", "succeeded", "failed", "lines"],
    }
    return {
        "operationId": "bulk",
        "tags": ["actions"],
        "summary": "批量：全部成功或逐行处理 · many actions, all or nothing or line by line",
        "description": "每行需要其动作的权限 · each line needs the scope of its action",
        "parameters": parameters("IdempotencyKey", "ActingParty", "ActingRole"),
        "requestBody": json_body(body),
        "responses": responses(answer, *_WRITE),
    }
