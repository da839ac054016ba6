"""The part of the platform's document that tells of what staff did and can do."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    MAYBE_TIME,
    TEXT,
    Schema,
    asks,
    page_of,
    ref,
    writes,
)
from enscene.work import WAIT_MOST_H

_READ = "people:read | people:write | people:approve"
_MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_SHARE: Schema = {
    "type": ["number", "null"], "minimum": 0, "maximum": 1,
    "description": "不足三十次为空 · null for fewer than thirty tries",
}  # fmt: skip
_WAIT: Schema = {
    "type": "integer", "minimum": 0, "maximum": WAIT_MOST_H,
    "description": "预计等待超过几小时，需求低的自动办理；0 为一律 · from how many hours of waiting on small "
    "needs are served without a person; 0: always",
}  # fmt: skip


def staff_schemas() -> dict[str, Schema]:
    """What the paths refer to."""
    return {
        "staff.behaviour": object_of({
            "staff": TEXT, "contacts": COUNT, "replies": COUNT, "reply_s": _MAYBE_COUNT,
            "in_time": COUNT, "in_time_share": _SHARE, "follow_ups": COUNT, "followed": COUNT,
            "followed_share": _SHARE, "handed_on": COUNT, "handed_in": COUNT, "customers": COUNT,
            "offers": COUNT, "taken": COUNT, "taken_share": _SHARE, "opened": COUNT, "kept": COUNT,
            "kept_share": _SHARE, "active_later": _MAYBE_COUNT, "active_share": _SHARE,
            "tries_least": COUNT,
        }),
        "staff.capacity": object_of({
            "open": COUNT, "unassigned": COUNT, "expected_wait_s": _MAYBE_COUNT,
            "people": {"type": "array", "items": object_of({
                "staff": TEXT, "open": COUNT, "done_by_day": {"type": "number", "minimum": 0},
            })},
            "wait_h": _WAIT, "set_by": MAYBE, "set_at": MAYBE_TIME,
            "served": object_of({"low_need": COUNT, "long_wait": COUNT, "came_back": COUNT}),
        }),
    }  # fmt: skip


def staff_paths() -> dict[str, Schema]:
    """The paths."""
    capacity = ref("schemas", "staff.capacity")
    month: Schema = {
        "name": "month", "in": "query",
        "schema": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
        "description": "月份，默认本月 · the month; by default this one",
    }  # fmt: skip
    staff: Schema = {
        "name": "staff", "in": "query", "schema": {"type": "string", "maxLength": 64},
        "description": "员工账号 · one of the staff",
    }  # fmt: skip
    behaviour = asks(
        "list_staff_behaviour", "员工行为与其客户的结果 · what staff did beside what came of it", _READ,
        page_of(ref("schemas", "staff.behaviour")),
    )  # fmt: skip
    return {
        "/v1/staff/behaviour": {"get": {**behaviour, "parameters": [month, staff]}},
        "/v1/staff/capacity": {
            "get": asks("get_staff_capacity", "服务能力：在办、日办结、预计等待 · open tasks, tasks ended by the "
                        "day, the wait to expect", _READ, capacity),
            "put": writes(
                "set_staff_capacity", "设定自动办理的等待时长 · from which wait on small needs are served "
                "without a person", "people:write",
                object_of({"wait_h": _WAIT}, closed=True), capacity,
            ),
        },
    }  # fmt: skip
