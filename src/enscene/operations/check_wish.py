"""Judge a wish as the compiler would: the configured pack with its proofs, or the mistakes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from enscene.kernel.errors import Invalid, NotFound
from enscene.operations.launch import Wish, check_step
from enscene.scenes.language import AddedStep, Mistake, Pack, configure


@dataclass(frozen=True, slots=True)
class Checked:
    """`pack` is None when there are mistakes; `by_option` has those of single options."""

    pack: Pack | None
    mistakes: tuple[Mistake, ...] = ()
    by_option: Mapping[str, Mistake] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an action's steps: before step `index`; `why_not` is None where it fits."""

    index: int
    before: str | None
    why_not: Mistake | None


async def check_wish(pack: Pack, wish: Wish, zone: str) -> Checked:
    """Configure the template as wished, outside the event loop (a tenth of a second)."""
    return await asyncio.to_thread(_check, pack, wish, zone)


def field_at_fault(wish: Wish, mistake: Mistake) -> str:
    """The field of a wish that a mistake is about: `options.daily_limit`, `added[0].notify`."""
    path = mistake.path.replace("added_steps[", "added[")
    if path.split(".")[0].split("[")[0] in ("options", "parts", "variant", "products", "added"):
        return path
    # Every configuration of a template was checked when it was loaded: only what was added to it
    # can break it at another place.
    return "added" if wish.added else "variant"


def refuse_mistakes(wish: Wish, checked: Checked) -> None:
    """Raises: Invalid with the first mistake's field; `facts` has all of them."""
    if not checked.mistakes:
        return
    first = checked.mistakes[0]
    raise Invalid(
        first.message,
        code="launch.mistakes",
        param=field_at_fault(wish, first),
        hint=first.hint or None,
        facts={"mistakes": [told_mistake(wish, mistake) for mistake in checked.mistakes]},
    )


def told_mistake(wish: Wish, mistake: Mistake) -> dict[str, str]:
    """A mistake for programs."""
    return {
        "param": field_at_fault(wish, mistake),
        "code": mistake.code,
        "detail": mistake.message,
        "hint": mistake.hint,
    }


def check_products(pack: Pack, wish: Wish) -> None:
    """Raises: Invalid (a product that the template does not mount)."""
    for number, name in enumerate(wish.products):
        if name not in pack.products:
            raise Invalid(
                f"the template has no product {name[:60]!r}",
                code="launch.no_product",
                param=f"products[{number}]",
                hint=f"it has {', '.join(pack.products)}" if pack.products else None,
            )


def _check(pack: Pack, wish: Wish, zone: str) -> Checked:
    added = [AddedStep(s["action"], s["index"], s["step"]) for s in wish.added]
    result = configure(
        pack,
        variant=wish.variant,
        options=wish.options,
        parts=wish.parts,
        added_steps=added,
        zone=zone,
    )
    by_option = {
        mistake.path.removeprefix("options.").split(".")[0]: mistake
        for mistake in result.mistakes
        if mistake.path.startswith("options.")
    }
    return Checked(result.pack, result.mistakes, by_option)


async def fitting_positions(
    pack: Pack, wish: Wish, action: str, step: Mapping[str, Any], zone: str
) -> list[Position]:
    """Every place in an action, and why the step does not fit where it does not.

    Raises: NotFound (no such action), Invalid (what no step is made of).
    """
    check_step(step, "step")
    return await asyncio.to_thread(_positions, pack, wish, action, step, zone)


def _positions(
    pack: Pack, wish: Wish, action: str, step: Mapping[str, Any], zone: str
) -> list[Position]:
    base = _check(pack, wish, zone)
    found = None if base.pack is None else base.pack.actions.get(action)
    if base.pack is not None and found is None:
        raise NotFound(
            f"the template has no action {action[:60]!r}", code="scene.no_action", param="action"
        )
    steps = [] if found is None else list(found.steps)
    known = {(mistake.code, mistake.path) for mistake in base.mistakes}
    positions = []
    for index in range(len(steps) + 1):
        added = [*wish.added, {"action": action, "index": index, "step": dict(step)}]
        tried = _check(pack, _with(wish, added), zone)
        new = [m for m in tried.mistakes if (m.code, m.path) not in known]
        before = steps[index].block if index < len(steps) else None
        positions.append(Position(index, before, new[0] if new else None))
    return positions


def _with(wish: Wish, added: list[dict[str, Any]]) -> Wish:
    return Wish(
        variant=wish.variant, options=wish.options, parts=wish.parts, added=added, ref=wish.ref
    )
