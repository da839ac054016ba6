"""A template as somebody finds it who has not chosen anything yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from enscene.kernel.money import Portion, format_money
from enscene.scenes.language import Pack, configure


class _ByDigest:
    """A pack that a cache tells from others by its digest alone."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def __hash__(self) -> int:
        return hash(self.pack.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and other.pack.digest == self.pack.digest


@lru_cache(maxsize=64)
def _under_variant(pack: _ByDigest, variant: str | None) -> Pack:
    parts = dict.fromkeys(pack.pack.parts, True)
    configured = configure(pack.pack, variant=variant, parts=parts).pack
    assert configured is not None, "the checks have configured every variant"
    return configured


def base_of(pack: Pack, variant: str | None) -> Pack:
    """The template with a variant's values and every part on; an unknown variant counts as none."""
    return _under_variant(_ByDigest(pack), variant if variant in pack.variants else None)


def default_parts(pack: Pack, variant: str | None) -> dict[str, bool]:
    """Which parts are on before anybody switches one."""
    found = pack.variants.get(variant) if variant is not None else None
    over = found.parts if found is not None else {}
    return {name: over.get(name, part.default) for name, part in pack.parts.items()}


def duration_text(span: timedelta) -> str:
    """A duration as packs write it: `7d`, `22h`."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def value_text(value: Any, type_name: str, currency: str) -> str:
    """A constant of a pack as it is written in files, forms and JSON; "" for None."""
    if value is None:
        return ""
    if type_name == "money":
        return format_money(value, currency)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, Portion | int | str) else ""


def choices_of(kind: str, pack: Pack) -> Mapping[str, str] | None:
    """What an argument of a block may name: names and their text keys; None for expressions."""
    tables: dict[str, tuple[Mapping[str, Any], str]] = {
        "flow": (pack.flows, "flows.{}"),
        "account": (pack.accounts, "accounts.{}"),
        "counter": (pack.counters, "counters.{}"),
        "role": (pack.parties, "parties.{}"),
        "thing": (pack.things, "things.{}.title"),
        "product": (pack.products, "products.{}"),
        "action": (pack.actions, "actions.{}"),
    }
    if kind in tables:
        names, key = tables[kind]
        return {name: key.format(name) for name in names}
    if kind == "text":
        found = ("notices.", "cases.", "reasons.")
        return {key: key for key in pack.texts["zh"] if key.startswith(found)}
    if kind == "code":
        codes = [key for key in pack.texts["zh"] if key.startswith("refusals.")]
        return {key.removeprefix("refusals."): key for key in codes}
    return None
