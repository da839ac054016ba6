"""The part of the platform's document that tells of trainings and experts."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    asks,
    page_of,
    path_parameter,
    ref,
    writes,
)
from enscene.operations.knowledge import AUDIENCES, PLACES_MOST, SCORE_MOST
from enscene.operations.teamwork import NAME_MOST, TEXT_MOST
from enscene.operations.voices import TEXT_MOST as VOICE_MOST
from enscene.shelf.product import KINDS

_ANY, _EDIT = "launch:read | launch:edit | launch:approve", "launch:edit"
_DAY: Schema = {"type": "string", "format": "date"}
_UUID: Schema = {"type": "string", "format": "uuid"}
_MAYBE_FLAG: Schema = {"type": ["boolean", "null"]}
_MAYBE_SCORE: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": SCORE_MOST}
_MAYBE_REF: Schema = {"type": ["string", "null"], "maxLength": 64}
_SKILL: Schema = {"enum": [*KINDS, None]}
_AUDIENCE: Schema = {"enum": list(AUDIENCES)}
_PLACES: Schema = {"type": "integer", "minimum": 1, "maximum": PLACES_MOST}


def _text(most: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": most}


def knowledge_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    person = object_of({
        "name": TEXT, "attended": _MAYBE_FLAG, "passed": _MAYBE_FLAG, "score": _MAYBE_SCORE,
        "recorded_by": MAYBE,
    })  # fmt: skip
    return {
        "teamwork.training": object_of({
            "id": _UUID, "scene": TEXT, "title": TEXT, "held_on": _DAY, "audience": _AUDIENCE,
            "places": _PLACES, "skill": _SKILL, "planned_by": TEXT, "planned_at": TIME,
            "entered": COUNT, "attended": COUNT, "passed": COUNT,
            "people": {"type": "array", "items": person},
        }),
        "teamwork.learner": object_of({
            "login": TEXT, "name": TEXT, "entered": COUNT, "attended": COUNT, "passed": COUNT,
            "score": _MAYBE_SCORE, "skills": TEXTS,
        }),
        "teamwork.expert": object_of({
            "id": _UUID, "name": TEXT, "login": MAYBE, "vertical": TEXT, "knows": TEXT,
            "added_by": TEXT, "added_at": TIME,
        }),
    }  # fmt: skip


def knowledge_paths() -> dict[str, Schema]:
    """The paths."""
    at = "/v1/teamwork"
    training = path_parameter("training", _UUID, "培训 · the training")
    expert = path_parameter("expert", _UUID, "专家 · the expert")
    whole, known = ref("schemas", "teamwork.training"), ref("schemas", "teamwork.expert")
    planned = object_of(
        {"scene": _text(64), "title": _text(TEXT_MOST), "held_on": _DAY, "audience": _AUDIENCE,
         "places": _PLACES, "skill": _SKILL}, "skill", closed=True,
    )  # fmt: skip
    result = object_of(
        {"name": _text(NAME_MOST), "attended": FLAG, "passed": _MAYBE_FLAG, "score": _MAYBE_SCORE},
        "passed", "score", closed=True,
    )  # fmt: skip
    added = object_of(
        {"name": _text(NAME_MOST), "vertical": _text(NAME_MOST), "knows": _text(TEXT_MOST),
         "login": _MAYBE_REF}, "login", closed=True,
    )  # fmt: skip
    asked = object_of(
        {"says": _text(VOICE_MOST), "scene": _MAYBE_REF, "project": _MAYBE_REF},
        "scene", "project", closed=True,
    )  # fmt: skip
    trainings = asks("list_trainings", "各场景的培训 · trainings by scene", _ANY, page_of(whole))
    trainings["parameters"] = [{"name": "scene", "in": "query", "schema": TEXT}]
    experts = asks("find_experts", "各行业专家 · experts by vertical", _ANY, page_of(known))
    experts["parameters"] = [{"name": "q", "in": "query", "schema": TEXT}]
    return {
        f"{at}/trainings": {
            "get": trainings,
            "post": writes("plan_training", "安排培训 · plan a training", _EDIT, planned, whole, 404,
                           409, 422),
        },
        f"{at}/trainings/{{training}}": {
            "parameters": [training],
            "get": asks("get_training", "培训、出席与结果 · a training with attendance and results", _ANY,
                        whole, 404),
        },
        f"{at}/trainings/{{training}}/people": {
            "parameters": [training],
            "post": writes("enter_in_training", "登记参加者 · give somebody a place", _EDIT,
                           object_of({"name": _text(NAME_MOST)}, closed=True), whole, 404, 409, 422),
        },
        f"{at}/trainings/{{training}}/results": {
            "parameters": [training],
            "post": writes("record_training", "登记出席与结果；通过者获得技能 · attendance and result; who "
                           "passes has the skill", _EDIT, result, whole, 404, 409, 422),
        },
        f"{at}/learners": {
            "get": asks("list_learners", "每人的培训、结果与技能 · trainings, results and skills by person",
                        _ANY, page_of(ref("schemas", "teamwork.learner"))),
        },
        f"{at}/experts": {
            "get": experts,
            "post": writes("add_expert", "登记专家 · say who knows a vertical", _EDIT, added, known, 409,
                           422),
        },
        f"{at}/experts/{{expert}}/ask": {
            "parameters": [expert],
            "post": writes("ask_expert", "向专家提问；答复见心声 · ask an expert; the answer is a voice's",
                           _EDIT, asked, ref("schemas", "voices.voice"), 404, 409, 422),
        },
        f"{at}/experts/{{expert}}/end": {
            "parameters": [expert],
            "post": writes("end_expert", "不再是专家 · they are asked no more", _EDIT, EMPTY,
                           object_of({"id": _UUID, "ended": FLAG}), 404, 409, 422),
        },
    }  # fmt: skip
