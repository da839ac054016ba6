"""What meters are called, and how their quantities are written: no codes, no minor units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enscene.partners import store as partners_sql
from enscene.partners.apis.store import read_scenes
from enscene.scenes.language import Pack
from enscene.web.console import Visit
from enscene.web.render import money, number


@dataclass(frozen=True, slots=True)
class MeterWords:
    """`currency` is None where the meter counts; else its quantity is in minor units of that."""

    name: str
    currency: str | None = None

    def written(self, quantity: int) -> str:
        """The quantity as people read it."""
        return number(quantity) if self.currency is None else money(quantity, self.currency)


async def read_meter_words(visit: Visit, meters: Iterable[str]) -> dict[str, MeterWords]:
    """Of each meter, by its code, in the reader's language: the platform's by the catalog, a
    pack's `pack.meter` by the action or the field that it reads. One whose scenes are all gone
    keeps its code."""
    wanted = set(meters)
    packs = await _packs(visit, {code.partition(".")[0] for code in wanted})
    found = {}
    for code in wanted:
        head, _, rest = code.partition(".")
        known = visit.t.known(f"billing.meters.{code}")
        if known is not None:
            found[code] = MeterWords(known)
        elif head in packs and rest in packs[head].meters:
            found[code] = _of_pack(visit, packs[head], rest)
        else:
            found[code] = MeterWords(code)
    return found


def _of_pack(visit: Visit, pack: Pack, name: str) -> MeterWords:
    meter = pack.meters[name]
    action = pack.actions[meter.action]
    words = [visit.word(pack, "title"), visit.word(pack, f"actions.{action.name}")]
    if meter.field is None:
        return MeterWords(" · ".join([*words, visit.t("billing.times")]))
    words.append(visit.word(pack, f"fields.{meter.field}"))
    expression, field = action.answer.get(meter.field), action.input.get(meter.field)
    kind = expression.type if expression else field.type.name if field else ""
    return MeterWords(" · ".join(words), pack.currency if kind == "money" else None)


async def _packs(visit: Visit, wanted: set[str]) -> dict[str, Pack]:
    pool, host = visit.console.pool, visit.console.host
    async with partners_sql.admitted(pool, visit.tenant, readonly=True) as connection:
        rows = await read_scenes(connection, visit.tenant)
    refs = {row["pack"]: row["ref"] for row in rows if row["pack"] in wanted}
    return {pack: (await host.scene(visit.tenant, ref)).pack for pack, ref in refs.items()}
