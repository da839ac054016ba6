"""The part of the platform's document that tells of the board."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import COUNT, FLAG, MAYBE_TIME, TEXT, Schema, asks, ref
from enscene.operations.board import HEALTHS, STEPS
from enscene.operations.board.read_board import MONEY

_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_SHARE: Schema = {"type": ["integer", "null"]}
_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_COUNT: Schema = {"type": "integer"}


def _list(**properties: Schema) -> Schema:
    return {"type": "array", "items": object_of(properties)}


def board_schemas() -> dict[str, Schema]:
    """What the paths refer to."""
    amount = object_of({"value": TEXT, "low": TEXT, "high": TEXT})
    return {
        "Board": object_of({
            "month": _MONTH, "computed_to": _DAY,
            "places": _list(tenant=TEXT, computed_to=_DAY, late_days=COUNT, missing_days=COUNT),
            "scenes": _list(
                tenant=TEXT, scene=TEXT, name=TEXT, state=TEXT, health={"enum": list(HEALTHS)},
                owner=TEXT, active=COUNT, quality=COUNT, converted_share=_SHARE,
                retained_share=_SHARE, last_use=_DAY,
            ),
            "totals": _list(line={"enum": list(MONEY)}, currency=TEXT, scenes=TEXT,
                            unallocated=TEXT, ledger=TEXT),
            "even": FLAG,
            "funnel": _list(indicator={"enum": list(STEPS)}, count=_COUNT, share=_SHARE),
            "income": _list(currency=TEXT, amount=TEXT),
            "cohorts": _list(first=TEXT, active={"type": "array", "items": _COUNT}),
            "loops": _list(tenant=TEXT, campaign=TEXT, cycle=_COUNT, owner=TEXT, verdict=TEXT,
                           uneven=FLAG, per_customer={"oneOf": [amount, {"type": "null"}]}),
            "todo": _list(tenant=TEXT, what=TEXT, count=COUNT, since=MAYBE_TIME),
        })
    }  # fmt: skip


def board_paths() -> Schema:
    """The path of the board."""
    month: Schema = {
        "name": "month", "in": "query", "schema": _MONTH,
        "description": "月份，默认最近有数据的月份 · the month; by default the last with figures",
    }  # fmt: skip
    place: Schema = {
        "name": "place", "in": "query", "schema": TEXT,
        "description": "本机构或下级机构，默认本机构 · the own institution or one below it",
    }  # fmt: skip
    scope = "launch:read | launch:edit | launch:approve"
    told = asks(
        "get_board", "看板 · the board of an institution and all below it", scope,
        ref("schemas", "Board"), 404,
    )  # fmt: skip
    return {"/v1/board": {"get": {"tags": ["board"], **told, "parameters": [month, place]}}}
