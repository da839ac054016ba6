"""Campaigns and offers as the API tells them."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.engagement.campaigns import Campaign, ContactRules, Kept
from enscene.engagement.offers import Offered
from enscene.engagement.results import Compared, Effect, Span
from enscene.engagement.running import Preview
from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money


def kept_told(kept: Kept) -> dict[str, Any]:
    """A version and what became of it."""
    return {
        "version": kept.version, "state": kept.state, "made_by": kept.made_by,
        "made_at": format_time(kept.made_at), "decided_by": kept.decided_by,
        "decided_at": None if kept.decided_at is None else format_time(kept.decided_at),
        "stopped_by": kept.stopped_by,
        "stopped_at": None if kept.stopped_at is None else format_time(kept.stopped_at),
    }  # fmt: skip


def campaign_told(campaign: Campaign) -> dict[str, Any]:
    return {"ref": campaign.ref, **kept_told(campaign.kept),
            "campaign": msgspec.to_builtins(campaign.body)}  # fmt: skip


def rules_told(rules: ContactRules, kept: Kept | None) -> dict[str, Any]:
    """The rules of contact; those that hold before anything was decided have no version."""
    told = {"rules": msgspec.to_builtins(rules)}
    return told if kept is None else {**kept_told(kept), **told}


def preview_told(preview: Preview) -> dict[str, Any]:
    return {
        "days": preview.days, "events": preview.events, "whole": preview.whole,
        "customers": preview.customers, "errors": preview.errors, "fired": dict(preview.fired),
        "said": dict(preview.said), "not_said": dict(preview.not_said),
    }  # fmt: skip


def offer_told(offered: Offered) -> dict[str, Any]:
    """With why it was said, and why each other one was not."""
    rights = offered.rights
    return {
        "id": str(offered.id), "at": format_time(offered.at), "customer": offered.customer,
        "scene": offered.scene, "moment": offered.moment, "product": offered.product,
        "state": offered.state, "title": rights.get("title"), "reason": offered.reason,
        "channel": rights.get("channel"), "propensity": rights.get("propensity"),
        "eligible": rights.get("eligible", []), "suppressed": rights.get("suppressed", {}),
        "data": rights.get("data", []), "delivery": offered.delivery,
    }  # fmt: skip


def effect_told(campaign: Campaign, effect: Effect) -> dict[str, Any]:
    """What a subsidy left behind; amounts of money are texts, means of anything else numbers."""
    money, split = campaign.body.currency, effect.split
    return {
        "ref": campaign.ref, "version": campaign.kept.version, "state": effect.state,
        "ended": None if effect.ended is None else format_time(effect.ended), "currency": money,
        "subsidy": format_money(effect.subsidy, money),
        "customers": {"treated": effect.customers[0], "held_out": effect.customers[1],
                      "changed_sides": effect.between, "whole": effect.whole},
        "split": None if split is None else {
            "expected": [round(each, 1) for each in split.expected], "p": split.p,
            "holds": split.holds},
        "spans": [_span_told(effect, each, money) for each in effect.spans],
        "weeks": [{"week": each.number, "treated": _short(each.treated),
                   "held_out": _short(each.control)} for each in effect.weeks],
        "kept": None if effect.kept is None else _short(effect.kept),
        "cost_of_kept": None if effect.cost_of_kept is None
        else format_money(effect.cost_of_kept, money),
    }  # fmt: skip


def _span_told(effect: Effect, span: Span, money: str) -> dict[str, Any]:
    extra = effect.extra(span)
    return {
        "span": span.name, "since": format_time(span.since), "until": format_time(span.until),
        "over": span.over, "weeks": _short(span.weeks),
        "extra": None if extra is None else {
            name: format_money(getattr(extra, name), money) for name in ("value", "low", "high")},
        "measures": [_measure_told(each, money) for each in span.measures],
    }  # fmt: skip


def _measure_told(found: Compared, money: str) -> dict[str, Any]:
    def told(number: float) -> Any:
        return format_money(round(number), money) if found.measure == "paid" else _short(number)

    of = found.difference
    return {
        "measure": found.measure, "treated": told(found.treated), "held_out": told(found.control),
        "difference": None if of is None else {
            name: told(getattr(of, name)) for name in ("value", "low", "high")},
        "verdict": found.word, "needed": found.needed,
    }  # fmt: skip


def _short(number: float) -> float:
    return round(number, 4)
