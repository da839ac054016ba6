"""The account in the document of a scene."""

from __future__ import annotations

from typing import get_args

from enscene.api.documents.parts import (
    MAYBE,
    TIME,
    page_of,
    parameters,
    responses,
)
from enscene.api.documents.schemas import Schema, schema_of
from enscene.operations.indicators.classes import CLASSES
from enscene.operations.scene_account import DAILY, LINES, PARTS, Outlook
from enscene.scenes.language.model import Pack, Type
from enscene.scenes.runtime import RunningScene

_TEXT: Schema = {"type": "string"}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_ABOUT = (
    "沉淀、收入、代收代付与支出，按月取自总账；counts 为 1 或 -1 的各项构成当月结果；余额截至 computed_to 日终 · "
    "what is bound to the scene, earned, moved for others and spent in a month, from the ledger; lines "
    "with counts 1 or -1 make the result; balances are those at the end of computed_to, which is null "
    "where no day of the month is computed yet. bound 将三个月内首次使用的老客户与同类客户比较 · bound "
    "compares customers who began within three months with others like them. payback 为投入与回本 · "
    "payback is what was put in and whether it is earned back, over all whole months"
)
_ENTRIES = (
    "class 与 line 二选一；amount 按计入该数的符号给出，各页之和即当日之数（余额类为当日变动） · one of class and line; "
    "amount is as it goes into the figure, and all pages together are the figure of the day, of a "
    "balance its change"
)


def _all(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def scene_account_paths(scene: RunningScene) -> Schema:
    """The path of the account."""
    month: Schema = {
        "name": "month",
        "in": "query",
        "description": "月份，默认本月 · the month; by default this one",
        "schema": _MONTH,
    }
    return {
        f"/v1/{scene.ref}/account": {
            "get": {
                "operationId": "get_account",
                "tags": ["accounts"],
                "summary": "场景账 · the account of the scene",
                "description": _ABOUT,
                "x-scope": f"scene:{scene.ref}:account.read",
                "x-level": "A2",
                "parameters": [month, *parameters("ActingParty", "ActingRole")],
                "responses": responses(_account(scene.pack), 404),
            }
        },
        f"/v1/{scene.ref}/account/entries": {"get": _entries(scene)},
    }


def _asked(name: str, about: str, schema: Schema, *, required: bool = False) -> Schema:
    return {
        "name": name, "in": "query", "description": about, "required": required, "schema": schema,
    }  # fmt: skip


def _entries(scene: RunningScene) -> Schema:
    entry = _all(
        seq={"type": "integer", "minimum": 0}, at=TIME,
        side={"type": "string", "enum": ["debit", "credit"]}, account=_TEXT, party=MAYBE,
        currency=_TEXT, amount=schema_of(Type("money"), scene.pack), what=_TEXT,
        event=_all(action=_TEXT, subject=_TEXT), contract=MAYBE,
    )  # fmt: skip
    day: Schema = {"type": "string", "format": "date"}
    return {
        "operationId": "list_account_entries",
        "tags": ["accounts"],
        "summary": "场景账某日的分录 · entries behind a figure of a day",
        "description": _ENTRIES,
        "x-scope": f"scene:{scene.ref}:account.read",
        "x-level": "A2",
        "parameters": [
            _asked("day", "银行时区的日期 · a day of the bank", day, required=True),
            _asked("class", "账户类别 · a class of accounts", {"enum": list(CLASSES)}),
            _asked("line", "场景账的项目 · a line of the account", {"enum": list(DAILY)}),
            _asked("currency", "币种，默认场景币种 · by default the scene's", _TEXT),
            *parameters("Limit", "Cursor", "ActingParty", "ActingRole"),
        ],
        "responses": responses(page_of(entry), 404),
    }


def _account(pack: Pack) -> Schema:
    money = schema_of(Type("money"), pack)
    line = _all(
        line={"type": "string", "enum": [each.name for each in LINES]},
        part={"type": "string", "enum": list(PARTS)}, at_end={"type": "boolean"}, amount=money,
        before=money, counts={"type": "integer", "enum": [-1, 0, 1]},
    )  # fmt: skip
    sheet = _all(
        currency=_TEXT, lines={"type": "array", "items": line}, result=money, result_before=money
    )
    each = _all(value=money, low=money, high=money)
    count: Schema = {"type": "integer", "minimum": 0}
    bound = _all(
        line={"type": "string", "enum": ["deposits", "loans"]}, currency=_TEXT, began=count,
        compared=count, others=count,
        why={"enum": [None, "few_began", "few_others", "unlike"]},
        per_customer={"oneOf": [each, {"type": "null"}]},
        in_all={"oneOf": [money, {"type": "null"}]},
    )  # fmt: skip
    maybe: Schema = {"oneOf": [_MONTH, {"type": "null"}]}
    payback = _all(
        currency=_TEXT, invested=money, left=money, outlook={"enum": list(get_args(Outlook))},
        month=maybe, soonest=maybe, latest=maybe, months_in_a_row=count,
        sustained={"type": "boolean"},
    )  # fmt: skip
    return _all(
        scene=_TEXT, month=_MONTH, bound={"type": "array", "items": bound},
        payback={"type": "array", "items": payback},
        computed_to={"type": ["string", "null"], "format": "date"},
        sheets={"type": "array", "items": sheet},
        leading={"type": "object", "additionalProperties": {"type": "integer"}},
    )  # fmt: skip
