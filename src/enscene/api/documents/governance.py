"""The part of the documents that is about controls, records, assets and what the public says."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of, operation
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    TEXT,
    Schema,
    json_body,
    page_of,
    path_parameter,
    ref,
    responses,
)
from enscene.partners.governance import CODES, TIERS, read_kinds
from enscene.partners.inventory import KINDS, SEVERITIES
from enscene.partners.opinions import LINES_MOST

_SHORT: Schema = {"type": "string", "maxLength": 120}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_MAYBE_DAY: Schema = {**_DAY, "type": ["string", "null"]}
_SEVERITY: Schema = {"enum": list(SEVERITIES)}
_RECORD = object_of({
    "id": TEXT, "kind": {"enum": [kind.id for kind in read_kinds().kinds]}, "about": TEXT,
    "on_day": _DAY, "due_on": _MAYBE_DAY,
    "fields": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
    "side": {"enum": ["bank", "partner"]}, "made_at": TEXT,
})  # fmt: skip
_ASSET = object_of({
    "id": TEXT, "kind": {"enum": list(KINDS)}, "name": TEXT, "owner": TEXT, "supplier": TEXT,
    "version": TEXT, "certificate_until": _MAYBE_DAY, "domain_until": _MAYBE_DAY,
    "origin": {"enum": ["person", "settings"]}, "components": COUNT,
    "holes": {"type": "array", "items": object_of({
        "name": TEXT, "severity": _SEVERITY, "found_at": TEXT, "fixed": FLAG,
    })},
})  # fmt: skip
_CONTROLS = object_of({
    "tier": {"enum": list(TIERS)}, "points": COUNT, "admitted_until": MAYBE, "renewing": FLAG,
    "controls": {"type": "array", "items": object_of({
        "id": TEXT, "zh": TEXT, "en": TEXT, "need": {"enum": ["must", "should", "free", "beyond"]},
        "state": {"enum": ["there", "missing", "advised", "beyond", "free"]},
    })},
    "gaps": {"type": "array", "items": object_of({
        "kind": TEXT, "about": TEXT, "code": {"enum": list(CODES)}, "severity": _SEVERITY,
    })},
})  # fmt: skip


def governance_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {"partners.record": _RECORD, "partners.asset": _ASSET}


def governance_paths() -> dict[str, Schema]:
    """The paths."""
    base = "/v1/partner-applications/{partner}"
    partner = path_parameter("partner", TEXT, "合作方编号 · the partner, ptn_…")
    of_asset = path_parameter("asset", TEXT, "资产编号 · the asset, ast_…")
    record, asset = ref("schemas", "partners.record"), ref("schemas", "partners.asset")
    own = [kind.id for kind in read_kinds().kinds if "partner" in kind.by]
    return {
        f"{base}/controls": {"parameters": [partner], "get": operation(
            "read_controls", "风险等级、管控与缺口 · tier, controls and gaps", _CONTROLS,
        )},
        f"{base}/records": {
            "parameters": [partner],
            "get": operation("list_records", "系统、测试与演练记录 · records of systems, tests and drills", page_of(record)),
            "post": operation(
                "write_record", "登记一条记录，相同的只登记一次 · write a record down; the same twice is once",
                record, 403, 409, 422, body=object_of({
                    "kind": {"enum": own}, "about": {"type": "string", "minLength": 2, "maxLength": 100},
                    "on_day": _DAY, "due_on": _MAYBE_DAY,
                    "fields": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
                }, "due_on", closed=True),
            ),
        },
        f"{base}/assets": {
            "parameters": [partner],
            "get": operation("list_own_assets", "自己的互联网资产 · one's own internet assets", page_of(asset)),
            "post": operation(
                "enter_asset", "登记或更新一项资产 · enter an asset, or what is known of it now", asset, 409,
                body=object_of({
                    "kind": {"enum": list(KINDS)}, "name": {**_SHORT, "minLength": 1},
                    "owner": _SHORT, "supplier": _SHORT, "version": _SHORT,
                    "certificate_until": _MAYBE_DAY, "domain_until": _MAYBE_DAY,
                }, "owner", "supplier", "version", "certificate_until", "domain_until", closed=True),
            ),
        },
        f"{base}/assets/{{asset}}/components": {
            "parameters": [partner, of_asset],
            "put": operation(
                "import_components", "导入组件清单（CycloneDX） · import the components, as CycloneDX",
                asset, 409, body={
                    "type": "object", "required": ["bomFormat", "specVersion", "components"],
                    "properties": {
                        "bomFormat": {"const": "CycloneDX"},
                        "specVersion": {"type": "string", "pattern": r"^1\.[0-9]$"},
                        "components": {"type": "array", "minItems": 1, "maxItems": 5000, "items": {
                            "type": "object", "required": ["name"], "properties": {
                                "name": {"type": "string", "minLength": 1}, "version": TEXT,
                                "purl": TEXT,
                            },
                        }},
                    },
                },
            ),
        },
        "/v1/opinions": {"post": {
            "operationId": "import_opinions", "x-scope": "opinions:write",
            "summary": "导入舆情条目，整批导入 · import what the public says; all or none",
            "requestBody": json_body(object_of({"items": {
                "type": "array", "minItems": 1, "maxItems": LINES_MOST, "items": object_of({
                    "partner": {"type": "string", "maxLength": 64},
                    "source": {"type": "string", "minLength": 1, "maxLength": 60},
                    "url": {"type": "string", "pattern": "^https?://[!-~]{1,480}$"},
                    "time": {"type": "string", "format": "date-time"},
                    "text": {"type": "string", "minLength": 1, "maxLength": 2000},
                }, closed=True),
            }}, closed=True)),
            "responses": responses(object_of({"taken": COUNT, "new": COUNT}), 413, 415),
        }},
    }  # fmt: skip
