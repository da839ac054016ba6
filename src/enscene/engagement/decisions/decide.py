"""Choose at most one of all offers that fired for one customer at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from enscene.engagement.decisions.decision import Decision, Reason, Weighed
from enscene.engagement.decisions.draw import MILLION, seed_of
from enscene.engagement.decisions.lot import EVERYWHERE
from enscene.engagement.decisions.model import Model
from enscene.engagement.decisions.offer import Offer
from enscene.engagement.decisions.policy import ContactPolicy
from enscene.engagement.decisions.standing import Standing
from enscene.engagement.decisions.suppress import Desk, Stop

_ASKED = ("consent.recommendations", "contacts", "customer.products", "customer.served")
"""What is looked at of every customer before anything is said."""


def decide(
    offers: Iterable[Offer],
    standing: Standing,
    policy: ContactPolicy,
    model: Model,
    at_us: int,
    decision_id: UUID,
    *,
    left: Mapping[str, int] | None = None,
) -> Decision:
    """Suppress, put mandatory news first, weigh the rest, and draw. The order of `offers` does not
    matter, and nothing is changed: whoever says it adds it to the customer's contacts.

    `left` is what is left of the budgets of campaigns, in minor units; one not named has no bound.
    """
    fired = _once(offers)
    desk = Desk(standing, policy, at_us, left)
    able: list[Offer] = []
    channels: dict[str, str] = {}
    suppressed: dict[str, Reason] = {}
    again: dict[str, int] = {}
    for offer in fired:
        found = desk.judge(offer)
        if not isinstance(found, Stop):
            able.append(offer)
            channels[offer.key] = found
            continue
        suppressed[offer.key] = found.reason
        if found.until_us is not None:
            again[offer.key] = found.until_us
    seed = seed_of(decision_id)
    expected = model.expected(able, standing.features)
    scores = [chance * offer.weight for chance, offer in zip(expected, able, strict=True)]
    shares, place = _choose(able, scores, standing, policy, model, seed)
    chosen = None if place is None else able[place]
    for offer in able:
        if offer is not chosen:
            suppressed[offer.key] = "another_fits_better"
    lots = (EVERYWHERE, *sorted({offer.campaign for offer in fired}))
    return Decision(
        id=decision_id,
        at_us=at_us,
        chosen=chosen,
        channel=None if chosen is None else channels[chosen.key],
        eligible=tuple(map(_weighed, able, shares, expected, scores)),
        suppressed=suppressed,
        again_us=again,
        held=tuple(lot for lot in lots if desk.is_held(lot)),
        policy_version=policy.version,
        model_version=model.version,
        seed=seed,
        data=_read(fired, able, model),
        features=_weighed_by(model, standing, chosen),
    )


def _once(offers: Iterable[Offer]) -> list[Offer]:
    """In an order of their own; what two moments offer at once is offered by the first by name."""
    found: dict[str, Offer] = {}
    for offer in sorted(offers, key=lambda each: (each.campaign, each.name, each.moment)):
        found.setdefault(offer.key, offer)
    return list(found.values())


def _weighed(offer: Offer, share: int, expected: float, score: float) -> Weighed:
    return Weighed(
        offer.key, share / MILLION, expected, offer.context, offer.net, offer.lever, score
    )


def _choose(
    able: Sequence[Offer],
    scores: Sequence[float],
    standing: Standing,
    policy: ContactPolicy,
    model: Model,
    seed: int,
) -> tuple[list[int], int | None]:
    """The chance of each in millionths, and the place of the one that is chosen.

    Of mandatory news the one with the greatest lever; else of what is not explored the one with the
    highest score, if no explored one is expected to earn more: both for certain. Else one of the
    explored is drawn. Which of the three it is depends on no draw.
    """
    shares = [0] * len(able)
    if not able:
        return shares, None
    certain = _certain(able, scores)
    if certain is not None:
        shares[certain] = MILLION
        return shares, certain
    places = [place for place, offer in enumerate(able) if offer.explored]
    explored = [able[place] for place in places]
    chances = model.chances(
        explored, standing.features, [offer.weight for offer in explored], seed, policy.floor
    )
    for place, share in zip(places, chances.shares, strict=True):
        shares[place] = share
    return shares, places[chances.drawn]


def _certain(able: Sequence[Offer], scores: Sequence[float]) -> int | None:
    places = range(len(able))
    news = [place for place in places if able[place].mandatory]
    if news:
        return max(news, key=lambda place: able[place].lever)
    settled = [place for place in places if not able[place].explored]
    if not settled:
        return None
    best = max(settled, key=lambda place: scores[place])
    tried = max((scores[p] for p in places if able[p].explored), default=0.0)
    return best if scores[best] >= tried else None


def _weighed_by(model: Model, standing: Standing, chosen: Offer | None) -> dict[str, float]:
    """Of what is never tried nothing is learnt, and no other policy is judged by it."""
    if chosen is None or not chosen.explored:
        return {}
    named = zip(model.names, standing.features, strict=True)
    return {name: value for name, value in named if value}


def _read(fired: Sequence[Offer], able: Sequence[Offer], model: Model) -> tuple[str, ...]:
    """The names of the fields that had a say, each once."""
    names = {*_ASKED}.union(*(offer.data for offer in fired))
    if any(offer.explored for offer in able):
        names.update(f"model.{name}" for name in model.names)
    return tuple(sorted(names))
