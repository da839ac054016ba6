"""Referrals in the document of a scene."""

from __future__ import annotations

from enscene.api.documents.parts import COUNT, Schema, parameters, path_parameter, responses
from enscene.scenes.runtime import RunningScene

_CODE: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_TOLD: Schema = {
    "type": "object",
    "properties": {
        "code": {"oneOf": [_CODE, {"type": "null"}]}, "came": COUNT, "left": COUNT, "days": COUNT,
    },
    "required": ["code", "came", "left", "days"],
}  # fmt: skip
_CLAIMED: Schema = {
    "type": "object",
    "properties": {"code": _CODE, "scene": {"type": "string"}},
    "required": ["code", "scene"],
}


def referral_paths(scene: RunningScene) -> Schema:
    """The paths; there are none where no person takes part."""
    if not any(party.is_a == "person" for party in scene.pack.parties.values()):
        return {}
    base, acting = f"/v1/{scene.ref}/referrals", ("ActingParty", "ActingRole")
    writes = parameters("IdempotencyKey", *acting)
    common = {"tags": ["parties"], "x-scope": f"scene:{scene.ref}:parties.write"}
    refusals = ("referral.no_consent",)
    claims = ("referral.own", "referral.taken", "referral.known", "referral.many")
    return {
        f"{base}/code": {
            "get": {
                **common, "operationId": "get_referral_code",
                "summary": "自己的邀请码与带来的人数 · one's own code, and how many came by it",
                "parameters": parameters(*acting), "responses": responses(_TOLD, 404),
            },
            "put": {
                **common, "operationId": "give_referral_code",
                "summary": "取得自己的邀请码（须同意推荐） · a code of one's own; recommendations are on",
                "parameters": writes,
                "responses": responses(_TOLD, 404, 409, 422, codes=refusals),
            },
        },
        f"{base}/claims/{{code}}": {
            "put": {
                **common, "operationId": "claim_referral",
                "summary": "说明因谁的邀请码而来，先到者为准 · by whose code one came; the first holds",
                "parameters": [path_parameter("code", _CODE, "邀请码 · the code"), *writes],
                "responses": responses(_CLAIMED, 404, 409, 422, codes=claims),
            }
        },
    }  # fmt: skip
