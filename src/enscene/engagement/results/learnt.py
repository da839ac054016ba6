"""What the engine has set aside of budgets, and what all customers together have taught it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from enscene.customers.spectrum import GENERAL
from enscene.engagement.campaigns import DEFAULT_RULES, Campaign
from enscene.engagement.campaigns.offers_of import offers_of, policy_of
from enscene.engagement.decisions import Model
from enscene.engagement.engine import Engine
from enscene.engagement.experiments.compare_groups import LEAST
from enscene.engagement.results import store
from enscene.engagement.running.campaign_decider import FEATURES, CampaignDecider, Speech

PARTS = ("night", "morning", "noon", "evening")
_LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Arm:
    """One offer: how often it is known what came of it (`tried`), what was expected of anybody at
    first and what is now at each part of the day, and which preferences speak for it and against
    it (topics, the strongest first; in points of a hundred at the full preference)."""

    campaign: str
    offer: str
    tried: int
    at_first: float
    now: Mapping[str, float]
    topics: Sequence[tuple[str, float]]

    @property
    def least(self) -> int:
        """So many tries it takes until a rate may be told."""
        return LEAST

    @property
    def enough(self) -> bool:
        """Whether it was tried often enough for that."""
        return self.tried >= LEAST

    @property
    def best(self) -> tuple[str, float]:
        """The part of the day at which most is expected."""
        return max(self.now.items(), key=lambda each: each[1])


@dataclass(frozen=True, slots=True)
class Learnt:
    """`spent` is what is set aside and taken of each budget (minor units), as the engine counts it
    and stops by it; `answers` how many were learnt from. `serving` is the model that decides."""

    spent: Mapping[str, int] = field(default_factory=dict)
    model: Model | None = None
    serving: Model | None = None

    @property
    def answers(self) -> int:
        return 0 if self.model is None else self.model.version


async def read_learnt(connection: store.Connection, tenant: int) -> Learnt:
    """As it stood when the last page of the log was written; nothing before the first."""
    row = await store.read_general(connection, tenant)
    if row is None:
        return Learnt()
    policy = policy_of(DEFAULT_RULES, [], zone="UTC", salt="", version=0)
    decider = CampaignDecider(Speech({}, policy, {}), str)
    Engine((), decider, space=UUID(int=0), known=lambda _: {}).put_general(row)
    return Learnt(decider.spent, decider.learning, decider.serving)


def arms_of(learnt: Learnt, campaign: Campaign) -> list[Arm]:
    """What is known of each offer of a campaign that is tried out; of the others rules decide."""
    found: dict[str, Arm] = {}
    if learnt.model is None or learnt.model.names != FEATURES:
        return []
    counts = {(arm[0], arm[1]): arm[3] for arm in learnt.model.to_row()["arms"]}
    for moment in campaign.body.moments:
        for offer in offers_of(campaign.ref, campaign.body, moment):
            if not offer.explored or offer.name in found:
                continue

            def expected(*named: str, offer: object = offer) -> float:
                x = [float(name == "always" or name in named) for name in FEATURES]
                assert learnt.model is not None
                return learnt.model.expected([offer], x)[0]  # type: ignore[list-item]

            now = {part: expected(part) for part in PARTS}
            best = max(now, key=lambda part: now[part])
            moved = [(t, expected(best, f"spectrum.{t}") - now[best]) for t in GENERAL]
            topics = sorted((m for m in moved if abs(m[1]) >= _LEAST), key=lambda m: -abs(m[1]))
            tried = counts.get((campaign.ref, offer.name), 0)
            found[offer.name] = Arm(campaign.ref, offer.name, tried, offer.prior, now, topics[:3])
    return list(found.values())
