"""Read from the log what acts tell of customers. Every event counts once, whatever happens: how far
a tenant's log has been counted is written in the transaction that counts it. Nothing counts without
the customer's consent, and nothing that was done while there was none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.customers import is_granted
from enscene.customers.spectrum import (
    GENERAL,
    Evidence,
    Formula,
    Piece,
    Subject,
    Where,
    keep_pieces,
    lock_spectrum,
    source_of,
)
from enscene.customers.spectrum import store as spectrum
from enscene.engagement.spectrum.outside import pieces_of_outside
from enscene.kernel.expressions import ExpressionError
from enscene.scenes.language.model import Expression, Pack, Sign, Topic
from enscene.scenes.reactions import Event, event_roots
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.tenants.apps import find_grants_in_force

CONSENT = "recommendations"
"""The permission of a scene on which its part of the spectrum rests, as its offers do."""
STRENGTH_MOST = 1_000_000
VALUES_MOST = 50
"""So many texts of one event are topics of their own."""
VALUE_LENGTH = 200
PACKS_MOST = 1_000
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Told:
    """A piece that an event tells, before anybody has looked for consent."""

    seq: int
    piece: Piece


class FeedSpectrum:
    """Handles pages of the log. `failures` counts expressions that erred: they tell nothing."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        self._signs: dict[int, tuple[Pack, dict[str, list[tuple[Topic, Sign]]]]] = {}
        self.failures = 0

    async def handle(self, events: Sequence[Event]) -> None:
        """Count what a page tells, tenant by tenant, each at once."""
        told: dict[int, list[_Told]] = defaultdict(list)
        reach: dict[int, int] = {}
        for event in events:
            reach[event.tenant] = event.seq
            if event.scene:
                told[event.tenant] += await self._told(event)
        for event, piece in await pieces_of_outside(self._pool, events):
            told[event.tenant].append(_Told(event.seq, piece))
        for tenant, pieces in told.items():
            if pieces:
                await self._keep(tenant, pieces, reach[tenant])

    async def _told(self, event: Event) -> list[_Told]:
        scene = await self._host.catalogue.scene_by_id(event.tenant, event.scene)
        signs = self._signs_of(scene.pack).get(event.action)
        if not signs:
            return []
        roots = event_roots(scene, event)
        found: list[_Told] = []
        for topic, sign in signs:
            ref = event.facts.get("parties", {}).get(sign.who)
            member = None if ref is None else await scene.roster.find(ref)
            if member is None or member.kind != "person":
                continue
            try:
                pieces = _pieces(scene, topic, sign, event, roots, member.id)
            except ExpressionError:
                self.failures += 1  # an expression that errs tells nothing: it counts, and shows
                continue
            found += [_Told(event.seq, piece) for piece in pieces]
        return found

    def _signs_of(self, pack: Pack) -> dict[str, list[tuple[Topic, Sign]]]:
        # The digest is of the files: what is switched on differs from scene to scene.
        known = self._signs.get(id(pack))
        if known is None or known[0] is not pack:
            if len(self._signs) >= PACKS_MOST:
                self._signs.clear()
            signs: dict[str, list[tuple[Topic, Sign]]] = {}
            for topic in pack.topics.values():
                for sign in topic.signs:
                    signs.setdefault(sign.after, []).append((topic, sign))
            known = self._signs[id(pack)] = (pack, signs)
        return known[1]

    async def _keep(self, tenant: int, told: Sequence[_Told], reach: int) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await lock_spectrum(connection, tenant)
            counted = await spectrum.move_cursor(connection, tenant, reach)
            fresh = [each for each in told if each.seq > counted]
            if not fresh:
                return
            pairs = {(t.piece.subject.customer, t.piece.where.scene) for t in fresh}
            said = await spectrum.read_said(connection, tenant, pairs, CONSENT)
            consents = {t.piece.where.consent for t in fresh} - {0}
            standing = await find_grants_in_force(connection, tenant, consents) | {0}

            def counts(each: _Told) -> bool:
                where = each.piece.where
                granted, closed, since = said[each.piece.subject.customer, where.scene]
                answer = {} if granted is None else {CONSENT: granted}
                return (
                    is_granted(answer, CONSENT)
                    and not closed
                    and each.seq > since
                    and where.consent in standing
                )

            await keep_pieces(connection, tenant, [each.piece for each in fresh if counts(each)])


def _pieces(
    scene: RunningScene,
    topic: Topic,
    sign: Sign,
    event: Event,
    roots: dict[str, Any],
    customer: int,
) -> Iterable[Piece]:
    """What one sign says of one event: for the pack's own topic, and for the general one."""
    if sign.condition is not None and not _value(sign.condition, roots):
        return []
    strength = max(-STRENGTH_MOST, min(STRENGTH_MOST, int(_value(sign.strength, roots))))
    if strength == 0:
        return []
    evidence = Evidence(event.at, strength, source_of(event.scene, event.action, event.seq))
    where = Where(event.scene, event.facts.get("grant") or 0)
    values = [""] if sign.each is None else _values(_value(sign.each, roots))
    own, formula = own_topic(scene.pack, topic.name), formula_of(topic)
    most = topic.most if topic.each else None
    found = [
        Piece(Subject(customer, own, value), where, formula, evidence, most) for value in values
    ]
    if topic.is_a is not None and values:
        general = Subject(customer, topic.is_a, "")
        found.append(Piece(general, where, GENERAL[topic.is_a], evidence))
    return found


def own_topic(pack: Pack, topic: str) -> str:
    """The topic of a pack among those of all packs."""
    return f"{pack.id}.{topic}"


def formula_of(topic: Topic) -> Formula:
    """What the pack has set."""
    return Formula(topic.half_life / DAY, float(topic.half_at), float(topic.doubt))


def _values(found: Any) -> list[str]:
    texts = [found] if isinstance(found, str) else list(found or ())
    kept = (text.strip()[:VALUE_LENGTH] for text in texts)
    return list(dict.fromkeys(text for text in kept if text))[:VALUES_MOST]


def _value(expression: Expression, roots: dict[str, Any]) -> Any:
    compiled = expression.compiled
    assert compiled is not None
    return compiled.function(*(roots.get(name) for name in compiled.roots))
