"""The part of a scene's document that tells how somebody asks in their own words."""

from __future__ import annotations

from enscene.api.documents.parts import TEXT, Schema, json_body, object_of, parameters, responses
from enscene.engagement.asking import LONGEST

SCOPE = "asking"
_SAY: Schema = {
    "type": "object",
    "properties": {
        "say": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "description": "客户的原话，中文或英文 · what the customer says, in Chinese or English",
        }
    },
    "required": ["say"],
    "additionalProperties": False,
}
_SERVICE: Schema = object_of(
    {
        "name": {**TEXT, "description": "动作或查询的名称 · the operation"},
        "kind": {"enum": ["action", "query"]},
        "title": object_of({"zh": TEXT, "en": TEXT}),
        "score": {**TEXT, "description": "把握，0 至 1 · how sure, 0 to 1"},
        "like": {**TEXT, "description": "最接近的例句 · the example that is nearest"},
    }
)
_LED: Schema = object_of(
    {
        "to": {"enum": ["service", "person"]},
        "service": {"anyOf": [_SERVICE, {"type": "null"}]},
        "others": {"type": "array", "items": _SERVICE},
    }
)
_TASK: Schema = object_of({"task": TEXT, "state": TEXT})
_EXAMPLE = {"say": "怎么把钱退给我"}


def asking_paths(scene: str) -> dict[str, Schema]:
    """The two paths of one scene."""

    def operation(name: str, summary: str, about: str, told: Schema, *names: str) -> Schema:
        return {
            "operationId": name,
            "tags": ["asking"],
            "summary": summary,
            "description": about,
            "x-scope": f"scene:{scene}:{SCOPE}",
            "x-level": "A2",
            "parameters": parameters(*names, "ActingParty", "ActingRole"),
            "requestBody": json_body(_SAY, _EXAMPLE),
            "responses": responses(told, 400, 404, 415),
        }

    base = f"/v1/{scene}/asking"
    return {
        base: {
            "post": operation(
                "ask", "用自己的话提出需求 · ask in one's own words",
                "引导到本场景的服务，或转人工；什么都不执行，也不保存 · leads to a service of the scene, or "
                "to a person; nothing is done and nothing is kept", _LED,
            )
        },
        f"{base}/person": {
            "post": operation(
                "ask_person", "请人联系 · ask to be called back",
                "为员工建一项回电任务，原话作为事由 · a task for staff, with what was said as its reason",
                _TASK, "IdempotencyKey",
            )
        },
    }  # fmt: skip
