"""Which interface a path is: the id that its operation has in the documents (`x-api-id`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from enscene.api.documents.marks import METHODS, platform_id
from enscene.api.documents.platform import platform_document

_Way = tuple[tuple[str | None, ...], str]


def operation_of(method: str, path: list[str], packs: Mapping[str, str]) -> str:
    """The id of the interface; "" for what is none. `path` are the parts from `v1` on, `packs` the
    packs of the tenant's scenes by ref."""
    method = "GET" if method == "HEAD" else method
    pack = packs.get(path[1]) if len(path) > 2 else None
    if pack is not None:
        name = _of_scene(method, path[2:])
        if name:
            return f"{pack}.{name}"
    for parts, found in _platform().get((method, len(path)), ()):
        if all(part is None or part == given for part, given in zip(parts, path, strict=True)):
            return found
    return ""


def _of_scene(method: str, rest: list[str]) -> str:
    """The operation below a scene, as the scene's document names it."""
    match method, rest:
        case "POST", ["actions" | "queries", name]:
            return name
        case "GET", ["things", name]:
            return f"list_{name}"
        case "GET", ["things", name, _]:
            return f"get_{name}"
        case "GET", ["accounts", _, _]:
            return "get_balance"
        case "GET", ["accounts", _, _, "entries"]:
            return "list_entries"
        case "GET", ["events"]:
            return "list_events"
        case "GET", ["district"]:
            return "get_district"
        case "GET", ["account"]:
            return "get_account"
        case "GET", ["account", "entries"]:
            return "list_account_entries"
        case "GET", ["referrals", "code"]:
            return "get_referral_code"
        case "PUT", ["referrals", "code"]:
            return "give_referral_code"
        case "PUT", ["referrals", "claims", _]:
            return "claim_referral"
        case "POST", ["asking"]:
            return "ask"
        case "POST", ["asking", "person"]:
            return "ask_person"
        case "POST", ["bulk"]:
            return "bulk"
        case "POST", ["quotes"]:
            return "quote_products"
        case "PUT", ["parties", _]:
            return "enrol_party"
        case "PUT", ["links", _, _]:
            return "link_party"
        case "PUT", ["consents", _, _]:
            return "set_consent"
        case _, ["applications", *more]:
            return _of_application(method, more)
    return ""


def _of_application(method: str, rest: list[str]) -> str:
    match method, rest:
        case "GET", []:
            return "list_applications"
        case "POST", []:
            return "begin_application"
        case "GET", ["figures"]:
            return "get_application_figures"
        case "GET", [_]:
            return "get_application"
        case "GET", [_, "decision"]:
            return "get_application_decision"
        case "GET", [_, "documents", _]:
            return "get_application_document"
        case "GET", [_, "talk"]:
            return "get_application_talk"
        case "POST", [_, "talk"]:
            return "say_in_application"
        case "POST", [_, name]:
            return f"{name}_application"
    return ""


@cache
def _platform() -> Mapping[tuple[str, int], tuple[_Way, ...]]:
    found: dict[tuple[str, int], list[_Way]] = {}
    for path, item in platform_document("")["paths"].items():
        parts = tuple(None if part.startswith("{") else part for part in path.split("/")[1:])
        for method in METHODS & item.keys():
            way = (parts, platform_id(item[method]["operationId"]))
            found.setdefault((method.upper(), len(parts)), []).append(way)
    # A word goes before a parameter at the same place.
    return {
        key: tuple(sorted(ways, key=lambda way: [part is None for part in way[0]]))
        for key, ways in found.items()
    }
