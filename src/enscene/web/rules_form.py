"""The form of the rules of contact."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from enscene.engagement.campaigns import ContactRules
from enscene.engagement.campaigns.contact_rules import CAPS_MOST, CHANNELS
from enscene.kernel.errors import Invalid

Draft: TypeAlias = dict[str, Any]
PLAIN = ("quiet", "begins", "ends", "fatigue", "after", "rest", "holdout", "floor")
CAP = ("times", "within", "channel")
_CAP = re.compile(r"caps\.([0-9]{1,2})\.([a-z]+)")
TYPED_MOST = 40


def blank_cap() -> Draft:
    """An empty bound."""
    return {"times": "", "within": "1d", "channel": ""}


def draft_of(rules: ContactRules) -> Draft:
    """The form of rules that are there."""
    quiet, fatigue = rules.quiet, rules.fatigue
    return {
        "caps": [
            {"times": str(cap.times), "within": cap.within, "channel": cap.channel or ""}
            for cap in rules.caps
        ],
        "quiet": "on" if quiet else "", "begins": quiet.begins if quiet else "21:00",
        "ends": quiet.ends if quiet else "08:00",
        "channels": list(quiet.channels if quiet else ("push", "sms", "call")),
        "fatigue": "on" if fatigue else "", "after": str(fatigue.after if fatigue else 5),
        "rest": fatigue.rest if fatigue else "14d", "holdout": f"{rules.holdout / 10:g}",
        "floor": f"{rules.floor / 10:g}",
    }  # fmt: skip


def read_draft(form: Iterable[tuple[str, str]]) -> Draft:
    """What the form holds; rows that are not there close up."""
    draft: Draft = {**dict.fromkeys(PLAIN, ""), "channels": []}
    caps: dict[int, Draft] = {}
    for name, value in form:
        text = "".join(filter(str.isprintable, value)).strip()[:TYPED_MOST]
        if name in PLAIN:
            draft[name] = text
        elif name.startswith("channel.") and name[8:] in CHANNELS:
            draft["channels"].append(name[8:])
        elif (found := _CAP.fullmatch(name)) and found[2] in CAP:
            caps.setdefault(int(found[1]), blank_cap())[found[2]] = text
    draft["caps"] = [row for _, row in sorted(caps.items())][:CAPS_MOST]
    draft["channels"] = list(dict.fromkeys(draft["channels"]))
    return draft


def read_rules_form(draft: Draft) -> tuple[ContactRules | None, dict[str, Invalid]]:
    """The rules that the form makes; None with everything that is wrong."""
    faults: dict[str, Invalid] = {}

    def count(at: str, text: str, least: int, most: int) -> int:
        if text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most:
            return int(text)
        faults[at] = Invalid("a whole number", code="billing.count", param=at,
                             facts={"least": least, "most": most})  # fmt: skip
        return least

    def mille(at: str, text: str, least: int) -> int:
        whole, _, tenth = text.rstrip("%％ ").partition(".")
        digits = whole + (tenth or "0")
        fits = len(tenth) <= 1 and digits.isascii() and digits.isdigit() and len(digits) < 6
        if fits and least <= int(digits) <= 500:
            return int(digits)
        faults[at] = Invalid("a share", code="campaign.share", param=at,
                             facts={"least": f"{least / 10:g}"})  # fmt: skip
        return least

    plain: dict[str, Any] = {
        "caps": [
            {"times": count(f"caps.{n}.times", row["times"], 1, 50), "within": row["within"],
             "channel": row["channel"] or None}
            for n, row in enumerate(draft["caps"])
        ],
        "quiet": {"begins": draft["begins"], "ends": draft["ends"], "channels": draft["channels"]}
        if draft["quiet"] else None,
        "fatigue": {"after": count("after", draft["after"], 2, 50), "rest": draft["rest"]}
        if draft["fatigue"] else None,
        "holdout": mille("holdout", draft["holdout"], 0), "floor": mille("floor", draft["floor"], 10),
    }  # fmt: skip
    if draft["quiet"] and not draft["channels"]:
        faults["channels"] = Invalid("this is missing", code="billing.missing", param="channels")
    if faults:
        return None, faults
    try:
        rules = msgspec.convert(plain, ContactRules)
        rules.check()
    except msgspec.ValidationError as error:
        param = field_of(str(error).partition("`$.")[2].rstrip("`"))
        return None, {param: Invalid(str(error), code="invalid.form", param=param)}
    except Invalid as error:
        return None, {field_of(error.param): error}
    return rules, {}


def field_of(param: str | None) -> str:
    """The field that `caps[1].within` or `quiet.ends` is about."""
    at = re.sub(r"\[([0-9]+)\]", r".\1", param or "")
    if at.startswith("caps."):
        return at
    return at.rpartition(".")[2]
