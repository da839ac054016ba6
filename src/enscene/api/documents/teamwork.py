"""The part of the platform's document that tells of parties, tasks and teams."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    MAYBE_TIME,
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
from enscene.operations.projects import REF, measurable
from enscene.operations.teamwork import (
    CELLS,
    DEPARTMENTS,
    KINDS,
    MEMBERS_MOST,
    MODES,
    NAME_MOST,
    PARTIES,
    TEXT_MOST,
)

_READ, _EDIT, _APPROVE = "launch:read", "launch:edit", "launch:approve"
_ANY = f"{_READ} | {_EDIT} | {_APPROVE}"
_REF: Schema = {"type": "string", "pattern": REF}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_DAY: Schema = {"type": "string", "format": "date"}
_WORDS = object_of({"zh": TEXT, "en": TEXT})
_DEPARTMENT: Schema = {"enum": list(DEPARTMENTS)}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": NAME_MOST}
_SAID: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_MOST}
_MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_OWNER: Schema = {"type": "string", "maxLength": NAME_MOST}
_TASK = object_of({
    "id": {"type": "string", "format": "uuid"}, "what": TEXT, "department": _DEPARTMENT,
    "owner": TEXT, "due_on": _DAY, "state": {"enum": ["open", "done", "dropped"]},
    "result": MAYBE, "handed_at": TIME, "waits": FLAG, "hands": COUNT, "overdue": FLAG,
})  # fmt: skip
_DIVISION = object_of({
    "scene": TEXT, "mode": {"enum": [*MODES, None]}, "chosen_by": MAYBE, "chosen_at": MAYBE_TIME,
    "asked": FLAG, "empty": TEXTS,
    "parties": {"type": "array", "items": object_of({
        "party": {"enum": list(PARTIES)},
        "own": {"type": "array", "items": {"enum": list(CELLS)}},
        **dict.fromkeys(CELLS, _WORDS),
    })},
    "tasks": {"type": "array", "items": ref("schemas", "teamwork.task")},
    "handed": {"type": "array", "items": object_of({
        "from": _DEPARTMENT, "to": _DEPARTMENT,
        "link": {"enum": ["inside_outside", "bank_subsidiary", "head_office_branch", None]},
        "times": COUNT, "waited_s": COUNT, "waiting": COUNT,
    })},
})  # fmt: skip
_CARD: dict[str, Schema] = {
    "ref": TEXT, "kind": {"enum": list(KINDS)}, "name": TEXT, "goal": TEXT, "unit": TEXT,
    "scene": TEXT, "indicator": {"enum": list(measurable())}, "month": _MONTH, "least": TEXT,
    "score": _MAYBE_COUNT, "value": MAYBE,
    "members": {"type": "array", "items": object_of({
        "name": TEXT, "unit": TEXT, "role": TEXT, "score": _MAYBE_COUNT,
    })},
    "opened_by": TEXT, "opened_at": TIME, "closed_by": MAYBE, "outcome": MAYBE,
    "closed_at": MAYBE_TIME,
}  # fmt: skip
_NOTE = object_of({
    "kind": {"enum": ["decision", "file"]}, "says": TEXT, "link": MAYBE, "by": TEXT, "at": TIME,
})  # fmt: skip
_STANDARD = object_of({
    "departments": {"type": "object", "additionalProperties": object_of({
        "zh": TEXT, "en": TEXT,
        "side": {"enum": ["head_office", "branch", "subsidiary", "outside"]},
    })},
    "parties": {"type": "object", "additionalProperties": _WORDS},
    "modes": {"type": "object", "additionalProperties": {
        "type": "object", "additionalProperties": {
            "type": "object", "additionalProperties": _WORDS,
        },
    }},
    "tasks": {"type": "array", "items": object_of({
        "department": _DEPARTMENT, "days": COUNT, "what": _WORDS,
    })},
})  # fmt: skip


def teamwork_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    team = object_of({
        **_CARD, "tasks": {"type": "array", "items": ref("schemas", "teamwork.task")},
        "notes": {"type": "array", "items": _NOTE},
    })  # fmt: skip
    return {
        "teamwork.task": _TASK, "teamwork.scene": _DIVISION, "teamwork.card": object_of(_CARD),
        "teamwork.team": team, "teamwork.standard": _STANDARD,
    }  # fmt: skip


def teamwork_paths() -> dict[str, Schema]:
    """The paths."""
    scene = path_parameter("scene", {"type": "string", "minLength": 1}, "场景 · the scene")
    task = path_parameter("task", {"type": "string", "format": "uuid"}, "任务 · the task")
    team = path_parameter("team", _REF, "团队 · the team")
    division, whole = ref("schemas", "teamwork.scene"), ref("schemas", "teamwork.team")
    new_task = object_of(
        {"what": _SAID, "department": _DEPARTMENT, "due_on": _DAY, "owner": _OWNER},
        "owner", closed=True,
    )  # fmt: skip
    filled = object_of(
        {"party": {"enum": list(PARTIES)},
         **{cell: {"type": ["string", "null"], "maxLength": TEXT_MOST} for cell in CELLS}},
        *CELLS, closed=True,
    )  # fmt: skip
    hand = object_of({"department": _DEPARTMENT, "owner": _OWNER}, "owner", closed=True)
    link: Schema = {"type": "string", "maxLength": TEXT_MOST, "pattern": "^(https://[^ ]+)?$"}
    acts: tuple[tuple[str, Schema, str, str, Schema, Schema], ...] = (
        ("scenes/{scene}/choose", scene, "choose_standard",
         "按建设方式选定标准分工 · take the standard of a way of building",
         object_of({"mode": {"enum": list(MODES)}}, closed=True), division),
        ("scenes/{scene}/parties", scene, "fill_party",
         "填写一方的各栏；空文本恢复标准 · fill cells of a party; an empty text is the standard's",
         filled, division),
        ("scenes/{scene}/tasks", scene, "add_scene_task", "给部门一项任务 · a task of a department",
         new_task, division),
        ("tasks/{task}/take", task, "take_unit_task", "接手任务 · take a task", EMPTY,
         ref("schemas", "teamwork.task")),
        ("tasks/{task}/hand", task, "hand_unit_task",
         "转交其他部门或人员 · hand it to another department or person", hand,
         ref("schemas", "teamwork.task")),
        ("tasks/{task}/end", task, "end_unit_task", "完成任务 · say what came of it",
         object_of({"result": _SAID}, closed=True), ref("schemas", "teamwork.task")),
        ("teams/{team}/tasks", team, "add_team_task", "团队任务 · a task of the team", new_task, whole),
        ("teams/{team}/notes", team, "note_in_team",
         "记录决定，或以链接登记文件 · a decision, or a file as a link",
         object_of({"says": _SAID, "link": link}, "link", closed=True), whole),
        ("teams/{team}/close", team, "close_team", "解散团队 · close the team",
         object_of({"outcome": _SAID}, closed=True), whole),
    )  # fmt: skip
    return {
        "/v1/teamwork/standard": {
            "get": asks("get_responsibilities", "各建设方式的标准分工 · the standard of each way of "
                        "building", _ANY, ref("schemas", "teamwork.standard")),
        },
        "/v1/teamwork/scenes/{scene}": {
            "parameters": [scene],
            "get": asks("get_parties", "场景六方、部门任务与等待 · the six parties of a scene, tasks of "
                        "departments and their waiting", _ANY, division, 404),
        },
        "/v1/teamwork/teams": {
            "get": asks("list_teams", "任务型团队 · task teams", _ANY,
                        page_of(ref("schemas", "teamwork.card"))),
            "post": writes("open_team", "组建团队 · form a team", _EDIT, _charter(), whole, 404, 409, 422),
        },
        "/v1/teamwork/teams/{team}": {
            "parameters": [team],
            "get": asks("get_team", "团队及其任务、决定与文件 · a team with its tasks, decisions and files",
                        _ANY, whole, 404),
        },
        **{
            f"/v1/teamwork/{path}": {
                "parameters": [one],
                "post": writes(name, summary, _EDIT, body, told, 404, 409, 422),
            }
            for path, one, name, summary, body, told in acts
        },
    }  # fmt: skip


def _charter() -> Schema:
    member = object_of({"name": _NAME, "unit": _NAME, "role": _NAME}, closed=True)
    return object_of({
        "ref": _REF, "kind": {"enum": list(KINDS)}, "name": _NAME, "goal": _SAID, "unit": _NAME,
        "scene": {"type": "string", "minLength": 1, "maxLength": 64},
        "indicator": {"enum": list(measurable())}, "month": _MONTH,
        "least": {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$"},
        "members": {"type": "array", "items": member, "maxItems": MEMBERS_MOST},
    }, closed=True)  # fmt: skip
