"""Open offers of merchants around a place or a circle, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.customers.circles import Circle, Kind
from enscene.customers.circles.store import Connection
from enscene.engagement.circles.feed import EAST, NORTH
from enscene.kernel.errors import Invalid
from enscene.kernel.plane import MILLION, ROUND, UNIT_UM, cosine_e6, metres_between
from enscene.scenes.runtime import RunningScene

METRES, METRES_MOST = 1_000, 20_000
SHOWN = 20
LOOKED_AT = 2_000
_NEEDED = {NORTH, EAST, "title", "worth", "starts", "until", "left"}
"""Fields that make a thing an offer with a place."""

_FIND = """
select t.scene, t.type, t.key, t.fields from thing t
 where t.tenant = $1 and t.scene = $2 and t.type = $3 and t.state = any($4::text[])
   and (t.fields ->> 'lat_e5')::int between $5 and $6
   and ((t.fields ->> 'lon_e5')::int - $7 + 54000000) % 36000000 - 18000000 between -$8::int and $8
   and (t.fields ->> 'left')::int > 0
   and t.fields ->> 'starts' <= $9 and t.fields ->> 'until' >= $9
 order by t.born desc limit $10"""


@dataclass(frozen=True, slots=True)
class Placed:
    """An offer of a merchant (by reference) at a place; `metres` is how far it is from where was
    asked, `price` and `worth` are minor units."""

    scene: int
    offer: str
    store: str
    title: str
    price: int
    worth: int
    lat_e5: int
    lon_e5: int
    metres: int


def nearest(offers: Iterable[Placed], metres: int, most: int = SHOWN) -> list[Placed]:
    """Those within so many metres, the nearest first; of equals by name."""
    within = (offer for offer in offers if offer.metres <= metres)
    return sorted(within, key=lambda each: (each.metres, each.scene, each.offer))[:most]


async def find_offers(
    connection: Connection, scenes: Sequence[RunningScene], place: tuple[int, int], today: date,
    *, metres: int = METRES, most: int = SHOWN,
) -> list[Placed]:  # fmt: skip
    """What may be taken today around a place (north and east in hundred-thousandths of a degree).

    Raises: Invalid (`metres`).
    """
    if not 1 <= metres <= METRES_MOST:
        raise Invalid(
            f"it is looked within 1 to {METRES_MOST} metres",
            code="circles.metres",
            param="metres",
        )
    up = metres * MILLION // UNIT_UM + 1
    # As wide as it takes at the end of the circle that is nearer to a pole.
    cosine = max(1, cosine_e6(min(9_000_000, abs(place[0]) + up)))
    aside = min(ROUND // 2, up * MILLION // cosine + 1)
    found: list[Placed] = []
    for scene in scenes:
        for kind, states in _offers_of(scene):
            rows = await connection.fetch(
                _FIND, scene.tenant, scene.id, kind, states, place[0] - up, place[0] + up,
                place[1], aside, today.isoformat(), LOOKED_AT,
            )  # fmt: skip
            found += [_placed(row, place) for row in rows]
    return nearest(found, metres, most)


async def find_offers_around(
    connection: Connection, scenes: Sequence[RunningScene], circles: Sequence[Circle], today: date,
    *, metres: int = METRES, most: int = SHOWN,
) -> dict[Kind, list[Placed]]:  # fmt: skip
    """The same, around each of somebody's circles."""
    return {
        circle.kind: await find_offers(
            connection, scenes, (circle.lat_e5, circle.lon_e5), today, metres=metres, most=most
        )
        for circle in circles
    }


def _offers_of(scene: RunningScene) -> Iterable[tuple[str, list[str]]]:
    """Things of a scene that are offers with a place, and the states in which they hold."""
    for thing in scene.pack.things.values():
        if set(thing.fields) >= _NEEDED:
            yield thing.name, [name for name, state in thing.states.items() if not state.ends]


def _placed(row: Any, place: tuple[int, int]) -> Placed:
    fields = row["fields"]
    at = fields[NORTH], fields[EAST]
    return Placed(
        row["scene"], row["key"], fields.get("store", ""), fields["title"],
        int(fields.get("price", 0)), int(fields["worth"]), *at, metres_between(place, at),
    )  # fmt: skip
