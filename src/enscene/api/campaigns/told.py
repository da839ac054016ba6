"""Campaigns and offers as the API tells them."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.engagement.campaigns import Campaign, ContactRules, Kept
from enscene.engagement.offers import Offered
from enscene.engagement.running import Preview
from enscene.kernel.clock import format_time


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
