"""What meters are called, and how their quantities are written: no codes, no minor units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from enscene.partners import store as partners_sql
from enscene.partners.apis.store import read_scenes
from enscene.scenes.language import Pack
from enscene.web.console import Console
from enscene.web.language import Texts
from enscene.web.render import money, number


@dataclass(frozen=True, slots=True)
class MeterWords:
    """`currency` is None where the meter counts; else its quantity is in minor units of that."""

    name: str
    currency: str | None = None

    def written(self, quantity: int) -> str:
        """The quantity as people read it."""
        return number(quantity) if self.currency is None else money(quantity, self.currency)


async def read_meter_words(
    console: Console, tenant: int, t: Texts, meters: Iterable[str]
) -> dict[str, MeterWords]:
    """Of each meter, by its code, in the reader's language: the platform's by the catalog, a
    pack's `pack.meter` by the action or the field that it reads. One whose scenes are all gone
    keeps its code."""
    wanted = set(meters)
    packs = await _packs(console, tenant, {code.partition(".")[0] for code in wanted})
    return {code: _words_of(code, packs, t) for code in wanted}


async def read_all_meters(console: Console, tenant: int, t: Texts) -> dict[str, MeterWords]:
    """Every meter that the tenant's scenes and the platform have, by its code."""
    packs = await _packs(console, tenant, None)
    codes = t.keys("billing.meters.")
    codes += [f"{pack}.{name}" for pack, found in packs.items() for name in found.meters]
    return {code: _words_of(code, packs, t) for code in codes}


def _words_of(code: str, packs: dict[str, Pack], t: Texts) -> MeterWords:
    head, _, rest = code.partition(".")
    known = t.known(f"billing.meters.{code}")
    if known is not None:
        return MeterWords(known)
    if head in packs and rest in packs[head].meters:
        return _of_pack(packs[head], rest, t)
    return MeterWords(code)


def _of_pack(pack: Pack, name: str, t: Texts) -> MeterWords:
    def word(key: str) -> str:
        return pack.texts[t.language].get(key, key.rsplit(".", 1)[-1])

    meter = pack.meters[name]
    action = pack.actions[meter.action]
    words = [word("title"), word(f"actions.{action.name}")]
    if meter.field is None:
        return MeterWords(" · ".join([*words, t("billing.times")]))
    words.append(word(f"fields.{meter.field}"))
    expression, field = action.answer.get(meter.field), action.input.get(meter.field)
    kind = expression.type if expression else field.type.name if field else ""
    return MeterWords(" · ".join(words), pack.currency if kind == "money" else None)


async def _packs(console: Console, tenant: int, wanted: set[str] | None) -> dict[str, Pack]:
    """The packs of those names, of all where none are named, that the tenant has scenes of."""
    pool: Any = console.pool
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        rows = await read_scenes(connection, tenant)
    refs = {row["pack"]: row["ref"] for row in rows if wanted is None or row["pack"] in wanted}
    return {pack: (await console.host.scene(tenant, ref)).pack for pack, ref in refs.items()}
