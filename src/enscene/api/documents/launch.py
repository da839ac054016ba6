"""The part of the platform's document that tells how a scene is launched."""

from __future__ import annotations

from enscene.api.documents.launch_schemas import SCHEMAS, WISH_EXAMPLE
from enscene.api.documents.parts import (
    Schema,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)

READ = "launch:read"
EDIT = "launch:edit"
APPROVE = "launch:approve"
EITHER = f"{EDIT} | {APPROVE}"
ANY = f"{READ} | {EDIT} | {APPROVE}"

_TEMPLATE = path_parameter("template", {"type": "string"}, "模板 · template")
_LAUNCH = path_parameter("launch", {"type": "string", "format": "uuid"}, "上线申请 · request")
_SCENE = path_parameter(
    "scene", {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}, "场景 · scene"
)
_PARTY = path_parameter(
    "party", {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}, "参与方 · party"
)
_VARIANT: Schema = {
    "name": "variant",
    "in": "query",
    "description": "方案 · variant of the template",
    "schema": {"type": "string"},
}


def launch_schemas() -> dict[str, Schema]:
    """The schemas that the paths below name."""
    return SCHEMAS


def launch_paths() -> dict[str, Schema]:
    """The paths of templates, requests and scenes' lives."""
    return {**_templates(), **_launches(), **_scenes()}


def _templates() -> dict[str, Schema]:
    card, whole, places = (ref("schemas", f"Template{x}") for x in ("Card", "", "Places"))
    return {
        "/v1/templates": {
            "get": _reading("list_templates", "模板目录 · the templates", page_of(card))
        },
        "/v1/templates/{template}": {
            "parameters": [_TEMPLATE],
            "get": _reading(
                "get_template",
                "模板的可选项、边界、积木位置、资金图 · what can be chosen of a template",
                whole,
                404,
                also=[_VARIANT],
            ),
        },
        "/v1/templates/{template}/places": {
            "parameters": [_TEMPLATE],
            "post": _asking("find_template_places", places),
        },
    }


def _launches() -> dict[str, Schema]:
    card, whole = ref("schemas", "LaunchCard"), ref("schemas", "Launch")
    changed, rehearsal = ref("schemas", "LaunchChanged"), ref("schemas", "Rehearsal")
    wish = json_body(ref("schemas", "WishOrder"), WISH_EXAMPLE)
    filters: list[Schema] = [
        {
            "name": "state",
            "in": "query",
            "schema": {"enum": ["draft", "submitted", "approved", "returned", "withdrawn"]},
        },
        {"name": "scene", "in": "query", "schema": {"type": "string"}},
        *parameters("Limit", "Cursor"),
    ]
    looked = ref("schemas", "Looked")
    return {
        "/v1/launches": {
            "get": _reading("list_launches", "上线申请 · requests", page_of(card), also=filters),
            "post": _writing(
                "begin_launch", "选择模板，或变更场景 · choose a template, or a scene to change",
                EDIT, card, ref("schemas", "Begin"), example={"template": "smart_canteen"},
            ),
        },
        "/v1/launches/{launch}": {
            "parameters": [_LAUNCH],
            "get": _reading(
                "get_launch", "申请、错误、证明、资金图、预测 · a request with its proofs", whole, 404
            ),
            "put": _writing("put_wish", "填写全部 · the whole wish", EDIT, changed) | {
                "requestBody": wish
            },
            "patch": _writing("change_wish", "修改几项 · some of its fields", EDIT, changed) | {
                "requestBody": wish
            },
        },
        "/v1/launches/{launch}/places": {
            "parameters": [_LAUNCH],
            "post": _asking("find_launch_places", ref("schemas", "TemplatePlaces")),
        },
        "/v1/launches/{launch}/rehearse": {
            "parameters": [_LAUNCH],
            "post": _rehearse(),
        },
        "/v1/launches/{launch}/rehearsal": {
            "parameters": [_LAUNCH],
            "get": _reading("get_rehearsal", "预演的进度与结果 · how far, or what it gave",
                            rehearsal, 404),
        },
        **_steps("launches", _LAUNCH, card, {
            "submit": ("submit_launch", "提交 · put it before a second person", EDIT, looked),
            "withdraw": ("withdraw_launch", "撤回 · give it up", EDIT, ref("schemas", "Nothing")),
            "approve": ("approve_launch", "复核通过 · approve, as somebody else", APPROVE, looked),
            "return": ("return_launch", "退回 · send it back", APPROVE, ref("schemas", "GiveBack")),
        }),
    }  # fmt: skip


def _scenes() -> dict[str, Schema]:
    scene, nothing = ref("schemas", "Scene"), ref("schemas", "Nothing")
    card = ref("schemas", "LaunchCard")
    member: Schema = {
        "type": "object",
        "properties": {"party": {"type": "string"}, "role": {"type": "string"},
                       "bound_to": {"type": ["string", "null"]}},
        "required": ["party", "role", "bound_to"],
    }  # fmt: skip
    return {
        "/v1/scenes/{scene}": {
            "parameters": [_SCENE],
            "get": _reading("get_scene", "场景的状态 · the state of a scene", scene, 404),
        },
        "/v1/scenes/{scene}/settlement": {
            "parameters": [_SCENE],
            "get": _reading(
                "get_settlement", "余额与对象清算表 · every balance and thing",
                ref("schemas", "Settlement"), 404,
            ) | {"x-level": "A2"},
        },
        "/v1/scenes/{scene}/parties/{party}": {
            "parameters": [_SCENE, _PARTY],
            "put": _writing("enrol_in_scene", "登记参与方 · bring a party into the scene", EDIT,
                            member, ref("schemas", "Member"), example={"role": "bank"},
                            required=True),
        },
        **_steps("scenes", _SCENE, scene, {
            "sandbox": ("to_sandbox", "转入沙箱 · to its sandbox", EITHER, nothing),
            "pilot": ("open_pilot", "开始试点 · open the pilot", EITHER, nothing),
            "live": ("go_live", "上线，须第二人 · open to all, by a second person", APPROVE, nothing),
            "pause": ("pause_scene", "暂停 · suspend", EITHER, nothing),
            "resume": ("resume_scene", "恢复为暂停前的状态 · go on as before", EITHER, nothing),
        }),
        "/v1/scenes/{scene}/retire": {
            "parameters": [_SCENE],
            "post": _writing("retire_scene", "退出并给出清算表 · end it, with its settlement", EITHER,
                             ref("schemas", "Retired"), nothing) | {"x-level": "A2"},
        },
        **_steps("scenes", _SCENE, card, {
            "change": ("begin_change", "申请变更 · prepare other terms", EDIT, nothing),
            "roll_back": ("begin_roll_back", "申请退回早先的条款 · prepare earlier terms", EDIT,
                          ref("schemas", "RollBack")),
        }),
    }  # fmt: skip


def _steps(
    word: str, parameter: Schema, answer: Schema, steps: dict[str, tuple[str, str, str, Schema]]
) -> dict[str, Schema]:
    name = parameter["name"]
    return {
        f"/v1/{word}/{{{name}}}/{step}": {
            "parameters": [parameter],
            "post": _writing(
                operation, summary, scope, answer, body, required=step == "roll_back",
            ),
        }
        for step, (operation, summary, scope, body) in steps.items()
    }  # fmt: skip


def _reading(
    name: str, summary: str, answer: Schema, *statuses: int, also: list[Schema] | None = None
) -> Schema:
    told: Schema = {
        "operationId": name,
        "summary": summary,
        "x-scope": ANY,
        "responses": responses(answer, *statuses),
    }
    return told | ({"parameters": also} if also else {})


def _asking(name: str, answer: Schema) -> Schema:
    return {
        "operationId": name,
        "summary": "某块积木可放的位置 · where in an action a block fits, and why not",
        "x-scope": ANY,
        "requestBody": json_body(
            ref("schemas", "Places"),
            {
                "action": "pay_by_code",
                "step": {"notify": {"who": "diner", "text": "notices.meal_refunded"}},
            },
        ),
        "responses": responses(answer, 404, 413, 415),
    }


def _writing(
    name: str,
    summary: str,
    scope: str,
    answer: Schema,
    body: Schema | None = None,
    *,
    example: object = None,
    required: bool = False,
) -> Schema:
    told: Schema = {
        "operationId": name,
        "summary": summary,
        "x-scope": scope,
        "parameters": parameters("IdempotencyKey"),
        "responses": responses(answer, 404, 409, 413, 415, 422),
    }
    if body is not None:
        told["requestBody"] = json_body(body, example) | {
            "required": required or example is not None
        }
    return told


def _rehearse() -> Schema:
    told = _writing(
        "rehearse_launch",
        "预演一周 · rehearse a week on a clock of its own",
        EDIT,
        {},
        ref("schemas", "Nothing"),
    )
    done = told["responses"].pop("200")
    told["responses"]["202"] = {
        "description": "已开始，到 poll 查询 · begun: ask at `poll` how far it is",
        "headers": {"Location": {"schema": {"type": "string"}}},
        "content": done["content"],
    }
    told["responses"]["202"]["content"] = {
        "application/json": {"schema": ref("schemas", "RehearsalBegun")}
    }
    return told
