"""How far a copy is from its original, in the pack's own words."""

from __future__ import annotations

from collections.abc import Iterator

from enscene.operations.check_wish import check_wish
from enscene.operations.launch import Wish
from enscene.operations.template_defaults import value_text
from enscene.scenes.language import Pack
from enscene.scenes.language.diff import Change, diff_packs


async def read_difference(
    pack: Pack, original: Wish, copy: Wish, zone: str
) -> tuple[Change, ...] | None:
    """What differs between the scenes that two wishes make of one template; none of it is code, as a
    pack has none. None: one of them is no scene yet, as it has mistakes."""
    was = (await check_wish(pack, original, zone)).pack
    will = (await check_wish(pack, copy, zone)).pack
    if was is None or will is None:
        return None
    return (*_options(was, will), *diff_packs(was, will), *_products(original, copy))


def _options(was: Pack, will: Pack) -> Iterator[Change]:
    """What options are set to, as it is written in files and forms; their definitions are the
    template's."""
    for name, option in will.options.items():
        if name not in was.options:
            continue
        before = value_text(was.options[name].value, option.type.name, was.currency)
        after = value_text(option.value, option.type.name, will.currency)
        if before != after:
            yield Change("changed", f"options.{name}", before, after)


def _products(original: Wish, copy: Wish) -> Iterator[Change]:
    """Which of the template's products are mounted is the wish's alone to say."""
    for name in original.products:
        if name not in copy.products:
            yield Change("removed", f"mounted.{name}")
    for name in copy.products:
        if name not in original.products:
            yield Change("added", f"mounted.{name}")
