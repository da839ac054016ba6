"""Templates, requests and settlements as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from enscene.blocks import LIBRARY
from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money
from enscene.operations import (
    PILOTED_BY,
    Checked,
    Demand,
    Launch,
    Likeness,
    SceneCard,
    Settlement,
    Wish,
    base_of,
    choices_of,
    default_parts,
    map_money,
    next_moves,
    told_mistake,
    value_text,
)
from enscene.operations.check_wish import Position
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Option
from enscene.scenes.language.report import proofs_text, tier_of

Told = dict[str, Any]
LANGUAGES = ("zh", "en")


def text_of(pack: Pack, key: str) -> dict[str, str]:
    """A text of a pack in both languages, or the last word of its key where it has none."""
    return {
        language: pack.texts[language].get(key, key.rsplit(".", 1)[-1]) for language in LANGUAGES
    }


def template_card(pack: Pack) -> Told:
    """A template as a list shows it."""
    return {
        "id": pack.id,
        "version": pack.version,
        "digest": pack.digest,
        "title": text_of(pack, "title"),
        "summary": text_of(pack, "summary"),
        "sector": pack.sector,
        "serves": list(pack.serves),
        "currency": pack.currency,
        "tier": tier_of(pack),
        "variants": [
            {
                "name": name,
                "title": text_of(pack, f"variants.{name}.title"),
                "help": text_of(pack, f"variants.{name}.help"),
            }
            for name in pack.variants
        ],
    }


def template_told(pack: Pack, variant: str | None, duplicates: Sequence[Likeness]) -> Told:
    """A template with everything that can be chosen of it, under a variant."""
    base = base_of(pack, variant)
    on = default_parts(pack, variant)
    return {
        **template_card(pack),
        "variant": variant,
        "options": [option_told(base, option) for option in base.options.values()],
        "parts": [
            {
                "name": part.name,
                "title": text_of(pack, f"parts.{part.name}.title"),
                "help": text_of(pack, f"parts.{part.name}.help"),
                "on": on[part.name],
                "needs": list(part.needs),
            }
            for part in pack.parts.values()
        ],
        "products": [
            {
                "name": product.name,
                "title": text_of(pack, f"products.{product.name}"),
                "shelf": product.shelf,
                "moment": product.moment,
            }
            for product in pack.products.values()
        ],
        "actions": [
            {
                "name": action.name,
                "title": text_of(base, f"actions.{action.name}"),
                "steps": [
                    {"index": index, "block": step.block} for index, step in enumerate(action.steps)
                ],
            }
            for action in base.actions.values()
        ],
        "blocks": blocks_told(base),
        "proofs": proofs_told(base),
        "money_map": map_told(base),
        "duplicates": [duplicate_told(item) for item in duplicates],
    }


def option_told(pack: Pack, option: Option) -> Told:
    """An option with its bounds and what it means."""
    name, kind = option.name, option.type.name

    def text(value: Any) -> str | None:
        return None if value is None else value_text(value, kind, pack.currency)

    return {
        "name": name,
        "type": kind,
        "title": text_of(pack, f"options.{name}.title"),
        "help": text_of(pack, f"options.{name}.help"),
        "value": text(option.value),
        "least": text(option.least),
        "most": text(option.most),
        "choices": [
            {"value": choice, "title": text_of(pack, f"choices.{choice}")}
            for choice in option.choices
        ],
        "part": option.part,
    }


def blocks_told(pack: Pack) -> list[Told]:
    """The library, with what the arguments of each block may name in this pack."""
    return [
        {
            "name": spec.name,
            "version": spec.version,
            "summary": spec.summary,
            "output": spec.output,
            "args": [
                {
                    "name": name,
                    "kind": arg.kind,
                    "type": arg.type,
                    "required": arg.required,
                    "choices": None
                    if (found := choices_of(arg.kind, pack)) is None
                    else list(found),
                }
                for name, arg in spec.args.items()
            ],
        }
        for spec in LIBRARY.values()
    ]


def proofs_told(pack: Pack) -> Told:
    """What was proved, in words and figures."""
    return {
        "text": {
            language: [line.strip() for line in proofs_text(pack, language).splitlines()]
            for language in LANGUAGES
        },
        "figures": {**pack.figures.counts, "money_paths": pack.figures.money_paths},
        "releases": list(pack.figures.releases),
    }


def map_told(pack: Pack) -> Told:
    """Accounts as nodes, ways of money as edges."""
    found = map_money(pack)
    return {
        "nodes": [
            {
                "account": account.name,
                "title": text_of(pack, f"accounts.{account.name}"),
                "of": account.of,
                "kind": account.kind,
                "role": account.role,
                "outside": account.outside,
            }
            for account in found.accounts
        ],
        "edges": [
            {
                "flow": way.flow,
                "title": text_of(pack, f"flows.{way.flow}"),
                "source": way.source,
                "target": way.target,
                "released": way.released,
                "back": way.back,
            }
            for way in found.ways
        ],
    }


def duplicate_told(item: Likeness) -> Told:
    """A scene that may already be what is wished; `same` says in what they agree."""
    return {"scene": item.ref, "title": item.title, "state": item.state, "same": list(item.same)}


def place_told(wish: Wish, place: Position) -> Told:
    """A place in an action, and why a step does not fit there."""
    why = None if place.why_not is None else told_mistake(wish, place.why_not)
    return {"index": place.index, "before": place.before, "fits": why is None, "why_not": why}


def launch_card(launch: Launch) -> Told:
    """A request as it is stored."""
    took = launch.took
    return {
        "id": str(launch.id),
        "kind": launch.kind,
        "template": launch.pack,
        "scene": launch.scene,
        "state": launch.state,
        "version": launch.version,
        "wish": msgspec.to_builtins(launch.wish),
        "chosen_by": launch.chosen_by,
        "chosen_at": format_time(launch.chosen_at),
        "submitted_by": launch.submitted_by,
        "submitted_at": _time(launch.submitted_at),
        "decided_by": launch.decided_by,
        "decided_at": _time(launch.decided_at),
        "note": launch.note,
        "live_at": _time(launch.live_at),
        "took_s": None if took is None else round(took.total_seconds(), 3),
    }


def launch_told(
    launch: Launch,
    pack: Pack,
    checked: Checked,
    duplicates: Sequence[Likeness],
    rehearsal: Told,
    demand: Demand | None,
) -> Told:
    """A request with what the checks say of it."""
    shown = checked.pack or base_of(pack, launch.wish.variant)
    parts = default_parts(pack, launch.wish.variant) | launch.wish.parts
    options = [
        option_told(shown, option)
        for option in shown.options.values()
        if option.part is None or parts.get(option.part, True)
    ]
    return {
        **launch_card(launch),
        "mistakes": mistakes_told(launch.wish, checked),
        "options": options,
        "parts": parts,
        "proofs": None if checked.pack is None else proofs_told(checked.pack),
        "money_map": map_told(shown),
        "duplicates": [duplicate_told(item) for item in duplicates],
        "rehearsal": rehearsal,
        "forecast": None if demand is None else [_forecast(item) for item in demand.forecast],
    }


def mistakes_told(wish: Wish, checked: Checked) -> list[dict[str, str]]:
    """What the checks found, each with the field of the wish at fault."""
    return [told_mistake(wish, mistake) for mistake in checked.mistakes]


def rehearsal_told(launch: Launch, progress: Any, currency: str) -> Told:
    """How far a rehearsal is, or what it gave."""
    told: Told = {"state": "none", "done": None, "total": None, "reason": None, "result": None}
    if isinstance(progress, tuple):
        return told | {"state": "running", "done": progress[0], "total": progress[1]}
    if isinstance(progress, str):
        return told | {"state": "failed", "reason": progress}
    if launch.rehearsal is None:
        return told
    result = dict(launch.rehearsal)
    result["moved"] = format_money(result.pop("minor"), currency)
    result["balances"] = {
        name: format_money(minor, currency) for name, minor in result["balances"].items()
    }
    return told | {"state": "done", "result": result}


def scene_told(card: SceneCard) -> Told:
    """A scene, and what may be done with it next."""
    profile: Mapping[str, Any] = card.profile
    return {
        "ref": card.ref,
        "name": card.name,
        "template": card.pack,
        "state": card.state,
        "terms": card.terms,
        "region": profile.get("region", ""),
        "unit": profile.get("unit", ""),
        "customer": profile.get("customer", ""),
        "origins": profile.get("origins", []),
        "piloted_by": profile.get(PILOTED_BY),
        "created_at": format_time(card.created_at),
        "live_at": _time(card.live_at),
        "parties": card.people,
        "next": next_moves(card.state),
    }


def settlement_told(settlement: Settlement, currency: str) -> Told:
    """Every balance and every thing of a scene."""
    return {
        "scene": settlement.scene,
        "state": settlement.state,
        "balanced": settlement.balanced,
        "money_left": format_money(settlement.money_left, currency),
        "accounts_left": settlement.accounts_left,
        "things_open": settlement.things_open,
        "cases_open": settlement.cases,
        "accounts": [
            {
                "account": line.name,
                "kind": line.kind,
                "currency": line.currency,
                "accounts": line.accounts,
                "balance": format_money(line.posted, line.currency),
                "held": format_money(line.held, line.currency),
                "outside": line.outside,
            }
            for line in settlement.accounts
        ],
        "things": [
            {"type": line.type, "state": line.state, "things": line.things, "ends": line.ends}
            for line in settlement.things
        ],
    }


def _forecast(item: Any) -> Told:
    return {
        "day": item.day,
        "serving": item.serving,
        "dish": item.dish,
        "expected": round(item.expected, 2),
        "error": None if item.error is None else round(item.error, 2),
        "ordered": item.ordered,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
