"""The part of the documents that is about a tenant's people, brand and tickets."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import (
    COUNT,
    Schema,
    asks,
    page_of,
    path_parameter,
    ref,
    writes,
)
from enscene.api.tenancy.orders import LOGO_TEXT_MOST
from enscene.api.tenancy.serve import BRAND, PEOPLE, TICKETS
from enscene.tenants.users import ROLES
from enscene.tenants.users.change_people import NAME_MOST
from enscene.work.tickets import KINDS

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_TIME: Schema = {"type": "string", "format": "date-time"}
_ROLES: Schema = {"type": "array", "items": {"enum": sorted(ROLES)}, "minItems": 1, "maxItems": 20}
_LOGIN: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,47}$"}
_PERSON_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": NAME_MOST}
_PARTY: Schema = {"type": ["string", "null"], "maxLength": 64}
_WORDS: Schema = {"type": "string", "minLength": 2, "maxLength": 2_000}
_COLOUR: Schema = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
_BRAND_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 40}
_CHANGE: dict[str, Schema] = {
    "id": _TEXT, "act": {"enum": ["make", "roles", "block", "admit", "password"]}, "login": _TEXT,
    "name": _TEXT, "roles": {"type": "array", "items": _TEXT}, "party": _MAYBE,
    "state": {"enum": ["asked", "done", "refused"]}, "asked_by": _TEXT, "asked_at": _TIME,
    "decided_by": _MAYBE, "decided_at": _MAYBE,
}  # fmt: skip
_PERSON = object_of({
    "login": _TEXT, "login_name": _TEXT, "name": _TEXT,
    "roles": {"type": "array", "items": _TEXT}, "party": _MAYBE,
    "status": {"enum": ["active", "blocked"]}, "must_change": {"type": "boolean"},
})  # fmt: skip
_BRAND = object_of({
    "own": {"type": "boolean"}, "owner": _MAYBE, "zh": _TEXT, "en": _TEXT, "accent": _TEXT,
    "contrast": _TEXT, "logo": {"oneOf": [{"type": "null"}, object_of({
        "type": {"enum": ["image/png", "image/svg+xml"]}, "digest": _TEXT, "content": _TEXT,
    })]},
})  # fmt: skip
_TICKET = object_of({
    "id": _TEXT, "number": {"type": "integer", "minimum": 1}, "kind": {"enum": list(KINDS)},
    "title": _TEXT, "state": {"enum": ["open", "waiting", "solved", "closed"]},
    "late": {"type": "boolean"}, "opened_by": _TEXT, "opened_at": _TIME, "answer_due": _TIME,
    "answered_at": _MAYBE, "due": _TIME, "waits_since": _MAYBE, "solved_at": _MAYBE,
    "lines": {"type": "array", "items": object_of({
        "at": _TIME, "act": _TEXT, "side": {"enum": ["asker", "operator"]}, "who": _MAYBE,
        "text": _TEXT,
    })},
})  # fmt: skip


def tenancy_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {
        "tenancy.person": _PERSON,
        "tenancy.change": object_of(_CHANGE),
        "tenancy.change_told": object_of({**_CHANGE, "password": _MAYBE}),
        "tenancy.brand": _BRAND,
        "tenancy.ticket": _TICKET,
        "tenancy.service": object_of({
            "tenant": _TEXT, "filed": COUNT, "answers": COUNT, "answered_in_time": COUNT,
            "solutions": COUNT, "solved_in_time": COUNT,
            "score": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        }),
    }  # fmt: skip


def tenancy_paths() -> dict[str, Schema]:
    """The paths."""
    return {**_people(), **_brand(), **_tickets()}


def _people() -> dict[str, Schema]:
    read, told = " | ".join(PEOPLE), ref("schemas", "tenancy.change_told")
    new = object_of(
        {"login": _LOGIN, "name": _PERSON_NAME, "roles": _ROLES, "party": _PARTY}, "party",
        closed=True,
    )  # fmt: skip
    change = object_of(
        {"act": {"enum": ["roles", "block", "admit", "password"]},
         "roles": {**_ROLES, "type": ["array", "null"]}, "party": _PARTY},
        "roles", "party", closed=True,
    )  # fmt: skip
    decision = object_of({"decision": {"enum": ["approve", "reject"]}}, closed=True)
    return {
        "/v1/people": {
            "get": asks("list_people", "人员 · the tenant's people", read,
                         page_of(ref("schemas", "tenancy.person"))),
            "post": writes(
                "make_person", "添加人员；密码只在此告知一次 · make a person; the password is told "
                "here alone", PEOPLE[1], new, told, 409, 422),
        },
        "/v1/people/changes": {
            "get": asks("list_people_changes", "人员变更，待决定的在前 · what was done with people, "
                         "what waits first", read, page_of(ref("schemas", "tenancy.change"))),
        },
        "/v1/people/{login}/changes": {
            "parameters": [path_parameter("login", _TEXT, "登录名 · the login")],
            "post": writes(
                "change_person", "更改角色、停用、恢复、重置密码 · other roles, blocked, admitted, "
                "another password", PEOPLE[1], change, told, 404, 409, 422),
        },
        "/v1/people/changes/{change}/decide": {
            "parameters": [path_parameter("change", _TEXT, "变更编号 · the change")],
            "post": writes(
                "decide_people_change", "另一人决定 · somebody else decides", PEOPLE[2], decision,
                ref("schemas", "tenancy.change"), 404, 409, 422),
        },
    }  # fmt: skip


def _brand() -> dict[str, Schema]:
    brand = ref("schemas", "tenancy.brand")
    logo: Schema = {"type": ["string", "null"], "maxLength": LOGO_TEXT_MOST,
                    "contentEncoding": "base64"}  # fmt: skip
    order = object_of(
        {"zh": _BRAND_NAME, "en": _BRAND_NAME, "accent": _COLOUR, "logo": logo}, "logo", closed=True
    )
    return {
        "/v1/brand": {
            "get": asks("get_brand", "品牌 · how the tenant looks", " | ".join(BRAND), brand),
            "put": writes("set_brand", "设置品牌 · set the brand", BRAND[1], order, brand),
        },
    }


def _tickets() -> dict[str, Schema]:
    read, ticket = " | ".join(TICKETS), ref("schemas", "tenancy.ticket")
    number = path_parameter("ticket", _TEXT, "工单编号 · the ticket")
    new = object_of(
        {"kind": {"enum": list(KINDS)},
         "title": {"type": "string", "minLength": 2, "maxLength": 120}, "text": _WORDS},
        closed=True,
    )  # fmt: skip
    last = object_of({"text": {"type": "string", "maxLength": 2_000}}, "text", closed=True)
    return {
        "/v1/tickets": {
            "get": asks("list_tickets", "工单，未结的在前，至多 200 张 · the first 200 tickets, those "
                         "that have not ended first", read, page_of(ticket)),
            "post": writes("open_ticket", "提出工单 · file a ticket", TICKETS[1], new, ticket,
                            409, 422),
        },
        "/v1/tickets/service": {
            "get": {
                **asks("score_service", "本机构及下级工单时限的达成情况 · how the promised hours were kept, of "
                       "the tenant and of all below it", read,
                       page_of(ref("schemas", "tenancy.service"))),
                "parameters": [{
                    "name": "month", "in": "query",
                    "schema": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
                    "description": "月份，默认本月 · the month; by default this one",
                }],
            },
        },
        "/v1/tickets/{ticket}": {
            "parameters": [number],
            "get": asks("get_ticket", "工单与往来 · a ticket with its thread", read, ticket, 404),
        },
        "/v1/tickets/{ticket}/lines": {
            "parameters": [number],
            "post": writes("say_on_ticket", "补充；已解决的重新打开 · a word more, which opens again "
                            "what was solved", TICKETS[1], object_of({"text": _WORDS}, closed=True),
                            ticket, 404, 409),
        },
        "/v1/tickets/{ticket}/close": {
            "parameters": [number],
            "post": writes("close_ticket", "关闭工单 · say that it is done", TICKETS[1], last,
                            ticket, 404, 409),
        },
    }  # fmt: skip
